"""The credential checks of this installation: ours, and whatever installed distributions offer under the entry point group
``ls_expert.credential_checks``. An entry point is called with the settings and returns a ``CredentialCheck``, or None when it is off.

A broken plug-in stops the start with its name: a check that is silently missing would look like one that found nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import SettingError
from ls_expert_plugin.registries import npi
from ls_expert_plugin.vetting.profile.credential_checks import CredentialCheck

GROUP = "ls_expert.credential_checks"


def checks(settings: Settings) -> Mapping[str, CredentialCheck]:
    """By the kind of licence that each is for. Raises ``SettingError`` for one that cannot be loaded, or is for a kind that another has."""
    found: list[tuple[str, CredentialCheck | None]] = [("npi", npi.check(settings))]
    for one in entry_points(group=GROUP):
        try:
            found.append((one.name, one.load()(settings)))
        except Exception as problem:  # noqa: BLE001  # somebody else's code
            raise SettingError(f"The credential check {one.name!r} of {one.value} cannot be loaded: {problem!r}. Remove it, or mend it.") from problem
    by_kind: dict[str, CredentialCheck] = {}
    for name, check in found:
        if check is None:
            continue
        for kind in check.kinds:
            if kind in by_kind:
                raise SettingError(f"The credential check {name!r} is for {kind!r}, which another one is for already. Remove one of them.")
            by_kind[kind] = check
    return by_kind
