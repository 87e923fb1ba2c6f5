"""Settings with layer 3 alone: checks of objects."""
# ruff: noqa: F403, F405

from layers import keep

from ls_expert_plugin.label_studio.settings import *

keep(globals(), "objects")
