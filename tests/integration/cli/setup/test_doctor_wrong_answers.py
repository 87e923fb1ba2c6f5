"""`ls-expert doctor` beside a Label Studio that answers one thing otherwise than it should: that one thing is named, and nothing else."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ls_expert_plugin.cli.setup.doctor import examine
from ls_expert_plugin.config import load
from ls_expert_plugin.routing.sync.connection_state import WEBHOOK_PATH
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_samples import NOW
from tests.support.fakes.label_studio_api import Answers, running_label_studio
from tests.support.servers.label_studio import ADMIN_TOKEN, SHARED_SECRET

# At addresses of their own, as on two machines.
SERVICE, ML = "http://127.0.0.1:18099", "http://127.0.0.2:18098"
PROJECT = 7
NEVER_GIVEN = {
    "id": 1, "ls_user_id": 5, "ls_project_id": PROJECT, "active": True, "valid_until_utc": None, "revision": 3, "reason": "", "specialties": [],
}


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with this version's tables, and one project that asks for a domain."""
    url = f"sqlite:///{tmp_path_factory.mktemp('doctor') / 'expert.sqlite3'}"
    migrate(url)
    store = Database(url)
    with store.begin() as unit:
        unit.projects.heard_of(PROJECT, "Wounds", NOW)
        unit.projects.set_requirement(PROJECT, Requirement("medicine"), NOW)
    store.close()
    return url


@pytest.fixture
def label_studio_there() -> Iterator[Answers]:
    """One that is right in everything."""
    with running_label_studio() as answers:
        answers.webhooks.append({"id": 1, "url": f"{SERVICE}{WEBHOOK_PATH}", "is_active": True, "project": PROJECT})
        yield answers


@pytest.fixture
def report(label_studio_there: Answers, database_url: str, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs doctor; names settings that are to be otherwise."""

    def run(**settings: str) -> tuple[int, str]:
        out = io.StringIO()
        code = examine(load({
            "LS_EXPERT_LABEL_STUDIO_URL": label_studio_there.url, "LS_EXPERT_LABEL_STUDIO_TOKEN": ADMIN_TOKEN, "LS_EXPERT_DATA_DIR": str(tmp_path),
            "LS_EXPERT_SHARED_SECRET": SHARED_SECRET, "LS_EXPERT_SECRET_KEY": "k" * 32, "LS_EXPERT_WEBHOOK_SECRET": "w" * 32,
            "LS_EXPERT_SERVICE_URL": SERVICE, "LS_EXPERT_ML_URL": ML, "LS_EXPERT_DATABASE_URL": database_url, **settings,
        }, secrets_needed=()), out)
        return code, out.getvalue()

    return run


def _lines(report: str, mark: str) -> list[str]:
    return [line.removeprefix(mark).strip() for line in report.replace("\n      → ", ". ").splitlines() if line.startswith(mark)]


def _at(**changes: Any) -> Mapping[str, Any]:
    return {name: dt.timedelta(seconds=value) if name == "ahead_by" else value for name, value in changes.items()}


def test_where_all_is_right_nothing_is_to_be_changed(report: Callable[..., tuple[int, str]]) -> None:
    """Each check says so in its line."""
    code, said = report()
    assert (code, _lines(said, "FAIL")) == (0, []), said
    for words in (
        "Label Studio 1.23.2", "the extension is loaded, version 1.0", "enforcement is on", "a new member is expert", "the token is accepted; it belongs to",
        "may call http://127.0.0.1:18099", "may call http://127.0.0.2:18098", "all send their webhook here", "the clocks agree", "in sync with Label Studio",
    ):
        assert any(words in line for line in _lines(said, "OK")), (words, said)


@pytest.mark.parametrize(("wrong", "words"), [
    (_at(ahead_by=20), "the clocks differ by"), (_at(ahead_by=-20), "the clocks differ by"),
    (_at(ahead_by=86_400), "the clocks differ by 86"), (_at(ahead_by=-86_400), "the clocks differ by 86"),
    (_at(release="1.22.0"), "Label Studio 1.22.0: this version"), (_at(release="1.24.0"), "Label Studio 1.24.0: this version"),
    (_at(release="1.230.1"), "Label Studio 1.230.1: this version"), (_at(release="2.1.23"), "Label Studio 2.1.23: this version"),
    (_at(release="11.23.2"), "Label Studio 11.23.2: this version"), (_at(release=""), "Label Studio : this version"),
    (_at(status={"private_addresses_protected": False}), "may call any private address"),
    (_at(status={"allowed_addresses": ["127.0.0.2"]}), "Label Studio refuses 127.0.0.1"),
    (_at(status={"allowed_addresses": ["127.0.0.1"]}), "Label Studio refuses 127.0.0.2"),
    (_at(status={"allowed_addresses": ["127.0.0.1", "127.0.0.2", "10.1.2.3"]}), "has 10.1.2.3/32, which is none of ours"),
    (_at(status={"allowed_addresses": ["127.0.0.1", "192.168.0.0/16", "127.0.0.2"]}), "has 192.168.0.0/16, which is none of ours"),
    (_at(status={"blind_percent": 25}), "LS_EXPERT_BLIND_PERCENT is 25 where Label Studio runs and 10 here"),
    (_at(status={"blind_percent": 0}), "LS_EXPERT_BLIND_PERCENT is 0 where Label Studio runs"),
    (_at(webhooks=[]), "1 of 1 projects send no webhook here (first: Wounds)"),
    (_at(webhooks=[{"id": 1, "url": f"{SERVICE}{WEBHOOK_PATH}", "is_active": False, "project": PROJECT}]), "1 of 1 projects send no webhook"),
    (_at(webhooks=[{"id": 1, "url": f"http://10.0.0.1{WEBHOOK_PATH}", "is_active": True, "project": PROJECT}]), "1 of 1 projects send no webhook"),
    (_at(instead={"/api/webhooks/": (403, {"detail": "You do not have permission to perform this action."})}), "1 of 1 projects send no webhook"),
    (_at(instead={"/api/current-user/whoami": (401, {"detail": "Invalid token."})}), "does not accept LS_EXPERT_LABEL_STUDIO_TOKEN"),
    (_at(instead={"/api/current-user/whoami": (403, {"detail": "You do not have permission."})}), "answered 403: You do not have permission"),
    (_at(instead={"/api/current-user/whoami": (200, "<html>a proxy's page</html>")}), "token: "),
    (_at(instead={"/api/version/": (200, "<html>a proxy's page</html>")}), "no Label Studio answers at"),
    (_at(instead={"/api/version/": (200, {"detail": "another program"})}), "no Label Studio answers at"),
    (_at(instead={"/api/ls-expert/memberships/checksums": (500, {"detail": "broken"})}), "access in Label Studio: Label Studio at"),
    (_at(memberships=[NEVER_GIVEN]), "1 of the rows that say who may work on what differ"),
])
def test_one_wrong_answer_gets_one_line(
    label_studio_there: Answers, report: Callable[..., tuple[int, str]], wrong: Mapping[str, Any], words: str
) -> None:
    """The line says what is wrong; all other checks still say that they are right."""
    for name, value in wrong.items():
        setattr(label_studio_there, name, value)
    code, said = report()
    changes = _lines(said, "FAIL")
    assert code == 1 and len(changes) == 1 and words in changes[0], said
    assert said.endswith(" 1 FAIL\n") and len(_lines(said, "OK")) >= 7


@pytest.mark.parametrize("wrong", [
    _at(ahead_by=1), _at(ahead_by=-3), _at(release="1.23"), _at(release="1.23.0"), _at(release="1.23.10"),
    _at(status={"allowed_addresses": ["127.0.0.0/8"]}),
])
def test_what_is_near_enough_is_right(label_studio_there: Answers, report: Callable[..., tuple[int, str]], wrong: Mapping[str, Any]) -> None:
    """Some seconds between the clocks, another release of the same line, a network instead of an address."""
    for name, value in wrong.items():
        setattr(label_studio_there, name, value)
    code, said = report()
    assert (code, _lines(said, "FAIL")) == (0, []), said


@pytest.mark.parametrize(("status", "words"), [
    ({"enforcement": "audit"}, "audit mode: nothing is refused."), ({"default_role": "manager"}, "a new member is manager"),
])
def test_what_a_team_may_have_chosen_is_noted(
    label_studio_there: Answers, report: Callable[..., tuple[int, str]], status: Mapping[str, Any], words: str
) -> None:
    """It is said, and it is not to be changed."""
    label_studio_there.status.update(status)
    code, said = report()
    assert code == 0 and any(words in line for line in _lines(said, "WARN")), said
    assert not any(words in line for line in _lines(said, "OK"))


@pytest.mark.parametrize(("answer", "words"), [
    ((401, {"error": {"code": "bad_secret", "message": "does not fit"}}), "has another LS_EXPERT_SHARED_SECRET than we have"),
    ((404, "<html>Not found</html>"), "runs without our extension"), ((502, "<html>Bad gateway</html>"), "answered 502 to status"),
    ((200, "<html>a proxy's page</html>"), "answered 200 to status"), ((200, []), "answered 200 to status"),
])
def test_without_the_extension_the_rest_is_still_looked_at(
    label_studio_there: Answers, report: Callable[..., tuple[int, str]], answer: tuple[int, Any], words: str
) -> None:
    """What it would have told is noted as not looked at; token, version, webhooks and database are."""
    label_studio_there.instead["/api/ls-expert/status"] = answer
    code, said = report()
    changes = _lines(said, "FAIL")
    assert code == 1 and words in changes[0], said
    assert any("private addresses: not checked without the extension" in line for line in _lines(said, "WARN"))
    for right in ("Label Studio 1.23.2", "the token is accepted", "all send their webhook here", "the database answers"):
        assert any(right in line for line in _lines(said, "OK")), said
    assert not any("the clocks" in line or "enforcement" in line for line in _lines(said, "OK"))


def test_a_wrong_token_and_a_wrong_secret_are_told_apart(report: Callable[..., tuple[int, str]]) -> None:
    """Each gets its own line."""
    assert any("does not accept LS_EXPERT_LABEL_STUDIO_TOKEN" in line for line in _lines(report(LS_EXPERT_LABEL_STUDIO_TOKEN="f" * 40)[1], "FAIL"))
    assert any("another LS_EXPERT_SHARED_SECRET" in line for line in _lines(report(LS_EXPERT_SHARED_SECRET="another-" * 4)[1], "FAIL"))
