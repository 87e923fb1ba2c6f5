"""Label Studio with one layer of the extension and without the others. For tests alone: the product has no switch for this.

Each settings module beside this one keeps another layer: ``layer_gate``, ``layer_rows``, ``layer_objects``, ``layer_none``.
"""

from __future__ import annotations

import os
from typing import Any

# As the extension's settings do it, for those who import Label Studio's before.
for _name, _quiet in {"COLLECT_ANALYTICS": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "LATEST_VERSION_CHECK": "false"}.items():
    os.environ.setdefault(_name, _quiet)

_OURS = "ls_expert_plugin."
_APP = "ls_expert_plugin.label_studio.apps.ExpertConfig"
_GATE = "gate_alone.GateAlone"


def keep(settings: dict[str, Any], layer: str) -> None:
    """Changes these settings, the extension's, so that this layer is left: "gate", "rows", "objects" or "none".

    The addresses get three more, as a later Label Studio might have them.
    """
    from core.settings import base

    settings["MIDDLEWARE"] = [name for name in settings["MIDDLEWARE"] if not name.startswith(_OURS)] + ([_GATE] if layer == "gate" else [])
    app = f"unnarrowed.{'Narrowed' if layer == 'rows' else 'Unnarrowed'}Config"
    settings["INSTALLED_APPS"] = [app if name == _APP else name for name in settings["INSTALLED_APPS"]]
    if layer != "objects":
        settings.update({name: getattr(base, name) for name in dir(base) if name.endswith("_MIXIN")})
    settings["ROOT_URLCONF"] = "later_urls"
