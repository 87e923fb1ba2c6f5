"""Settings with no layer at all: what Label Studio gives to everybody."""
# ruff: noqa: F403, F405

from layers import keep

from ls_expert_plugin.label_studio.settings import *

keep(globals(), "none")
