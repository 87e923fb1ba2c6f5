"""That the crawl is not a walk through empty rooms: on every address with an id, whoever may see everything finds something."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import label_studio_bin
from tests.support.adversarial.crawl import RESULT, addresses
from tests.support.adversarial.scene import ROOT, Scene, build
from tests.support.clients.in_process import Answer, Call, make
from tests.support.servers.label_studio import LabelStudio

# Reading first; what cannot be read is written to, and taken back.
METHODS = (("GET",), ("POST", "PATCH"))
_A_SHELL = "the page is the same for every id; what is in it comes by the API"
# Addresses with an id on which even a superuser finds nothing, and why.
UNREACHED: Mapping[str, str] = {
    "tasks:api:task-agreement": "a feature that is switched off in this edition: 403 for every id",
    "user-avatar": "saves a picture for whoever asks, whatever the id says",
    "data_manager:project-data": _A_SHELL, "data_manager:project-export": _A_SHELL, "data_manager:project-import": _A_SHELL,
    "projects:project-settings": _A_SHELL, "projects:project-settings-anything": _A_SHELL,
    "ls_expert:erase-account": "opened by the expert service's secret alone: 401 for every id",
    "ls_expert:one-user": "opened by the expert service's secret alone: 401 for every id",
    "ls_expert:project-tasks": "opened by the expert service's secret alone: 401 for every id",
    "ls_expert:task-progress": "opened by the expert service's secret alone: 401 for every id",
    "ls_expert:prelabel-outcomes": "opened by the expert service's secret alone: 401 for every id",
    "admin:view_on_site": "no model has a page of its own to go to",
    **{
        f"admin:ml_models_thirdpartymodelversion_{page}": "the pattern of the page of versions comes first: it takes whatever has version/ in it"
        for page in ("change", "delete", "history")
    },
}
# The admin's old addresses send on to the new ones, whatever the id.
_REDIRECTS = re.compile(r"^admin/\w+/\w+/<path:object_id>/$")


@pytest.fixture(scope="module")
def apart(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    """A Label Studio of this file's own: what is found in it is what the scene has put there, whatever other tests do in theirs."""
    folder = tmp_path_factory.mktemp("label-studio-apart")
    shutil.copytree(migrated, folder, dirs_exist_ok=True)
    server = LabelStudio(label_studio_bin(), folder)
    yield server
    server.stop()


def test_every_address_with_an_id_reaches_what_it_names(apart: LabelStudio, tmp_path: Path) -> None:
    """For a superuser the crawled address answers otherwise than one that names nothing; the exceptions are listed with a reason."""
    scene = build(apart)
    reached: dict[str, list[str]] = {pattern.key: [] for pattern in scene.patterns if pattern.has_id}
    seen: set[str] = set()
    for methods in METHODS:
        asked = list(_asked(scene, methods, {key for key, lines in reached.items() if not lines}))
        answers, _ = make(
            apart, tmp_path, scene.identities, [call for _, *pair in asked for call in pair], canary=scene.canary, numbers=scene.numbers,
        )
        for number, (key, call, _) in enumerate(asked):
            there, absent = answers[2 * number:2 * number + 2]
            if _differs(there, absent):
                how = f"{there.status} instead of {absent.status}{', canary seen' if there.canary else ''}"
                reached[key].append(f"{call.method} {call.address}: {how}")
            if there.canary:
                seen.add(key)
    print("\n".join(f"{key}: {'; '.join(lines) or UNREACHED.get(key, 'NOT REACHED')}" for key, lines in sorted(reached.items())))
    print(f"{len(reached)} addresses with an id, {len(seen)} of them show a canary to a superuser")
    unreached = sorted(key for key, lines in reached.items() if not lines and not _REDIRECTS.match(key))
    assert unreached == sorted(UNREACHED)
    assert len(seen) > len(reached) / 3


def _asked(scene: Scene, methods: Collection[str], keys: Collection[str]) -> Iterator[tuple[str, Call, Call]]:
    """Name of the pattern, the call on what is there, and the same on what is not; of these patterns alone."""
    for pattern in scene.patterns:
        if not pattern.has_id or pattern.key not in keys:
            continue
        for there, absent in zip(addresses(pattern, scene.foreign), addresses(pattern, scene.foreign.absent()), strict=True):
            for method in methods:
                options = {"json": {"title": "overwritten", "result": RESULT}} if method != "GET" else {}
                yield pattern.key, *(Call(f"{ROOT}, session", method, address, options, is_undone=True) for address in (there, absent))  # type: ignore[misc]


def _differs(there: Answer, absent: Answer) -> bool:
    return there.status not in (404, 405) and (there.status, there.digest) != (absent.status, absent.digest)
