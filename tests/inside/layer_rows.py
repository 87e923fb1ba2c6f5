"""Settings with layer 2 alone: which rows exist."""
# ruff: noqa: F403, F405

from layers import keep

from ls_expert_plugin.label_studio.settings import *

keep(globals(), "rows")
