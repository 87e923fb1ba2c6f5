"""Our settings, with the counter of queries in front."""
# ruff: noqa: F403, F405, I001  (Label Studio's settings are layered by star imports, in this order)

# First and here: Label Studio reads the settings while they load, and needs these to be in this module.
from core.settings.base import *
from ls_expert_plugin.label_studio.settings import *

MIDDLEWARE = ["counting.CountQueries", *MIDDLEWARE]
