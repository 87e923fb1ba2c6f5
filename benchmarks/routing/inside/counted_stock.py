"""Label Studio's own settings, with the counter of queries in front. Quiet: nothing is sent anywhere."""
# ruff: noqa: F403, F405, I001  (Label Studio's settings are layered by star imports, in this order)

from core.settings.base import *
from core.settings.label_studio import *

MIDDLEWARE = ["counting.CountQueries", *MIDDLEWARE]
