"""Label Studio's settings with our extension in them. ``ls-expert label-studio`` points Django here.

Everything a team has set for its Label Studio keeps its meaning; this file only adds. The order of the two imports
matters: the second reads ``django.conf.settings`` while it loads and needs the first to be complete (1.23.2).
"""
# ruff: noqa: E402, F403, F405, I001  (star imports in a set order are how Label Studio's own settings are layered)

import os
from pathlib import Path

# Nothing leaves the machine unless the team says so. Set before Label Studio's settings read the environment.
for _name, _quiet in {
    "COLLECT_ANALYTICS": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "LATEST_VERSION_CHECK": "false",
}.items():
    os.environ.setdefault(_name, _quiet)

from core.settings.base import *
from core.settings.label_studio import *

from ls_expert_plugin.config import load
from ls_expert_plugin.label_studio.banned_networks import banned_networks

LS_EXPERT = load(secrets_needed=("LS_EXPERT_SHARED_SECRET",))

INSTALLED_APPS = [*INSTALLED_APPS, "ls_expert_plugin.label_studio.apps.ExpertConfig"]

# Last, so that sessions, tokens and JWT have been read when we ask who is calling.
MIDDLEWARE = [*MIDDLEWARE, "ls_expert_plugin.label_studio.middleware.ExpertMiddleware"]

ROOT_URLCONF = "ls_expert_plugin.label_studio.urls"
PROJECT_MIXIN = "ls_expert_plugin.label_studio.enforcement.scoping.project_mixin.ExpertProjectMixin"
TASK_MIXIN = "ls_expert_plugin.label_studio.enforcement.scoping.task_mixin.ExpertTaskMixin"
ANNOTATION_MIXIN = "ls_expert_plugin.label_studio.enforcement.scoping.annotation_mixin.ExpertAnnotationMixin"

TEMPLATES[0]["DIRS"] = [str(Path(__file__).parent / "templates"), *TEMPLATES[0]["DIRS"]]
TEMPLATES[0]["OPTIONS"]["context_processors"].append("ls_expert_plugin.label_studio.context_processors.context")

# Label Studio refuses every private address. Ours may be private: exactly those are left out, the rest stays refused.
if SSRF_PROTECTION_ENABLED and USE_DEFAULT_BANNED_SUBNETS and LS_EXPERT.allowed_addresses:
    USER_ADDITIONAL_BANNED_SUBNETS = [
        *USER_ADDITIONAL_BANNED_SUBNETS, *banned_networks(LS_EXPERT.allowed_addresses),
    ]
    USE_DEFAULT_BANNED_SUBNETS = False
