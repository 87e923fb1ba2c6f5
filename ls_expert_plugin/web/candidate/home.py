"""Views of the candidate's start page: status in each domain, interest, and the way into an interview."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.vetting import consent, interest
from ls_expert_plugin.vetting.interview import session
from ls_expert_plugin.vetting.knowledge_test.service import OPEN_TO
from ls_expert_plugin.vetting.knowledge_test.values import Held
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.review.recheck.schedule import Reminder
from ls_expert_plugin.vetting.values import Interview, Person, Verification
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.candidate import closed_projects
from ls_expert_plugin.web.candidate.own_verification import find_own_verification
from ls_expert_plugin.web.candidate.progress import Standing, standing
from ls_expert_plugin.web.candidate.project_questions import OpenQuestions, offers
from ls_expert_plugin.web.pagination import Slice, cut
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.routing.service import ProjectView
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

blueprint = Blueprint("portal", __name__)
_NO_INTERVIEW = "Say first that you are interested in this domain; the interview comes after it."


@dataclass(frozen=True)
class Card:
    """One domain on the first page. ``interview_id`` is that of the newest interview; ``reminders`` are open.

    ``test``: the words of the link to the knowledge test, empty where there is none.
    """

    pack: Pack
    verification: Verification | None
    standing: Standing
    interview_id: int | None
    projects: tuple[ProjectView, ...]
    reminders: tuple[Reminder, ...] = ()
    test: str = ""


@dataclass(frozen=True)
class HomePage:
    """View model of the first page. ``offers``: projects that ask something first; ``suggested``: how many entries wait to be looked at.

    ``offers_mail``: this service sends mail and the person has not said yes to it.
    """

    cards: tuple[Card, ...]
    shown: Slice[ProjectView]
    offers: tuple[OpenQuestions, ...]
    suggested: int
    is_verified: bool
    offers_mail: bool


@blueprint.get("/")
def home() -> str:
    """A card for each domain, and my projects."""
    person, parts = signed_in(), services()
    projects = parts.routing.projects_of(person.ls_user_id)
    now = parts.clock()
    with parts.store.read() as unit:
        known = _read(unit, person, now)
        offers_mail = parts.settings.smtp_url is not None and not consent.in_force(unit, person, consent.NOTIFICATIONS)
        suggested = len(unit.suggestions.open(person.id))
    cards = tuple(_card(pack, known, tuple(one for one in projects if one.domain == pack.id), now) for pack in parts.packs.values())
    page = HomePage(
        cards, cut(projects, request.args.get("page")), tuple(offers(person)), suggested,
        is_verified=any(one.in_force(now) for one in known.verifications.values()), offers_mail=offers_mail,
    )
    return render_template("candidate/home.html", page=page)


@dataclass(frozen=True)
class _Known:
    """What is stored about a person: verifications by domain; the newest interview, reminders and knowledge tests by verification."""

    has_consent: bool
    has_entries: bool
    verifications: Mapping[str, Verification]
    interviews: Mapping[int, Interview | None]
    reminders: Mapping[int, tuple[Reminder, ...]]
    tests: Mapping[int, tuple[Held, ...]]


def _read(unit: UnitOfWork, person: Person, now: dt.datetime) -> _Known:
    verifications = {one.domain: one for one in unit.verifications.of(person.id)}
    return _Known(
        has_consent=consent.in_force(unit, person, consent.MATCHING), has_entries=bool(unit.claims.of(person.id)), verifications=verifications,
        interviews={one.id: unit.interviews.of_verification(one.id) for one in verifications.values()},
        reminders={one.id: unit.reminders.of(one.id) for one in verifications.values() if one.in_force(now)},
        tests={one.id: unit.sittings.of(one.id) for one in verifications.values()},
    )


def _card(pack: Pack, known: _Known, projects: tuple[ProjectView, ...], now: dt.datetime) -> Card:
    """One domain's card. Pure."""
    verification = known.verifications.get(pack.id)
    latest = known.interviews[verification.id] if verification else None
    return Card(
        pack=pack, verification=verification, interview_id=latest.id if latest else None, projects=projects,
        reminders=tuple(one for one in known.reminders.get(verification.id, ()) if one.settled_at_utc is None) if verification else (),
        test=test_words(pack, verification, known.tests[verification.id]) if verification else "",
        standing=standing(
            verification, has_consent=known.has_consent, has_entries=known.has_entries, has_projects=bool(projects), now=now
        ),
    )


def test_words(pack: Pack, verification: Verification, tests: tuple[Held, ...]) -> str:
    """What the link to the knowledge test says."""
    if not pack.items or verification.status not in OPEN_TO and not tests:
        return ""
    if tests and tests[-1].ended_at_utc is None:
        return "Go on with the knowledge test"
    return "Your knowledge test" if tests else "Take the knowledge test"


@blueprint.get("/more-projects")
def more_projects() -> str:
    """What more the other projects of my domains ask for."""
    person, parts = signed_in(), services()
    now = parts.clock()
    with parts.store.read() as unit:
        verified_in = [one.domain for one in unit.verifications.of(person.id) if one.in_force(now)]
        projects = {one.ls_project_id: one for one in unit.projects.all()} if verified_in else {}
    explanations = parts.routing.explain_all(person.ls_user_id) if verified_in else ()
    return render_template(
        "candidate/more_projects.html", domains=closed_projects.closed_to_me(explanations, projects, parts.packs), is_verified=bool(verified_in)
    )


@blueprint.post("/domains/<domain>/interest")
def express_interest(domain: str) -> Response:
    """I would like to work in this domain."""
    person, parts = signed_in(), services()
    with parts.store.begin() as unit:
        interest.express_interest(unit, person, domain, parts.packs, parts.clock())
        has_consent = consent.in_force(unit, person, consent.MATCHING)
    flash(f"Your interest in {parts.packs[domain].title} is noted.", "good")
    return redirect(url_for("portal.home" if has_consent else "consent.show_consent"), 303)


@blueprint.get("/domains/<domain>/interview")
def before_interview(domain: str) -> str | Response:
    """What the interview is like, and what I may choose."""
    person, parts = signed_in(), services()
    pack = parts.packs.get(domain)
    with parts.store.read() as unit:
        verification = find_own_verification(unit, person, domain)
        if verification is None or pack is None:
            raise NotFound(_NO_INTERVIEW)
        consent.need_matching(unit, person)
        before = unit.interviews.of_verification(verification.id)
        spoken = [claim.details["code"] for claim in unit.claims.of(person.id) if claim.kind == "language"]
    if before and before.ended_at_utc is None:
        return redirect(url_for("interview.page", interview_id=before.id))
    languages = sorted(LANGUAGES.items(), key=lambda pair: (pair[0] not in spoken, pair[1])) if parts.interview_model else []
    return render_template(
        "candidate/assessment/interview_start.html", pack=pack, languages=[(code, name) for code, name in languages if code != pack.language],
        written_in=LANGUAGES.get(pack.language, pack.language), chosen=before.specialties if before else verification.specialties,
        language=before.language if before else "",
    )


@blueprint.post("/domains/<domain>/interview")
def start_interview(domain: str) -> Response:
    """Begin my interview in this domain, or go on with it."""
    person, parts = signed_in(), services()
    with parts.store.begin() as unit:
        verification = find_own_verification(unit, person, domain)
        if verification is None or domain not in parts.packs:
            raise NotFound(_NO_INTERVIEW)
        begun = session.start(
            unit, person, verification.id, parts.packs[domain], parts.clock(), specialties=request.form.getlist("specialties"),
            language=request.form.get("language", "") if parts.interview_model else "",
        )
    return redirect(url_for("interview.page", interview_id=begun.id), 303)
