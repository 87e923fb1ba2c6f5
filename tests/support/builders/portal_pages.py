"""Fixture data for pages: the portal with nothing, with one and with many of everything, with decisions and with errors; and its addresses.

The pages are those of the application's own list of addresses, so a new page is looked at, or somebody says here why it is not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.errors import ModelAnswerInvalid
from ls_expert_plugin.llm.port import LanguageModel
from ls_expert_plugin.ml_backend.label_config.parser import read
from ls_expert_plugin.ml_backend.llm.budget import PURPOSE, subject_of
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from ls_expert_plugin.prelabels.switching import Offer
from ls_expert_plugin.routing.sync.connection_state import address_of
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.tables import ModelCallRow
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.profile.values import Resume, Suggestion
from ls_expert_plugin.vetting.values import AddOnQuestion, Status
from tests.support.builders.prelabels import figures
from tests.support.builders.review_scene import NOWHERE, answers_on_equality, reviews_under_way
from tests.support.builders.vetting_samples import EDUCATION, LICENCE, LONG_ENOUGH, NOW, WORK
from tests.support.clients.portal import CANDIDATE, MANAGER, OTHER, Portal

EXPERT = 20
# Addresses that show no page, and pages that are looked at under another address.
NO_PAGES = {
    "/health", "/enter", "/sign-in", "/static/<path:filename>", "/consent/receipt.json", "/my-data.json", "/profile/import/resume",
    "/admin/weeks.csv", "/admin/consents.csv", "/admin/impact-report.csv", "/admin/people/people.csv",
    "/admin/review/queue.csv", "/admin/review/screening-questions.csv", "/admin/review/against-policy.csv",
    "/admin/people/<int(max=2147483647):person_id>/projects.csv",
    "/admin/review/<int(max=2147483647):verification_id>/resume", "/admin/interviews/<int(max=2147483647):interview_id>/state",
    "/admin/projects/csv", "/admin/projects/routing-file/download", "/admin/projects/prelabel-runs/csv",
    "/admin/projects/<int(max=2147483647):ls_project_id>/history/csv", "/admin/projects/<int(max=2147483647):ls_project_id>/people/csv",
    "/admin/projects/<int(max=2147483647):ls_project_id>/prelabels/csv",
}
ADDRESSES = {
    "/profile/<any(education, licence, work, skill, language):kind>/new": [
        f"/profile/{kind}/new" for kind in ("education", "licence", "work", "skill", "language")
    ],
    "/profile/entries/<int(max=2147483647):claim_id>": ["/profile/entries/1"],
    "/domains/<domain>": ["/domains/medicine", "/domains/law"],
    "/domains/<domain>/withdraw": ["/domains/medicine/withdraw", "/domains/law/withdraw"],
    "/domains/<domain>/interview": ["/domains/finance/interview"],
    "/domains/<domain>/result": ["/domains/medicine/result"],
    "/domains/<domain>/test": ["/domains/law/test", "/domains/medicine/test"],
    "/consent/<purpose_id>/withdraw": ["/consent/matching/withdraw"],
    "/interview/<int(max=2147483647):interview_id>": ["/interview/1", "/interview/2"],
    "/admin/interviews/<int(max=2147483647):interview_id>": ["/admin/interviews/3"],
    "/admin/review/<int(max=2147483647):verification_id>": ["/admin/review/2", "/admin/review/3", "/admin/review/4"],
    "/admin/people/<int(max=2147483647):person_id>": ["/admin/people/1"],
    "/admin/projects/<int(max=2147483647):ls_project_id>": ["/admin/projects/5"],
    "/admin/projects/<int(max=2147483647):ls_project_id>/history": ["/admin/projects/5/history", "/admin/projects/7/history"],
    "/admin/projects/<int(max=2147483647):ls_project_id>/people": [
        "/admin/projects/5/people", "/admin/projects/6/people?tab=almost", "/admin/projects/7/people", "/admin/projects/7/people?tab=waiting",
    ],
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


def _portal(store: Database) -> Portal:
    return Portal(store, packs=load_packs(None), model=cast(LanguageModel, Words()), LS_EXPERT_FAIRNESS_QUESTIONS="yes",
                  LS_EXPERT_SMTP_URL="smtp://mail.example.org", LS_EXPERT_MAIL_FROM="experts@example.org")


def one_of_everything(store: Database) -> Portal:
    """One of everything: interviews running, over and waiting for a person, a test begun and one ended, a review, questions of a project."""
    portal = _portal(store)
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
    portal.asks(8, "Covenants", Requirement("law", add_on=(AddOnQuestion("Covenants", "Which of them bites first?"),)))
    portal.asks(7, "Clauses", Requirement("law"))
    portal.extension.tasks |= {5: (1200, 1150), 6: (80, 0)}
    with portal.store.begin() as unit:
        unit.project_connections.put(5, address_of(portal.settings), "", NOW)
        unit.project_connections.put(6, "", "Label Studio at http://label-studio.example answered 400: the ML backend does not answer.", NOW)
    cora = portal.browser(EXPERT)
    cora.send("/consent/matching", agreed="yes", version="1")
    cora.send("/projects/6/questions", number="0", text="Leverage.")
    with portal.store.begin() as unit:
        unit.resumes.set(1, Resume("cv.pdf", "pdf", b"%PDF", "Counsel", True, NOW))
        turn = next(one for one in unit.interviews.get(2).turns if one.speaker == "candidate")  # type: ignore[union-attr]
        unit.suggestions.add(1, [Suggestion("language", {"code": "fr"}, turn.id, 0, 4, turn.text[:4])], NOW)
    assert expert.ls_user_id == EXPERT
    return portal


def pages_of(portal: Portal) -> tuple[list[str], list[str]]:
    """Addresses for the candidate, and for a manager."""
    found: list[str] = []
    for path in _paths(portal):
        assert path in ADDRESSES or "<" not in path, f"{path}: say in ADDRESSES which page to look at, or in NO_PAGES that there is none"
        found += ADDRESSES.get(path, [path])
    return [path for path in found if not path.startswith("/admin")], [path for path in found if path.startswith("/admin")]


def _paths(portal: Portal) -> list[str]:
    rules = [(str(rule), rule.methods or ()) for rule in portal.app.url_map.iter_rules()]
    return [path for path, methods in rules if "GET" in methods and path not in NO_PAGES and not path.startswith("/api/")]


def nothing(store: Database) -> Portal:
    """Nobody has done anything yet."""
    return _portal(store)


def many(store: Database) -> Portal:
    """Forty projects, an expert in all of one domain's, and thirty candidates who wait."""
    portal = _portal(store)
    for number in range(1, 41):
        domain = ("law", "medicine", "finance", None)[number % 4]
        title = f"{domain or 'General'} · documents of the {number}. quarter, with annexes and translations"
        portal.asks(number, title.capitalize(), Requirement(domain) if domain else None)
    with store.begin() as unit:
        unit.project_connections.ask([1, 5], NOW)
        for number in range(9, 40, 3):
            unit.project_connections.put(number, address_of(portal.settings), "", NOW)
    portal.extension.tasks |= {number: (400 * number, 150 * number) for number in range(2, 41)}
    portal.member(EXPERT, "Cora Vale", domain="law", level=3, specialties=["commercial_contracts"])
    portal.browser(EXPERT).send("/consent/matching", agreed="yes", version="1")
    with store.begin() as unit:
        for number in range(30):
            person = members.joined(
                unit, 100 + number, f"candidate.with.a.long.name.{number}@hospital.example.org", f"Candidate Longname-Hyphenated {number}", "expert", NOW,
            )
            begun = NOW - dt.timedelta(days=number)
            verification = unit.verifications.add(person.id, ("law", "medicine", "finance")[number % 3], "interested", begun)
            unit.verifications.change(verification.id, "in_review", actor_person_id=None, reason="", now=begun)
    return portal


def decided(store: Database) -> Portal:
    """Verified in law, declined in medicine, and asked for more in finance; others suspended, revoked and expired."""
    portal = _portal(store)
    browser = portal.browser(CANDIDATE)
    browser.hold_interview(LONG_ENOUGH, "law")
    for domain in ("medicine", "finance"):
        browser.send(f"/domains/{domain}/interest")
    portal.work()
    portal.asks(5, "Leases", Requirement("law"))
    later = NOW + dt.timedelta(days=365)
    outcomes: Mapping[str, tuple[Status, dt.datetime | None, str]] = {
        "law": ("verified", later, ""),
        "medicine": ("declined", None, "Your answers are about hospital administration. Medicine here means treating patients."),
        "finance": ("more_asked", None, "Which of the audits you mention did you lead, and in which year?"),
    }
    portal.browser(MANAGER)
    others: Mapping[Status, str] = {"suspended": "law", "revoked": "medicine", "expired": "finance"}
    with store.begin() as unit:
        manager = unit.people.by_ls_user_id(MANAGER)
        assert manager is not None
        (me,) = [one for one in unit.people.all() if one.ls_user_id == CANDIDATE]
        for one in unit.verifications.of(me.id):
            status, until, reason = outcomes[one.domain]
            unit.verifications.change(one.id, status, actor_person_id=manager.id, reason=reason, now=NOW, valid_until_utc=until)
        for number, (status, domain) in enumerate(others.items()):
            person = members.joined(unit, 200 + number, f"{status}@example.org", f"Somebody {status}", "expert", NOW)
            added = unit.verifications.add(person.id, domain, "interested", NOW)
            unit.verifications.change(added.id, "verified", actor_person_id=manager.id, reason="", now=NOW, valid_until_utc=later)
            unit.verifications.change(added.id, status, actor_person_id=manager.id, reason="The licence is no longer in the register.", now=NOW)
    portal.routing.refresh(CANDIDATE)
    return portal


def reviewing(store: Database) -> Portal:
    """Reviews under way, answers on equality, a hold on the directory, and nothing that answers when the health is looked at."""
    url = store.engine.url.render_as_string(hide_password=False)
    portal = Portal(store, packs=load_packs(None), model=cast(LanguageModel, Words()), LS_EXPERT_DATABASE_URL=url, **NOWHERE)
    reviews_under_way(portal)
    answers_on_equality(portal)
    return portal


@dataclass(frozen=True)
class Shown:
    """A page as somebody sees it. ``fields``: sent with the page's first form, so that what comes back is looked at."""

    who: int
    path: str
    fields: Mapping[str, str] | None = field(default=None, hash=False)


MANAGERS_LISTS = ("/admin", "/admin/consents", "/admin/review", "/admin/people", "/admin/projects")
ERRORS = (
    *(Shown(CANDIDATE, f"/profile/{kind}/new", {}) for kind in ("education", "licence", "work", "skill", "language")),
    Shown(CANDIDATE, "/consent", {}), Shown(CANDIDATE, "/profile/import", {}), Shown(CANDIDATE, "/erase", {}),
    Shown(CANDIDATE, "/profile/work/new", {"csrf_token": "of an older session", "employer": "Quill & Partners", "description": "Leases.\nAnd loans."}),
    Shown(CANDIDATE, "/domains/medicine/test", {}), Shown(EXPERT, "/projects/8/questions", {}),
    Shown(CANDIDATE, "/domains/medicine/result", {}), Shown(CANDIDATE, "/no-such-page"), Shown(CANDIDATE, "/admin/review"), Shown(MANAGER, "/admin/review/999"),
    Shown(MANAGER, "/admin/review/2", {"level": ""}), Shown(MANAGER, "/admin/projects/5", {"max_experts": "none"}),
    Shown(MANAGER, "/admin/projects/routing-file", {"text": "version: 2\nprojects:\n  - project: 5\n    domain: astrology\n"}),
)


@dataclass(frozen=True)
class State:
    """What there is, and which pages show it."""

    build: Callable[[Database], Portal]
    pages: Callable[[Portal], list[Shown]]


def _empty(portal: Portal) -> list[Shown]:
    plain = [path for path in _paths(portal) if "<" not in path]
    return [Shown(MANAGER if path.startswith("/admin") else CANDIDATE, path) for path in plain]


def _one(portal: Portal) -> list[Shown]:
    mine, managers = pages_of(portal)
    mine = [*mine, "/profile/work/new?beside=resume"]
    experts = ["/", "/projects/6/questions", "/more-projects"]
    return [Shown(who, path) for who, paths in ((CANDIDATE, mine), (MANAGER, managers), (EXPERT, experts)) for path in paths]


def _many(portal: Portal) -> list[Shown]:
    portal.extension.progress = {number: (number % 7, (number * 5) % 40) for number in range(1, 41)}
    return [Shown(EXPERT, "/"), Shown(EXPERT, "/?q=nothing+like+it"), Shown(EXPERT, "/more-projects"), *(Shown(MANAGER, path) for path in MANAGERS_LISTS)]


def _decided(portal: Portal) -> list[Shown]:
    results = [f"/domains/{domain}/result" for domain in ("law", "medicine", "finance")]
    dossiers = [f"/admin/review/{number}" for number in range(1, 7)]
    verified = [Shown(CANDIDATE, path) for path in ("/domains/law/withdraw", "/domains/medicine")]
    return [*verified, *(Shown(CANDIDATE, path) for path in ("/", "/profile", *results)), *(Shown(MANAGER, path) for path in (*MANAGERS_LISTS, *dossiers))]


def _reviewing(portal: Portal) -> list[Shown]:
    paths = (
        "/admin/review", "/admin/review?mine=1", "/admin/review/1", "/admin/review/1?decide=decline", "/admin/review/2", "/admin/people?domain=law",
        "/admin/impact-report?domain=law", "/admin/projects",
    )
    return [*(Shown(MANAGER, path) for path in paths), Shown(MANAGER, "/admin/health", {})]


STATES = {
    "empty": State(nothing, _empty), "one": State(one_of_everything, _one), "many": State(many, _many),
    "decided": State(decided, _decided), "reviewing": State(reviewing, _reviewing), "error": State(one_of_everything, lambda portal: list(ERRORS)),
}
