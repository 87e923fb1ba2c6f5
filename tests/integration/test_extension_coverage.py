"""That the crawl is not a walk through empty rooms: on every address with an id, whoever may see everything finds something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.calls import Answer, Call, make
from tests.crawl import RESULT, addresses
from tests.label_studio import LabelStudio
from tests.scene import ROOT, Scene

# Reading first; what cannot be read is written to, and taken back.
METHODS = ("GET", "POST", "PATCH")
_A_SHELL = "the page is the same for every id; what is in it comes by the API"
# Addresses with an id on which even a superuser finds nothing, and why.
UNREACHED: Mapping[str, str] = {
    "tasks:api:task-agreement": "a feature that is switched off in this edition: 403 for every id",
    "user-avatar": "saves a picture for whoever asks, whatever the id says",
    "data_manager:project-data": _A_SHELL, "data_manager:project-export": _A_SHELL, "data_manager:project-import": _A_SHELL,
    "projects:project-settings": _A_SHELL, "projects:project-settings-anything": _A_SHELL,
    "ls_expert:erase-account": "opened by the expert service's secret alone: 401 for every id",
    "ls_expert:prelabel-outcomes": "opened by the expert service's secret alone: 401 for every id",
    "admin:view_on_site": "no model has a page of its own to go to",
    **{
        f"admin:ml_models_thirdpartymodelversion_{page}": "the pattern of the page of versions comes first: it takes whatever has version/ in it"
        for page in ("change", "delete", "history")
    },
}
# The admin's old addresses send on to the new ones, whatever the id.
_REDIRECTS = re.compile(r"^admin/\w+/\w+/<path:object_id>/$")


def test_every_address_with_an_id_reaches_what_it_names(label_studio: LabelStudio, scene: Scene, tmp_path: Path) -> None:
    """For a superuser the crawled address answers otherwise than one that names nothing; the exceptions are listed with a reason."""
    asked = list(_asked(scene))
    answers, _ = make(
        label_studio, tmp_path, scene.identities, [call for _, *pair in asked for call in pair], canary=scene.canary, numbers=scene.numbers,
    )
    reached: dict[str, list[str]] = {}
    seen: set[str] = set()
    for number, (key, call, _) in enumerate(asked):
        there, absent = answers[2 * number:2 * number + 2]
        lines = reached.setdefault(key, [])
        if _differs(there, absent):
            lines.append(f"{call.method} {call.address}: {there.status} instead of {absent.status}{', canary seen' if there.canary else ''}")
        if there.canary:
            seen.add(key)
    print("\n".join(f"{key}: {'; '.join(lines) or UNREACHED.get(key, 'NOT REACHED')}" for key, lines in sorted(reached.items())))
    print(f"{len(reached)} addresses with an id, {len(seen)} of them show a canary to a superuser")
    unreached = sorted(key for key, lines in reached.items() if not lines and not _REDIRECTS.match(key))
    assert unreached == sorted(UNREACHED)
    assert len(seen) > len(reached) / 3


def _asked(scene: Scene) -> Iterator[tuple[str, Call, Call]]:
    """Name of the pattern, the call on what is there, and the same on what is not."""
    for pattern in scene.patterns:
        if not pattern.has_id:
            continue
        for there, absent in zip(addresses(pattern, scene.foreign), addresses(pattern, scene.foreign.absent()), strict=True):
            for method in METHODS:
                options = {"json": {"title": "overwritten", "result": RESULT}} if method != "GET" else {}
                yield pattern.key, *(Call(f"{ROOT}, session", method, address, options, is_undone=True) for address in (there, absent))  # type: ignore[misc]


def _differs(there: Answer, absent: Answer) -> bool:
    return there.status not in (404, 405) and (there.status, there.digest) != (absent.status, absent.digest)
