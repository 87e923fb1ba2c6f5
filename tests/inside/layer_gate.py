"""Settings with layer 1 alone: what a role may call."""
# ruff: noqa: F403, F405, I001  (Label Studio's settings first: the rest read them while they load, 1.23.2)

from layers import keep

from core.settings.base import *
from ls_expert_plugin.label_studio.settings import *

keep(globals(), "gate")
