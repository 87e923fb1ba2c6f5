"""Settings with layer 1 alone: what a role may call."""
# ruff: noqa: F403, F405

from layers import keep

from ls_expert_plugin.label_studio.settings import *

keep(globals(), "gate")
