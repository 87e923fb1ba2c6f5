"""The main job over HTTP, as three people do it. Runs inside the composition: ``docker/test.sh`` feeds it to a container.

A line for each step that works; at the first that does not, a sentence and exit code 1.
"""

from __future__ import annotations

import html
import re
import secrets
import sys
import time
from typing import Any

import httpx
from sqlalchemy import text

from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.demo.accounts import ADMIN, EXPERTS
from ls_expert_plugin.demo.content import demo_projects
from ls_expert_plugin.demo.credentials import password_of
from ls_expert_plugin.storage.unit_of_work import Database

RECORDED_WITHIN_S = 30
DOMAIN = "medicine"


class Failed(Exception):
    """A step that did not work; the sentence says what was seen."""


def need(right: object, sentence: str) -> None:
    """Raises ``Failed`` with the sentence unless it is right."""
    if not right:
        raise Failed(sentence)


class Browser:
    """One person's cookies, in Label Studio and in the portal."""

    def __init__(self, settings: Settings) -> None:
        self.studio, self.portal = settings.label_studio_url, settings.public_url
        self.http = httpx.Client(follow_redirects=True, timeout=60, trust_env=False)

    def enter(self, form: str, email: str, password: str) -> None:
        """Fill in Label Studio's "login" or "signup" form."""
        address = f"{self.studio}/user/{form}/"
        self.http.get(address)
        fields = {"email": email, "password": password, "csrfmiddlewaretoken": self.http.cookies.get("csrftoken")}
        answer = self.http.post(address, data=fields, headers={"Referer": address})
        inside = answer.status_code == 200 and "/user/" not in answer.url.path
        need(inside, f"{form} of {email}: {answer.status_code} at {answer.url.path}")

    def api(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Call Label Studio as its page does."""
        headers = {"X-CSRFToken": self.http.cookies.get("csrftoken") or "", "Referer": self.studio}
        return self.http.request(method, f"{self.studio}/api/{path}", json=body, headers=headers)

    def projects(self) -> dict[str, int]:
        """Ids of the projects in this person's list, by title."""
        answer = self.api("GET", "projects/?page_size=100")
        need(answer.status_code == 200, f"the list of projects: {answer.status_code}")
        return {project["title"]: project["id"] for project in answer.json()["results"]}

    def page(self, path: str, **fields: str) -> str:
        """A page of the portal, through Label Studio's hand-off where needed; with fields, a form sent there."""
        address = self.portal + path
        answer = self.http.post(address, data=fields) if fields else self.http.get(address)
        at_portal = str(answer.url).startswith(self.portal)
        need(answer.status_code == 200 and at_portal, f"{address}: {answer.status_code} at {answer.url}")
        return answer.text


def main() -> None:
    """Walk, step by step."""
    settings = load()
    expert_account = next(account for account in EXPERTS if account.domain == DOMAIN)

    admin = Browser(settings)
    admin.enter("login", ADMIN.email, password_of(settings.data_dir, ADMIN.email))
    everything = admin.projects()
    demo = demo_projects()
    need({project.title for project in demo} <= set(everything), f"the admin sees {sorted(everything)}")
    done(f"the admin sees all {len(everything)} projects")

    newcomer = Browser(settings)
    newcomer.enter("signup", f"walker-{secrets.token_hex(4)}@demo.example", secrets.token_urlsafe(16))
    need(newcomer.projects() == {}, f"somebody new sees {sorted(newcomer.projects())}")
    _refused(newcomer, everything)
    need('id="ls-expert-notice"' in newcomer.http.get(f"{newcomer.studio}/projects/").text, "Label Studio's page has no notice")
    need("consent" in newcomer.page("/consent").lower(), "the portal shows no consent page")
    done("somebody new signs up, sees no project, and is signed in to the portal by Label Studio")

    expert = Browser(settings)
    expert.enter("login", expert_account.email, password_of(settings.data_dir, expert_account.email))
    theirs = {project.title for project in demo if project.domain == DOMAIN}
    need(set(expert.projects()) == theirs, f"the expert sees {sorted(expert.projects())}, not {sorted(theirs)}")
    _refused(expert, {title: number for title, number in everything.items() if title not in theirs})
    done(f"the verified expert sees exactly the {len(theirs)} projects of their domain")

    triage = everything[next(p.title for p in demo if p.domain == DOMAIN and "<Choices" in p.label_config)]
    task, prediction = _open_next(expert, triage)
    done(f"a task they open has a prediction by {prediction['model_version']}")
    waited_s = _submit(settings, expert, triage, task, prediction)
    done(f"they submit, and the service's work record has it after {waited_s:.1f} s")

    _switch_web_hooks_off(admin, triage)
    waited_s = _submit(settings, expert, triage, *_open_next(expert, triage))
    done(f"with the webhook switched off, the next one is there after {waited_s:.1f} s")

    _revoke(admin, expert_account.email)
    need(expert.projects() == {}, f"after the revocation the expert still sees {sorted(expert.projects())}")
    _refused(expert, everything)
    done("the admin revokes the verification, and the projects are gone at once")


def _refused(person: Browser, projects: dict[str, int]) -> None:
    for title, number in projects.items():
        for path in (f"projects/{number}/", f"tasks/?project={number}"):
            answer = person.api("GET", path)
            empty = answer.status_code == 200 and not answer.json().get("tasks", True)
            need(answer.status_code in (403, 404) or empty, f"/api/{path} ({title}) answers {answer.status_code}")


def _open_next(person: Browser, ls_project_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    answer = person.api("GET", f"projects/{ls_project_id}/next")
    need(answer.status_code == 200, f"the next task: {answer.status_code} {answer.text[:300]}")
    task = person.api("GET", f"tasks/{answer.json()['id']}/?project={ls_project_id}").json()
    need(task.get("predictions"), f"task {task.get('id')} has no prediction")
    prediction = task["predictions"][0]
    need(prediction["result"], f"the prediction of task {task['id']} is empty")
    return task, prediction


def _submit(settings: Settings, person: Browser, ls_project_id: int, task: dict[str, Any], prediction: dict[str, Any]) -> float:
    """Agree with the prediction; returns after how many seconds the service knows of it."""
    answer = person.api("POST", f"tasks/{task['id']}/annotations/?project={ls_project_id}", {"result": prediction["result"]})
    need(answer.status_code == 201, f"submitting: {answer.status_code} {answer.text[:300]}")
    return _recorded(settings, answer.json()["id"])


def _switch_web_hooks_off(admin: Browser, ls_project_id: int) -> None:
    hooks = admin.api("GET", f"webhooks/?project={ls_project_id}").json()
    need(hooks, f"project {ls_project_id} has no webhook")
    for hook in hooks:
        answer = admin.api("PATCH", f"webhooks/{hook['id']}/", {"url": hook["url"], "is_active": False})
        need(answer.status_code == 200 and not answer.json()["is_active"], f"switching the webhook off: {answer.status_code}")


def _recorded(settings: Settings, ls_annotation_id: int) -> float:
    """Seconds until the service's database has the annotation."""
    store, started = Database(settings.database_url), time.monotonic()
    query = text("SELECT count(*) FROM work_event WHERE kind = 'annotation_created' AND ls_annotation_id = :id")
    while (waited_s := time.monotonic() - started) < RECORDED_WITHIN_S:
        with store.begin() as unit:
            if unit.session.scalar(query, {"id": ls_annotation_id}) == 1:
                return waited_s
        time.sleep(0.5)
    raise Failed(f"annotation {ls_annotation_id} is not in the work record after {RECORDED_WITHIN_S} s")


def _revoke(admin: Browser, email: str) -> None:
    """As the admin does it: find the person, open the dossier, fill in the form."""
    row = next(row for row in admin.page("/admin/people").split("<tr>") if email in row)
    dossier = re.findall(r'href="(/admin/review/\d+)"', row)
    need(len(dossier) == 1, f"{email} has {len(dossier)} dossiers")
    form = admin.page(dossier[0]).partition(f'action="{dossier[0]}/revoke"')[2].partition("</form>")[0]
    hidden = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', form) for name in ("csrf_token", "revision")}
    need(all(hidden.values()), "the dossier has no form to revoke with")
    fields = {name: html.unescape(found[1]) for name, found in hidden.items() if found}
    after = admin.page(f"{dossier[0]}/revoke", reason="A walk through the composition.", **fields)
    need("Synced with Label Studio" in after, "the page does not say that Label Studio knows")


def done(step: str) -> None:
    """Say so."""
    print(f"ok: {step}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (Failed, httpx.HTTPError) as problem:
        sys.exit(f"FAILED: {problem}")
