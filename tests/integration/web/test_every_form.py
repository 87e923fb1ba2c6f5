"""Every form of every page, candidates' and managers': a session that ends loses no typed text, and what is wrong has the focus.

The pages are those of the application's own list of addresses in each of their states, so a new form is tried as well.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser as Chromium
from werkzeug.exceptions import HTTPException

from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.web.errors import REFUSED
from tests.support.builders.portal_pages import ERRORS, STATES, one_of_everything
from tests.support.clients.page_forms import PageForm, forms_of
from tests.support.clients.portal import CANDIDATE, MANAGER, Browser, Portal, served
from tests.support.clients.signed_in import signed_in
from tests.support.servers.service_database import sqlite_with_tables

WITH_FORMS = ("one", "decided", "empty")
_VERIFICATION, _PROJECT = "/admin/review/<int(max=2147483647):verification_id>", "/admin/projects/<int(max=2147483647):ls_project_id>"
# Addresses of no form on these pages: buttons that take no text, what scripts ask while a form is filled in, and pages that no address alone shows.
ELSEWHERE = {
    "/sign-out", f"{_VERIFICATION}/unassign", f"{_VERIFICATION}/notes/<int(max=2147483647):note_id>/remove",
    f"{_VERIFICATION}/claims/<int(max=2147483647):claim_id>/look-up", "/admin/review/templates/<int(max=2147483647):template_id>/remove",
    "/admin/projects/prelabel-runs",
    f"{_PROJECT}/qualify", "/admin/projects/many/qualify",
    "/profile/import/accept",  # below
}


class Scene:
    """A portal in one state, and the forms of all its pages."""

    def __init__(self, state: str, folder: Path) -> None:
        self.store = Database(sqlite_with_tables(folder / f"{state}.sqlite3"))
        self.portal: Portal = STATES[state].build(self.store)
        self._browsers: dict[int, Browser] = {}
        self.forms = list(self._forms(state))

    def browser(self, who: int) -> Browser:
        """Somebody's, signed in once."""
        if who not in self._browsers:
            self._browsers[who] = self.portal.browser(who)
        return self._browsers[who]

    def _forms(self, state: str) -> Iterator[tuple[int, PageForm]]:
        seen = set()
        for shown in (*STATES[state].pages(self.portal), *(ERRORS if state == "one" else ())):
            response = self.browser(shown.who).get(shown.path)
            for form in forms_of(shown.path, response.text) if response.status_code == 200 else ():
                if (shown.who, form.action, tuple(form.typed)) not in seen:
                    seen.add((shown.who, form.action, tuple(form.typed)))
                    yield shown.who, form


@pytest.fixture(params=WITH_FORMS)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """One of everything; what is decided; and nothing yet."""
    scene = Scene(request.param, tmp_path)
    with closing(scene.store):
        yield scene


def test_without_a_session_each_shows_what_was_typed_and_leads_back_to_itself(scene: Scene) -> None:
    """Without scripts: the refusal has every word that was typed, and its button opens the page that has this form."""
    lost = []
    for who, form in scene.forms:
        if not form.typed or form.keeps_no_draft:
            continue
        stranger = scene.portal.browser()
        refused = stranger.client.post(form.action, data={**form.sent, **form.typed, "csrf_token": "of a session that has ended"})
        said = html.unescape(refused.text)
        lost += [f"{form.page}: {form.action} loses {name}" for name, text in form.typed.items() if text not in said]
        link = re.search(r'href="(/sign-in\?next=[^"]*)">Sign in again<', said)
        wanted = parse_qs(urlsplit(link[1]).query)["next"][0] if link else "/"
        there = forms_of(wanted, scene.browser(who).get(wanted).text)
        if not any(one.action == form.action and one.typed.keys() == form.typed.keys() for one in there):
            lost.append(f"{form.page}: {form.action} leads back to {wanted}, where it is not")
    assert not lost, "\n" + "\n".join(lost)


def test_with_scripts_each_keeps_what_was_typed_in_its_tab(scene: Scene, browser: Chromium) -> None:
    """Typed, and loaded again after whatever ended the session: every field of every form has its text."""
    wanted: dict[int, list[str]] = {}
    for who, form in scene.forms:
        if form.typed and form.page not in wanted.setdefault(who, []):
            wanted[who].append(form.page)
    lost = []
    with served(scene.portal.app) as url:
        for who, pages in wanted.items():
            context = signed_in(scene.portal, browser, url, who)
            page = context.new_page()
            for path in pages:
                page.goto(url + path)
                typed = page.evaluate(_TYPE)
                page.goto(url + path)
                lost += [f"{path}: {name} of {action}" for action, name in page.evaluate(_MISSING, typed)]
            context.close()
    assert not lost, "\n" + "\n".join(lost)


# Type into every field of every form that keeps drafts; then which of them have lost it. Fields in the order of the page.
_FIELDS = """const KINDS = ["textarea", "text", "search", "email", "url", "tel", "number", "date", "month"];
  const fields = [...document.querySelectorAll("main form[method=post]:not([data-no-draft])")].flatMap((form) => [...form.elements]
    .filter((one) => one.name && !one.disabled && !one.readOnly && KINDS.includes(one.type))
    .map((one) => [form.getAttribute("action") || location.pathname, one]));"""
_TYPE = f"""() => {{ {_FIELDS}
  return fields.map(([action, one], number) => {{
    one.value = {{ number: "1987", date: "2031-05-17", month: "2017-05" }}[one.type] || `What I typed here: ${{number}}`;
    one.dispatchEvent(new Event("input", {{ bubbles: true }}));
    return [action, one.name, one.value];
  }}); }}"""
_MISSING = f"""(typed) => {{ {_FIELDS}
  return typed.filter(([action, name, value]) => !fields.some(([where, one]) => where === action && one.name === name && one.value === value))
    .map(([action, name]) => [action, name]); }}"""


def test_what_is_refused_has_the_focus(scene: Scene) -> None:
    """Sent empty, a form is either taken or comes back with "Error:" in the title and the mistake in focus; where a list is on top its links lead to fields."""
    wrong, refused = [], 0
    for who, form in scene.forms:
        fields = {name: value for name, value in form.sent.items() if name != "csrf_token"} | dict.fromkeys(form.typed, "")
        if not fields or form.action.endswith(("/erase", "/role")):  # whoever is erased, or has another role, is signed out
            continue
        answer = scene.browser(who).send(form.action, **fields)
        if answer.status_code not in (400, 409, 413) or f"<h1>{REFUSED[answer.status_code][1]}</h1>" in answer.text:
            continue  # taken, or no longer possible
        refused += 1
        title, summary = re.search(r"<title>(.*?)</title>", answer.text, re.S), re.search(r"<div[^>]*data-error-summary.*?</div>", answer.text, re.S)
        if not title or not title[1].startswith("Error: ") or not re.search(r'<[^>]* (autofocus|tabindex="-1" data-error)[ >]', answer.text):
            wrong.append(f"{form.page}: {form.action}: {title and title[1]}")
        linked = re.findall(r'href="#([^"]+)"', summary[0]) if summary else ()
        wrong += [f"{form.action}: #{one} is no field" for one in linked if f'id="{one}"' not in answer.text]
    assert not wrong, "\n" + "\n".join(wrong)
    assert refused


def test_no_form_is_left_out(tmp_path: Path) -> None:
    """Every address that takes a form is that of a form on some page here, or it is said above where else it is tried."""
    taken = set()
    for state in WITH_FORMS:
        scene = Scene(state, tmp_path)
        urls = scene.portal.app.url_map.bind("")
        for _, form in scene.forms:
            try:
                rule, _ = urls.match(form.action.partition("?")[0], method="POST", return_rule=True)
            except HTTPException:
                continue
            taken.add(str(rule))
        every = {str(rule) for rule in scene.portal.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
        scene.store.close()
    left_out = [rule for rule in sorted(every - taken - ELSEWHERE) if not rule.startswith(("/api/", "/webhooks/"))]
    assert "\n".join(left_out) == ""
    assert "\n".join(sorted(taken & ELSEWHERE)) == "", "these are here after all"


def test_forms_that_come_with_an_answer_show_what_was_typed(tmp_path: Path) -> None:
    """The preview of an import, and the form for several projects at once, sent when the session has ended."""
    store = Database(sqlite_with_tables(tmp_path / "service.sqlite3"))
    with closing(store):
        portal = one_of_everything(store)
        resume = json.dumps({"work": [{"name": "Quill", "position": "Associate", "startDate": "2014-06-01"}]})
        mine, manager = portal.browser(CANDIDATE), portal.browser(MANAGER)
        parts = (f'name="csrf_token"\r\n\r\n{mine.token()}', f'name="file"; filename="file.json"\r\n\r\n{resume}')
        body = "".join(f"--limit\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--limit--\r\n"
        pages = {
            "/profile/import": mine.client.post("/profile/import", data=body.encode(), content_type="multipart/form-data; boundary=limit").text,
            "/admin/projects/many": manager.send("/admin/projects/many", all="yes").text,
        }
        for path, page in pages.items():
            form = next(one for one in forms_of(path, page) if one.typed)
            refused = portal.browser().client.post(form.action, data={**form.sent, **form.typed, "csrf_token": "old"})
            assert all(text in html.unescape(refused.text) for text in form.typed.values()), path
