"""Every page of the portal against axe-core's rules for WCAG 2.1 A and AA: wide and narrow, light and dark; and by keyboard alone.

The pages are those of the application's own list of addresses, so a new page is looked at, or somebody says here why it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.errors import ModelAnswerInvalid
from ls_expert_plugin.llm.port import LanguageModel
from ls_expert_plugin.ml_backend.label_config.parser import read
from ls_expert_plugin.ml_backend.llm.budget import PURPOSE, subject_of
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from ls_expert_plugin.prelabels.switching import Offer
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.tables import ModelCallRow
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.profile.resume import Resume
from ls_expert_plugin.vetting.profile.suggestions import Suggestion
from ls_expert_plugin.vetting.values import AddOnQuestion
from tests.support.builders.prelabels import figures
from tests.support.builders.vetting_samples import EDUCATION, LICENCE, LONG_ENOUGH, NOW, WORK
from tests.support.clients.portal import CANDIDATE, MANAGER, OTHER, Portal, served

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], "resultTypes": ["violations"]}
LOOKS = (({"width": 1440, "height": 900}, "light"), ({"width": 390, "height": 844}, "dark"))
EXPERT = 20
# Addresses that show no page, and pages that are looked at under another address.
NO_PAGES = {
    "/health", "/enter", "/sign-in", "/static/<path:filename>", "/consent/receipt.json", "/my-data.json", "/profile/import/resume",
    "/admin/review/<int(max=2147483647):verification_id>/resume", "/admin/interviews/<int(max=2147483647):interview_id>/state",
}
ADDRESSES = {
    "/profile/<any(education, licence, work, skill, language):kind>/new": [
        f"/profile/{kind}/new" for kind in ("education", "licence", "work", "skill", "language")
    ],
    "/profile/entries/<int(max=2147483647):claim_id>": ["/profile/entries/1"],
    "/domains/<domain>/interview": ["/domains/finance/interview"],
    "/domains/<domain>/result": ["/domains/medicine/result"],
    "/domains/<domain>/test": ["/domains/law/test", "/domains/medicine/test"],
    "/consent/<purpose_id>/withdraw": ["/consent/matching/withdraw"],
    "/interview/<int(max=2147483647):interview_id>": ["/interview/1", "/interview/2"],
    "/admin/interviews/<int(max=2147483647):interview_id>": ["/admin/interviews/3"],
    "/admin/review/<int(max=2147483647):verification_id>": ["/admin/review/2", "/admin/review/3", "/admin/review/4"],
    "/admin/people/<int(max=2147483647):person_id>": ["/admin/people/1"],
    "/admin/projects/<int(max=2147483647):ls_project_id>": ["/admin/projects/5"],
    "/admin/projects/<int(max=2147483647):ls_project_id>/people": ["/admin/projects/5/people"],
    "/admin/projects/<int(max=2147483647):ls_project_id>/people/<int(max=2147483647):person_id>": ["/admin/projects/5/people/1"],
    "/admin/projects/<int(max=2147483647):ls_project_id>/prelabels": ["/admin/projects/5/prelabels", "/admin/projects/6/prelabels"],
    "/admin/projects/<int(max=2147483647):ls_project_id>/prelabels/switch": ["/admin/projects/6/prelabels/switch"],
    "/admin/answers/<int(max=2147483647):add_on_id>": ["/admin/answers/1"],
    "/projects/<int(max=2147483647):ls_project_id>/questions": ["/projects/5/questions"],
}


class Words:
    """A model that words every question the same."""

    name = "stand-in"

    def stream(self, prompt: object) -> Iterator[str]:
        """One piece."""
        yield "Which deadline was it?"

    def structured(self, prompt: object, schema: object) -> object:
        """Nothing of use."""
        raise ModelAnswerInvalid("It gives no structure.")


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """One of everything: interviews running, over and waiting for a person, a test begun and one ended, a review, questions of a project."""
    portal = Portal(sqlite_store, packs=load_packs(None), model=cast(LanguageModel, Words()), LS_EXPERT_FAIRNESS_QUESTIONS="yes",
                    LS_EXPERT_SMTP_URL="smtp://mail.example.org", LS_EXPERT_MAIL_FROM="experts@example.org")
    candidate, other = portal.browser(CANDIDATE), portal.browser(OTHER)
    running = candidate.begin_interview("law")
    candidate.send("/profile/licence/new", **{**LICENCE, "kind": "us_bar"})
    more = {"work": WORK, "education": EDUCATION, "skill": {"name": "Contracts"}, "language": {"code": "de", "proficiency": "native"}}
    for kind, fields in more.items():
        candidate.send(f"/profile/{kind}/new", **fields)
    over = candidate.hold_interview(LONG_ENOUGH, "medicine")
    candidate.send("/domains/medicine/test/start")
    candidate.send("/domains/finance/interest")
    waits = other.begin_interview("law")
    other.send(f"/interview/{waits}/person")
    assert (running, over, waits) == (1, 2, 3)
    portal.work()
    expert = portal.member(EXPERT, "Cora Vale", domain="law", level=3, specialties=["commercial_contracts"])
    portal.asks(5, "Leases", Requirement("law", minimum_level=2, languages=("de",), max_experts=3, add_on=(AddOnQuestion("Roofs", "Who repairs?"),)))
    portal.asks(6, "Loans", Requirement("law", add_on=(AddOnQuestion("Loans", "Which covenant?"),)))
    config = read('<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="A"/></Choices></View>')
    portal.offers[6] = Offer(6, "Loans", PredictorSpec("some-model", "prelabel.v2"), PredictorSpec("other-model", "prelabel.v2"), config, 1200)
    with portal.store.begin() as unit:
        unit.ml_projects.switch(6, PredictorSpec("some-model", "prelabel.v2", "offline-10-0a1b2c3d"), NOW)
        unit.prelabel_runs.begin(6, 1, False, NOW)
        unit.prelabel_figures.ask(6, 0, NOW)
        unit.prelabel_figures.put(6, figures(PredictorSpec("some-model", "prelabel.v2", "offline-60-0a1b2c3d")), NOW)
        unit.session.add(ModelCallRow(
            purpose=PURPOSE, model="m", prompt_version="v", prompt_sha256="", tokens_in=900, tokens_out=40, duration_ms=5, attempts=1, outcome="ok",
            at_utc=NOW, subject=subject_of(6, "v"),
        ))
    portal.asks(7, "Clauses", Requirement("law"))
    cora = portal.browser(EXPERT)
    cora.send("/consent/matching", agreed="yes", version="1")
    cora.send("/projects/6/questions", number="0", text="Leverage.")
    with portal.store.begin() as unit:
        unit.resumes.set(1, Resume("cv.pdf", "pdf", b"%PDF", "Counsel", True, NOW))
        turn = next(one for one in unit.interviews.get(2).turns if one.speaker == "candidate")  # type: ignore[union-attr]
        unit.suggestions.add(1, [Suggestion("language", {"code": "fr"}, turn.id, 0, 4, turn.text[:4])], NOW)
    assert expert.ls_user_id == EXPERT
    return portal


def _pages(portal: Portal) -> tuple[list[str], list[str]]:
    """Addresses for the candidate, and for a manager."""
    found: list[str] = []
    for rule in portal.app.url_map.iter_rules():
        path = str(rule)
        if "GET" in (rule.methods or ()) and path not in NO_PAGES and not path.startswith("/api/"):
            assert path in ADDRESSES or "<" not in path, f"{path}: say in ADDRESSES which page to look at, or in NO_PAGES that there is none"
            found += ADDRESSES.get(path, [path])
    return [path for path in found if not path.startswith("/admin")], [path for path in found if path.startswith("/admin")]


def _signed_in(portal: Portal, browser: Browser, url: str, who: int, **options: Any) -> BrowserContext:
    cookie = portal.browser(who).client.get_cookie("ls_expert_session")
    assert cookie is not None
    context = browser.new_context(**options)
    context.add_cookies([{"name": "ls_expert_session", "value": cookie.value, "url": url}])
    return context


def test_every_page_keeps_the_rules(portal: Portal, browser: Browser) -> None:
    """Labels, names, headings, landmarks, contrast, and nothing wider than the window."""
    mine, managers = _pages(portal)
    experts = ["/", "/projects/6/questions", "/more-projects"]
    wrong: list[str] = []
    with served(portal.app) as url:
        for viewport, scheme in LOOKS:
            for who, paths in ((CANDIDATE, mine), (MANAGER, managers), (EXPERT, experts)):
                context = _signed_in(portal, browser, url, who, viewport=viewport, color_scheme=scheme)
                page = context.new_page()
                for path in paths:
                    response = page.goto(url + path)
                    assert response is not None and (response.status == 200 or path == "/projects/5/questions"), path
                    for details in page.locator("details").all():
                        details.evaluate("one => { one.open = true }")
                    wrong += [f"{path} at {viewport['width']}, {scheme}: {one}" for one in _violations(page)]
                    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                        wrong.append(f"{path} at {viewport['width']}: wider than the window")
                context.close()
    assert not wrong, "\n" + "\n".join(wrong)


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']} ({one['help']}) at {', '.join(str(node['target'][0]) for node in one['nodes'][:4])}" for one in found]


def test_the_interview_by_keyboard_alone(portal: Portal, browser: Browser) -> None:
    """Write, send, wait, and write again without a mouse; where the focus is can be seen; what is new stands in a live region."""
    with served(portal.app) as url:
        context = _signed_in(portal, browser, url, CANDIDATE)
        page = context.new_page()
        page.goto(f"{url}/interview/1")
        log = page.get_by_role("log")
        assert log.get_attribute("aria-live") == "polite"
        before = log.locator("li").count()
        box = page.get_by_label("Your answer")
        for _ in range(40):
            page.keyboard.press("Tab")
            if box.evaluate("one => one === document.activeElement"):
                break
        expect(box).to_be_focused()
        page.keyboard.type(LONG_ENOUGH)
        page.keyboard.press("Tab")
        send = page.get_by_role("button", name="Send")
        expect(send).to_be_focused()
        assert send.evaluate("one => getComputedStyle(one).outlineStyle") != "none", "nobody sees where the focus is"
        page.keyboard.press("Enter")
        expect(log.locator("li")).to_have_count(before + 2)
        expect(box).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Pause")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=re.compile("Yes, a person"))).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text("You asked for a person")).to_be_visible()
        context.close()
