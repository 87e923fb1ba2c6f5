"""Views of the candidate's home page: applications, verifications and projects, and the way into an interview."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.vetting import consent
from ls_expert_plugin.vetting.interview import session
from ls_expert_plugin.vetting.knowledge_test.values import Held
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.lifecycle.withdrawal import UNDECIDED
from ls_expert_plugin.vetting.review.recheck.schedule import Reminder
from ls_expert_plugin.vetting.values import Interview, Person, StatusChange, Verification
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.candidate import closed_projects, home_page, stepper
from ls_expert_plugin.web.candidate.home_page import Card, HomePage
from ls_expert_plugin.web.candidate.own_verification import find_own_verification
from ls_expert_plugin.web.candidate.progress import standing
from ls_expert_plugin.web.candidate.project_questions import offers
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

blueprint = Blueprint("portal", __name__)
_NO_INTERVIEW = "Apply in this domain first; the interview comes after it."


@blueprint.get("/")
def home() -> str:
    """My applications, my verifications, my projects, and the other domains."""
    person, parts = signed_in(), services()
    now, search = parts.clock(), request.args.get("q", "").strip()
    projects = parts.routing.projects_of(person.ls_user_id)
    titles = {pack.id: pack.title for pack in parts.packs.values()}
    shown = home_page.found_projects(projects, titles, search, request.args.get("page"))
    with parts.store.read() as unit:
        known = _read(unit, person, now)
        offers_mail = parts.settings.smtp_url is not None and not consent.in_force(unit, person, consent.NOTIFICATIONS)
        suggested = len(unit.suggestions.open(person.id))
        last = unit.events.last_project_of(person.ls_user_id) if projects else None
    wanted = {one.ls_project_id for one in shown.items} | ({last} if last is not None and any(one.ls_project_id == last for one in projects) else set())
    progress = parts.routing.task_progress(person.ls_user_id, wanted) if wanted else {}
    domains = {one.domain for one in projects}
    page = HomePage(
        cards=tuple(_card(pack, known, pack.id in domains, now) for pack in parts.packs.values()),
        projects=home_page.projects_part(projects, shown, titles, progress, last, search),
        offers=tuple(offers(person)), suggested=suggested, offers_mail=offers_mail,
    )
    return render_template("candidate/home.html", page=page)


@dataclass(frozen=True)
class _Known:
    """What is stored about a person. By domain: verifications, and usual waits where one is under way; by verification: the newest interview, the
    history, reminders and knowledge tests.
    """

    consent_given_at_utc: dt.datetime | None
    profile_changed_at_utc: dt.datetime | None
    verifications: Mapping[str, Verification]
    interviews: Mapping[int, Interview | None]
    histories: Mapping[int, tuple[StatusChange, ...]]
    reminders: Mapping[int, tuple[Reminder, ...]]
    tests: Mapping[int, tuple[Held, ...]]
    waits: Mapping[str, str]


def _read(unit: UnitOfWork, person: Person, now: dt.datetime) -> _Known:
    verifications = {one.domain: one for one in unit.verifications.of(person.id)}
    given = consent.current(unit, person, consent.MATCHING)
    under_way = [one for one in verifications.values() if one.status in UNDECIDED]
    waits = {one.domain: stepper.usual_wait(unit.verifications.decision_waits(one.domain)) for one in under_way}
    return _Known(
        consent_given_at_utc=given.given_at_utc if given else None, profile_changed_at_utc=unit.claims.changed_at(person.id),
        verifications=verifications,
        interviews={one.id: unit.interviews.of_verification(one.id) for one in verifications.values()},
        histories={one.id: unit.verifications.history(one.id) for one in verifications.values()},
        reminders={one.id: unit.reminders.of(one.id) for one in verifications.values() if one.in_force(now)},
        tests={one.id: unit.sittings.of(one.id) for one in verifications.values()},
        waits={domain: stepper.about(wait) for domain, wait in waits.items() if wait},
    )


def _card(pack: Pack, known: _Known, has_projects: bool, now: dt.datetime) -> Card:
    """One domain's card. Pure."""
    verification = known.verifications.get(pack.id)
    where = standing(
        verification, has_consent=known.consent_given_at_utc is not None, has_entries=known.profile_changed_at_utc is not None,
        has_projects=has_projects, now=now,
    )
    if verification is None:
        return Card(pack, None, None, where)
    current, interview, tests = status.at(verification, now), known.interviews[verification.id], known.tests[verification.id]
    history = known.histories[verification.id]
    facts = stepper.ApplicationFacts(current, history, known.consent_given_at_utc, known.profile_changed_at_utc, interview, tests)
    return Card(
        pack=pack, verification=verification, status=current, standing=where,
        steps=stepper.steps(pack, facts, where.step) if current in UNDECIDED else (), dates=stepper.review_dates(history),
        wait=known.waits.get(pack.id, "") if current in ("assessing", "in_review") else "", interview_id=interview.id if interview else None,
        test=home_page.test_words(pack, current, tests), is_test_due=home_page.is_test_due(pack, current, tests),
        reminders=tuple(one for one in known.reminders.get(verification.id, ()) if one.settled_at_utc is None),
    )


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
