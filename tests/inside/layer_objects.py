"""Settings with layer 3 alone: checks of objects."""
# ruff: noqa: F403, F405, I001  (Label Studio's settings first: the rest read them while they load, 1.23.2)

from layers import keep

from core.settings.base import *
from ls_expert_plugin.label_studio.settings import *

keep(globals(), "objects")
