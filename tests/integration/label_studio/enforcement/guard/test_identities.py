"""Who is asking, however it is written, and when one call shows two people: in either order both have to be allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.support.adversarial.scene import EXPERT, NEWCOMER, ROOT, Scene
from tests.support.clients.in_process import Answer, Call, make
from tests.support.servers.label_studio import LabelStudio

# Label Studio's own reading of the header: any case, any blanks around and between (rest_framework/authentication.py, 3.15).
SPELLINGS: Mapping[str, str] = {
    "as documented": "Token {}", "small": "token {}", "large": "TOKEN {}", "mixed": "tOKEN {}", "two blanks": "Token  {}", "blanks around": "  token {}  ",
    "a tab": "Token\t{}", "a small one and a tab": "token\t{}", "a blank and a tab": "Token \t{}", "a form feed": "Token\f{}",
}
# What is asked by each: own and foreign project, and two calls that only the gate stands before.
ASKED: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "own": ("GET", "/api/projects/{own}/", {}), "foreign": ("GET", "/api/projects/{foreign}/", {}),
    "rename": ("PATCH", "/api/projects/{own}/", {"json": {"title": "Taken over"}}), "web hooks": ("GET", "/api/webhooks/", {}),
}
MEMBER = {"own": 200, "foreign": 404, "rename": 403, "web hooks": 403}
NOBODYS = {"own": 404, "foreign": 404, "rename": 403, "web hooks": 403}
HEADERS = ("legacy token", "X-Api-Key", "JWT")


def _two(scene: Scene, session: str, header: str, way: str) -> dict[str, Any]:
    """The session of one, and of another what is shown in this way."""
    cookies = scene.identities[f"{session}, session"]
    other = scene.identities[f"{header}, {way}"]
    return {**other, "cookies": cookies["cookies"], "headers": {**cookies["headers"], **other.get("headers", {})}}


def _identities(scene: Scene) -> Iterator[tuple[str, Mapping[str, Any]]]:
    legacy = scene.identities[f"{EXPERT}, X-Api-Key"]["headers"]["X-Api-Key"]
    for name, header in SPELLINGS.items():
        yield f"spelled {name}", {"headers": {"Authorization": header.format(legacy)}}
    yield "X-Api-Key over a manager's token", {"headers": {**scene.identities[f"{ROOT}, legacy token"]["headers"], "X-Api-Key": legacy}}
    yield "X-Api-Key over a manager's JWT", {**scene.identities[f"{ROOT}, JWT"], "headers": {"X-Api-Key": legacy}}
    for way in HEADERS:
        for session, header in ((EXPERT, ROOT), (ROOT, EXPERT), (EXPERT, NEWCOMER), (NEWCOMER, EXPERT), (NEWCOMER, ROOT), (ROOT, NEWCOMER)):
            yield f"session of {session}, {way} of {header}", _two(scene, session, header, way)


@pytest.fixture(scope="module")
def told(label_studio: LabelStudio, scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], Answer]:
    """By identity and question, what was answered."""
    identities, names = dict(_identities(scene)), {"own": scene.own.ids["project"], "foreign": scene.foreign.ids["project"]}
    asked = {
        (who, what): Call(who, method, address.format(**names), options, is_undone=True)
        for who in identities for what, (method, address, options) in ASKED.items()
    }
    answers, _ = make(label_studio, tmp_path_factory.mktemp("identities"), identities, list(asked.values()), canary=scene.canary)
    return dict(zip(asked, answers, strict=True))


def _answered(told: Mapping[tuple[str, str], Answer], who: str) -> dict[str, int]:
    assert not any(told[who, what].canary for what in ASKED), who
    return {what: told[who, what].status for what in ASKED}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_legacy_token_is_seen_however_its_header_is_written(told: Mapping[tuple[str, str], Answer], spelling: str) -> None:
    """Where Label Studio takes it for a token, so does the gate: an expert's calls are an expert's."""
    assert _answered(told, f"spelled {spelling}") == MEMBER


@pytest.mark.parametrize("way", ["legacy token", "X-Api-Key"])
@pytest.mark.parametrize(("session", "header", "expected"), [
    (EXPERT, ROOT, MEMBER), (ROOT, EXPERT, MEMBER), (EXPERT, NEWCOMER, NOBODYS), (NEWCOMER, EXPERT, NOBODYS),
    (NEWCOMER, ROOT, NOBODYS), (ROOT, NEWCOMER, NOBODYS),
])
def test_two_people_in_one_call_reach_what_both_may(
    told: Mapping[tuple[str, str], Answer], way: str, session: str, header: str, expected: Mapping[str, int]
) -> None:
    """A session and a token of different people, either way round: the one who may less decides."""
    assert _answered(told, f"session of {session}, {way} of {header}") == expected


@pytest.mark.parametrize(("session", "header", "expected"), [(ROOT, EXPERT, MEMBER), (ROOT, NEWCOMER, NOBODYS), (EXPERT, NEWCOMER, NOBODYS)])
def test_an_access_token_beside_a_greater_session_stays_its_owners(
    told: Mapping[tuple[str, str], Answer], session: str, header: str, expected: Mapping[str, int]
) -> None:
    """Label Studio acts as whoever the access token says; a session beside it adds nothing."""
    assert _answered(told, f"session of {session}, JWT of {header}") == expected


@pytest.mark.parametrize("beside", ["token", "JWT"])
def test_an_api_key_stands_over_a_managers_header(told: Mapping[tuple[str, str], Answer], beside: str) -> None:
    """Label Studio puts the key in the header's place; the manager's is not looked at any more."""
    assert _answered(told, f"X-Api-Key over a manager's {beside}") == MEMBER
