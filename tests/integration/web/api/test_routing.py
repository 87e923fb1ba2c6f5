"""The JSON API of routing: what it takes and gives, who may call, and that its page in docs/ is about the same calls."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ls_expert_plugin.bootstrap import now_utc
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.routing.configuration import RoutingConfiguration
from ls_expert_plugin.routing.service import RoutingService
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.web.services import EXTENSION
from tests.integration.conftest import own_label_studio
from tests.support.builders.vetting_samples import NOW
from tests.support.clients.portal import CANDIDATE, CREATOR, MANAGER, OTHER, PEOPLE, Browser, Portal
from tests.support.servers.label_studio import ADMIN_TOKEN, SHARED_SECRET, LabelStudio
from tests.support.servers.postgresql import free_port

API_DOC = Path(__file__).parents[4] / "docs" / "api.md"
UNTIL = NOW + dt.timedelta(days=100)
READS = ("/api/v1/projects", "/api/v1/projects/3/requirement", "/api/v1/explain?user=7&project=3")
label_studio = own_label_studio("sqlite", "postgresql")
WRITES = (("PUT", "/api/v1/projects/3/requirement"), ("POST", "/api/v1/routing/preview"), ("POST", "/api/v1/routing/apply"), ("POST", "/api/v1/reconcile"))


def routing(*projects: dict[str, Any]) -> dict[str, Any]:
    """A body for preview and apply."""
    return {"version": 1, "projects": list(projects)}


def fill(portal: Portal) -> Portal:
    """Everybody is known; CANDIDATE and OTHER are verified in law, at levels 4 and 2; two projects."""
    with portal.store.begin() as unit:
        for ls_user_id, (email, name, role) in PEOPLE.items():
            unit.people.save(ls_user_id, email, name, role, NOW)
        for ls_user_id, level in ((CANDIDATE, 4), (OTHER, 2)):
            person = unit.people.by_ls_user_id(ls_user_id)
            assert person is not None
            verification = unit.verifications.add(person.id, "law", "interested", NOW)
            unit.verifications.change(
                verification.id, "verified", actor_person_id=person.id, reason="test", now=NOW, valid_until_utc=UNTIL
            )
            unit.verifications.judge(verification.id, ["contracts"], level, actor_person_id=person.id, note=None, now=NOW)
    portal.project(3, "Clauses")
    portal.project(4, "Letters")
    return portal


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal with people and projects."""
    return fill(Portal(sqlite_store))


@pytest.fixture
def beside(sqlite_store: Database) -> Iterator[Callable[[str], Portal]]:
    """Makes the portal of a Label Studio at this address."""
    made: list[Portal] = []

    def make(url: str) -> Portal:
        made.append(Portal(sqlite_store, LS_EXPERT_LABEL_STUDIO_URL=url))
        return made[-1]

    yield make
    for portal in made:
        portal.token_owners.close()


@pytest.fixture
def manager(portal: Portal) -> Browser:
    """A manager's browser."""
    return portal.browser(MANAGER)


def send(browser: Browser, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
    """A call as a script of the portal's pages makes it."""
    raw = body if isinstance(body, bytes) else json.dumps(body)
    return browser.client.open(path, method=method, data=raw, headers={"X-CSRFToken": browser.token(), "Content-Type": "application/json", **headers})


def get(browser: Browser, path: str) -> Any:
    """What a call that must work gives."""
    response = browser.get(path)
    assert response.status_code == 200, response.text
    return response.json


def error(response: TestResponse) -> tuple[int, str]:
    """Status and code of an error in the one shape that they have."""
    assert response.is_json and set(response.json) == {"error"}, response.text
    assert {"code", "message"} <= set(response.json["error"]) <= {"code", "message", "fields"}
    return response.status_code, response.json["error"]["code"]


def test_setting_what_one_project_asks_for(portal: Portal, manager: Browser) -> None:
    """What changed is told in words, with who gains; asked again, it is there, and sent back as it came it changes nothing."""
    asked = {"domain": "law", "minimum_level": 3, "specialties": {"any": ["contracts"]}, "shows_others_work": True}
    answer = send(manager, "PUT", "/api/v1/projects/3/requirement", asked)
    assert answer.status_code == 200, answer.text
    assert answer.json["label_studio_knows"] is True
    (change,) = answer.json["changes"]
    assert change["project"] == 3 and change["losses"] == []
    assert change["gains"] == [{"user": CANDIDATE, "email": "ada@example.org", "name": "Ada Quill"}]
    assert {"field": "minimum_level", "before": "any", "after": "3"} in change["fields"]
    there = get(manager, "/api/v1/projects/3/requirement")
    assert there == asked
    assert send(manager, "PUT", "/api/v1/projects/3/requirement", there).json == {"changes": [], "label_studio_knows": True}


def test_label_studio_that_does_not_answer_is_said(portal: Portal, manager: Browser) -> None:
    """It is set all the same."""
    portal.routing.answers = False
    assert send(manager, "PUT", "/api/v1/projects/3/requirement", {"domain": "law"}).json["label_studio_knows"] is False
    assert get(manager, "/api/v1/projects/3/requirement") == {"domain": "law"}


def test_projects_come_in_pages(portal: Portal, manager: Browser) -> None:
    """By id, after the last one seen."""
    first = get(manager, "/api/v1/projects?limit=1")
    assert first == {"projects": [{"project": 3, "title": "Clauses", "requirement": {"domain": None}}]}
    assert [one["project"] for one in get(manager, "/api/v1/projects?after=3")["projects"]] == [4]
    assert get(manager, "/api/v1/projects?after=4") == {"projects": []}
    for query in ("limit=0", "limit=x", "after=-1", "after=" + "9" * 5000):
        assert error(manager.get(f"/api/v1/projects?{query}")) == (400, "bad_input")


def test_previewing_changes_nothing_and_applying_changes_all(portal: Portal, manager: Browser) -> None:
    """The plan and what is done are the same; the second time there is nothing to do."""
    body = routing({"project": 3, "domain": "law", "max_experts": 1}, {"title": "Letters", "domain": "law", "mode": "invited", "invited": [8]})
    planned = send(manager, "POST", "/api/v1/routing/preview", body)
    assert planned.status_code == 200, planned.text
    assert [(one["project"], [who["user"] for who in one["gains"]], [who["user"] for who in one["waiting"]]) for one in planned.json["changes"]] == [
        (3, [CANDIDATE], [OTHER]), (4, [OTHER], []),
    ]
    assert get(manager, "/api/v1/projects/3/requirement") == {"domain": None}
    done = send(manager, "POST", "/api/v1/routing/apply", body)
    assert done.json["changes"] == planned.json["changes"]
    assert get(manager, "/api/v1/projects/4/requirement") == {"domain": "law", "mode": "invited", "invited": [{"email": "ben@example.org"}]}
    assert send(manager, "POST", "/api/v1/routing/apply", body).json["changes"] == []


def test_one_mistake_and_nothing_is_applied(portal: Portal, manager: Browser) -> None:
    """Each is named by its field; the entry that was right is not set either."""
    body = routing({"project": 3, "domain": "law"}, {"project": 4, "domain": "lwa", "minimum_level": 9}, {"title": "Nowhere", "domain": None})
    for call in ("preview", "apply"):
        answer = send(manager, "POST", f"/api/v1/routing/{call}", body)
        assert error(answer) == (400, "bad_input")
        assert [one["field"] for one in answer.json["error"]["fields"]] == ["projects[1].minimum_level", "projects[2].title"]
    body["projects"][1]["minimum_level"] = 3
    answer = send(manager, "POST", "/api/v1/routing/apply", body)
    assert [one["field"] for one in answer.json["error"]["fields"]] == ["projects[2].title", "projects[1].domain"]
    assert get(manager, "/api/v1/projects/3/requirement") == {"domain": None}


@pytest.mark.parametrize(("body", "field"), [
    ({}, "domain"), ({"domain": "lwa"}, "domain"), ({"domain": "law", "specialties": ["tax"]}, "specialties"),
    ({"domain": "law", "credentials": ["pilot"]}, "credentials"), ({"domain": "law", "minimum_level": 6}, "minimum_level"),
    ({"domain": "law", "minimum_level": 2.5}, "minimum_level"), ({"domain": "law", "languages": ["xx"]}, "languages"),
    ({"domain": "law", "project": 3}, "project"), ({"domain": "law", "invited": [99]}, "invited[0]"),
    ({"domain": "law", "invited": [{"user": 7, "until": "2026-02-01T00:00:00Z"}]}, "invited[0].until"),
    ({"domain": "law", "invited": [{"user": 7, "until": "2027-02-01"}]}, "invited[0].until"),
    ({"domain": "law", "tasks": {"specialty_field": "annotations"}}, "tasks.specialty_field"), ([], ""), (None, ""), ("law", ""),
])
def test_a_body_that_cannot_be_used(portal: Portal, manager: Browser, body: Any, field: str) -> None:
    """The field is named, and nothing is set."""
    answer = send(manager, "PUT", "/api/v1/projects/3/requirement", body)
    assert error(answer) == (400, "bad_input")
    assert [one["field"] for one in answer.json["error"]["fields"]] == [field], answer.text
    assert get(manager, "/api/v1/projects/3/requirement") == {"domain": None}


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"domain": "law", "domain": null}', b'{"domain": NaN}', b"[" * 100_000])
def test_a_body_that_is_no_json(portal: Portal, manager: Browser, raw: bytes) -> None:
    """Also one in which a field stands twice."""
    assert error(send(manager, "PUT", "/api/v1/projects/3/requirement", raw)) == (400, "bad_input")


def test_ten_megabytes_are_refused(portal: Portal, manager: Browser) -> None:
    """What is smaller than a file may be is read, though larger than a form."""
    body = b" " * 3_000_000 + json.dumps(routing({"project": 3, "domain": "law"})).encode()
    assert send(manager, "POST", "/api/v1/routing/preview", body).status_code == 200
    assert error(send(manager, "POST", "/api/v1/routing/apply", b" " * 10_000_000)) == (413, "too_large")


def test_a_project_or_a_person_that_there_is_none_of(portal: Portal, manager: Browser) -> None:
    """404 with a sentence; a question without its half is 400."""
    assert error(manager.get("/api/v1/projects/99/requirement")) == (404, "not_found")
    assert error(send(manager, "PUT", "/api/v1/projects/99/requirement", {"domain": None})) == (404, "not_found")
    assert error(manager.get("/api/v1/projects/99999999999/requirement")) == (404, "not_found")
    assert error(manager.get("/api/v1/explain?user=99&project=3")) == (404, "not_found")
    assert error(manager.get("/api/v1/explain?user=7&project=Nowhere")) == (404, "not_found")
    assert error(manager.get("/api/v1/explain?user=7")) == (400, "bad_input")
    assert error(manager.get("/api/v1/nothing")) == (404, "not_found")
    assert error(manager.client.delete("/api/v1/projects/3/requirement", headers={"X-CSRFToken": manager.token()})) == (405, "method_not_allowed")


def test_explaining(portal: Portal, manager: Browser) -> None:
    """Rule by rule, in words, until when; managers see everything."""
    send(manager, "PUT", "/api/v1/projects/3/requirement", {"domain": "law", "minimum_level": 3})
    yes = get(manager, "/api/v1/explain?user=ada@example.org&project=Clauses")
    assert yes["access"] is True and yes["valid_until"] == UNTIL.isoformat().replace("+00:00", "Z")
    assert yes["user"] == {"user": CANDIDATE, "email": "ada@example.org", "name": "Ada Quill"} and yes["project"] == 3
    no = get(manager, "/api/v1/explain?user=8&project=3")
    assert no["access"] is False and [(one["rule"], one["met"]) for one in no["rules"]] == [("domain", True), ("level", False)]
    assert no["message"] == "No access. What is missing: Level 3 or higher."
    assert get(manager, f"/api/v1/explain?user={CREATOR}&project=4")["access"] is True


def test_experts_learn_their_own_side_and_nothing_else(portal: Portal, manager: Browser) -> None:
    """What is open to them, and counts of what is missing in their domains; no title, list or name of what is closed."""
    send(manager, "POST", "/api/v1/routing/apply", routing(
        {"project": 3, "domain": "law"}, {"project": 4, "domain": "law", "minimum_level": 3},
    ))
    portal.project(5, "Secret list")
    portal.project(6, "Nobody's")
    send(manager, "PUT", "/api/v1/projects/5/requirement", {"domain": "law", "mode": "invited", "invited": [CANDIDATE]})
    expert = portal.browser(OTHER)
    mine = get(expert, "/api/v1/me/projects")
    assert mine["sees_everything"] is False
    assert mine["projects"] == [{"project": 3, "title": "Clauses", "valid_until": UNTIL.isoformat().replace("+00:00", "Z")}]
    (law,) = mine["others"]
    assert (law["domain"], law["projects"], len(law["why_not"])) == ("law", 1, 1) and law["why_not"][0]["projects"] == 1
    for word in ("Letters", "Secret", "Nobody's", "ada@example.org", "Quill"):
        assert word not in json.dumps(mine)
    with portal.store.begin() as unit:  # who is verified in nothing learns not even that there are projects
        person = unit.people.by_ls_user_id(OTHER)
        assert person is not None
        verification = unit.verifications.of(person.id)[0]
        unit.verifications.change(verification.id, "revoked", actor_person_id=None, reason="test", now=NOW)
    assert get(expert, "/api/v1/me/projects") == {"sees_everything": False, "projects": [], "others": []}
    assert get(manager, "/api/v1/me/projects") == {"sees_everything": True, "projects": [], "others": []}


@pytest.mark.parametrize("path", READS)
def test_experts_and_strangers_read_nothing(portal: Portal, path: str) -> None:
    """403 for somebody signed in who is no manager, 401 for nobody."""
    assert error(portal.browser(OTHER).get(path)) == (403, "forbidden")
    assert error(portal.browser().get(path)) == (401, "not_signed_in")
    assert error(portal.browser().get("/api/v1/me/projects")) == (401, "not_signed_in")


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_experts_and_strangers_and_foreign_pages_write_nothing(portal: Portal, manager: Browser, method: str, path: str) -> None:
    """Nor does another site's page in a manager's browser, which cannot send the session's CSRF token."""
    body = {"domain": "law"} if method == "PUT" else routing({"project": 3, "domain": "law"})
    assert error(send(portal.browser(OTHER), method, path, body)) == (403, "forbidden")
    assert error(portal.browser().client.open(path, method=method, json=body)) == (401, "not_signed_in")
    assert error(manager.client.open(path, method=method, json=body)) == (400, "form_expired")
    assert error(manager.client.open(path, method=method, json=body, headers={"X-CSRFToken": "forged"})) == (400, "form_expired")
    assert get(manager, "/api/v1/projects/3/requirement") == {"domain": None}


# --- tokens of a real Label Studio


def with_token(portal: Portal, authorization: str, method: str = "GET", path: str = "/api/v1/projects", body: Any = None) -> TestResponse:
    """A call by a program: no session, no cookies."""
    return portal.app.test_client().open(path, method=method, json=body, headers={"Authorization": authorization})


def test_a_managers_token_opens_the_api_and_an_experts_does_not(label_studio: LabelStudio, sqlite_store: Database, beside: Callable[[str], Portal]) -> None:
    """Legacy and access tokens, as Label Studio itself takes them; the role is the one we know."""
    portal = beside(label_studio.url)
    portal.project(3, "Clauses")
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    admin_id = int(label_studio.admin.get("/api/current-user/whoami").json()["id"])
    legacy = f"Token {ADMIN_TOKEN}"
    assert error(with_token(portal, legacy)) == (403, "forbidden")  # nobody has told us of them yet
    with sqlite_store.begin() as unit:
        unit.people.save(admin_id, "admin@test.example", "", "manager", NOW)
        unit.people.save(member.id, member.email, "", "expert", NOW)
    assert with_token(portal, legacy).status_code == 200
    assert with_token(portal, legacy, "PUT", "/api/v1/projects/3/requirement", {"domain": "law"}).json["label_studio_knows"] is True
    ways = member.ways_in()
    for name in ("legacy token", "JWT"):
        authorization = ways[name].headers["Authorization"]
        assert error(with_token(portal, authorization)) == (403, "forbidden")
        assert error(with_token(portal, authorization, "POST", "/api/v1/routing/apply", routing())) == (403, "forbidden")
        assert with_token(portal, authorization, path="/api/v1/me/projects").json["sees_everything"] is False
    with sqlite_store.begin() as unit:
        unit.people.save(member.id, member.email, "", "manager", NOW)
    assert with_token(portal, ways["JWT"].headers["Authorization"]).status_code == 200
    with sqlite_store.begin() as unit:
        unit.people.mark_gone(member.id, NOW)
    assert error(with_token(portal, ways["JWT"].headers["Authorization"])) == (403, "forbidden")


@pytest.mark.parametrize("authorization", [
    "Token 0000000000000000000000000000000000000000", "Bearer x.y.z", "Token", "Basic YWRtaW46YWRtaW4=", "", f"token {ADMIN_TOKEN}", "Bearer " + "x" * 5000,
    f"Token {ADMIN_TOKEN} ", "Token é",
])
def test_a_bad_token_opens_nothing_even_beside_a_session(label_studio: LabelStudio, beside: Callable[[str], Portal], authorization: str) -> None:
    """401, with or without a manager's session beside it."""
    portal = fill(beside(label_studio.url))
    assert error(with_token(portal, authorization)) == (401, "not_signed_in")
    browser = portal.browser(MANAGER)
    assert error(browser.client.get("/api/v1/projects", headers={"Authorization": authorization})) == (401, "not_signed_in")


def test_while_label_studio_is_down_no_token_can_be_checked(beside: Callable[[str], Portal]) -> None:
    """502 in the usual shape; the portal's sessions go on working."""
    portal = fill(beside(f"http://127.0.0.1:{free_port()}"))
    answer = with_token(portal, f"Token {ADMIN_TOKEN}")
    assert error(answer) == (502, "label_studio_unreachable") and ADMIN_TOKEN not in answer.text
    assert get(portal.browser(MANAGER), "/api/v1/projects")["projects"]


def test_reconciling_says_what_was_wrong_and_corrects_it(label_studio: LabelStudio, sqlite_store: Database, beside: Callable[[str], Portal]) -> None:
    """Somebody has taken an expert's access away by hand: it is found, named, and given back."""
    portal = beside(label_studio.url)
    with closing(ExtensionClient(label_studio.url, SHARED_SECRET)) as client:
        live = RoutingService(sqlite_store, client, RoutingConfiguration(portal.packs), label_studio.url, now_utc)
        portal.app.extensions[EXTENSION] = replace(portal.app.extensions[EXTENSION], routing=live)
        member, project = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example"), label_studio.new_project("Edited by hand", ["one"])
        with sqlite_store.begin() as unit:
            unit.people.save(MANAGER, "boss@example.org", "", "manager", NOW)
            person = unit.people.save(member.id, member.email, "", "expert", NOW)
            verification = unit.verifications.add(person.id, "law", "interested", NOW)
            unit.verifications.change(verification.id, "verified", actor_person_id=person.id, reason="test", now=now_utc())
            unit.projects.heard_of(project, "Edited by hand", NOW)
        manager = portal.browser(MANAGER)
        assert send(manager, "PUT", f"/api/v1/projects/{project}/requirement", {"domain": "law"}).json["label_studio_knows"] is True
        assert member.http.get(f"/api/projects/{project}/").status_code == 200
        label_studio.service.put("/memberships", json={"memberships": [{
            "ls_user_id": member.id, "ls_project_id": project, "active": False, "valid_until_utc": None, "revision": 1000, "reason": "by hand",
        }]}).raise_for_status()
        assert member.http.get(f"/api/projects/{project}/").status_code == 404
        answer = send(manager, "POST", "/api/v1/reconcile")
        assert answer.status_code == 200, answer.text
        assert answer.json["label_studio_knows"] is True and answer.json["compared"] >= 1
        (found,) = [one for one in answer.json["differences"] if one["user"] == member.id]
        assert (found["kind"], found["project"], found["corrected"]) == ("stale", project, True)
        assert member.http.get(f"/api/projects/{project}/").status_code == 200


# --- docs


def test_every_call_is_in_the_docs_and_no_other(portal: Portal) -> None:
    """docs/api.md lists exactly the calls under /api/v1/."""
    there = {
        f"{method} {re.sub(r'<[^>]+>', '{id}', rule.rule)}" for rule in portal.app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    documented = set(re.findall(r"^\| `((?:GET|PUT|POST|PATCH|DELETE) /api/v1/[^`]*)` \|", API_DOC.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(there) >= 7 and documented == there
