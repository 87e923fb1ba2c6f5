"""Label Studio's own settings without the extension: what everybody could do before it came."""
# ruff: noqa: F401, F403, I001

import layers  # makes it quiet

from core.settings.base import *
from core.settings.label_studio import *
