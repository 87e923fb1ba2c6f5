"""The candidate's pages: where I stand, saying that I am interested, and consent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.storage.personal import Personal
from ls_expert_plugin.vetting import consent, erasure, interest, interview
from ls_expert_plugin.vetting.knowledge_test.taking import OPEN_TO
from ls_expert_plugin.vetting.knowledge_test.values import Held
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.recheck import Reminder
from ls_expert_plugin.vetting.values import Consent, Verification
from ls_expert_plugin.web import why_not
from ls_expert_plugin.web.add_on import offers
from ls_expert_plugin.web.paging import cut
from ls_expert_plugin.web.services import services
from ls_expert_plugin.web.sign_in import sign_out, signed_in
from ls_expert_plugin.web.standing import Standing, standing

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.routing.live import ProjectView

blueprint = Blueprint("portal", __name__)


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
class PurposeView:
    """One consent as the page shows it. ``given`` is the one in force."""

    purpose: consent.Purpose
    text: str
    given: Consent | None


@blueprint.get("/")
def home() -> str:
    """A card for each domain, and my projects."""
    person, parts = signed_in(), services()
    projects = parts.routing.projects_of(person.ls_user_id)
    now = parts.clock()
    with parts.store.read() as unit:
        verifications = {one.domain: one for one in unit.verifications.of(person.id)}
        interviews = {one.id: unit.interviews.of_verification(one.id) for one in verifications.values()}
        has_consent = consent.in_force(unit, person, consent.MATCHING)
        offers_mail = parts.settings.smtp_url is not None and not consent.in_force(unit, person, consent.NOTIFICATIONS)
        has_entries = bool(unit.claims.of(person.id))
        suggested = len(unit.suggestions.open(person.id))
        reminders = {one.id: unit.reminders.of(one.id) for one in verifications.values() if one.in_force(now)}
        tests = {one.id: unit.sittings.of(one.id) for one in verifications.values()}
    cards = []
    for pack in parts.packs.values():
        verification = verifications.get(pack.id)
        latest = interviews[verification.id] if verification else None
        mine = tuple(one for one in projects if one.domain == pack.id)
        cards.append(Card(
            pack=pack, verification=verification, interview_id=latest.id if latest else None, projects=mine,
            reminders=tuple(one for one in reminders.get(verification.id, ()) if one.settled_at_utc is None) if verification else (),
            test=test_words(pack, verification, tests[verification.id]) if verification else "",
            standing=standing(
                verification, has_consent=has_consent, has_entries=has_entries, has_projects=bool(mine), now=now
            ),
        ))
    is_verified = any(one.in_force(now) for one in verifications.values())
    return render_template(
        "home.html", offers=offers(person), suggested=suggested, cards=cards, shown=cut(projects, request.args.get("page")), is_verified=is_verified,
        offers_mail=offers_mail,
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
        "more_projects.html", domains=why_not.closed_to_me(explanations, projects, parts.packs), is_verified=bool(verified_in)
    )


@blueprint.post("/domains/<domain>/interest")
def express_interest(domain: str) -> Response:
    """I would like to work in this domain."""
    person, parts = signed_in(), services()
    with parts.store.begin() as unit:
        interest.express_interest(unit, person, domain, parts.packs, parts.clock())
        has_consent = consent.in_force(unit, person, consent.MATCHING)
    flash(f"Your interest in {parts.packs[domain].title} is noted.", "good")
    return redirect(url_for("portal.home" if has_consent else "portal.show_consent"), 303)


@blueprint.get("/domains/<domain>/interview")
def before_interview(domain: str) -> str | Response:
    """What the interview is like, and what I may choose."""
    person, parts = signed_in(), services()
    pack = parts.packs.get(domain)
    with parts.store.read() as unit:
        verification = next((one for one in unit.verifications.of(person.id) if one.domain == domain), None)
        if verification is None or pack is None:
            raise NotFound("Say first that you are interested in this domain; the interview comes after it.")
        consent.need_matching(unit, person)
        before = unit.interviews.of_verification(verification.id)
        spoken = [claim.details["code"] for claim in unit.claims.of(person.id) if claim.kind == "language"]
    if before and before.ended_at_utc is None:
        return redirect(url_for("interview.page", interview_id=before.id))
    languages = sorted(LANGUAGES.items(), key=lambda pair: (pair[0] not in spoken, pair[1])) if parts.interview_model else []
    return render_template(
        "interview_start.html", pack=pack, languages=[(code, name) for code, name in languages if code != pack.language],
        written_in=LANGUAGES.get(pack.language, pack.language), chosen=before.specialties if before else verification.specialties,
        language=before.language if before else "",
    )


@blueprint.post("/domains/<domain>/interview")
def start_interview(domain: str) -> Response:
    """Begin my interview in this domain, or go on with it."""
    person, parts = signed_in(), services()
    with parts.store.begin() as unit:
        verification = next((one for one in unit.verifications.of(person.id) if one.domain == domain), None)
        if verification is None or domain not in parts.packs:
            raise NotFound("Say first that you are interested in this domain; the interview comes after it.")
        begun = interview.start(
            unit, person, verification.id, parts.packs[domain], parts.clock(), specialties=request.form.getlist("specialties"),
            language=request.form.get("language", "") if parts.interview_model else "",
        )
    return redirect(url_for("interview.page", interview_id=begun.id), 303)


@blueprint.get("/consent")
def show_consent() -> str:
    """What I am asked to agree to, and what I have agreed to."""
    signed_in()
    return _consent_page()


@blueprint.post("/consent/<purpose_id>")
def give_consent(purpose_id: str) -> Response | tuple[str, int]:
    """I agree to this purpose."""
    person, parts = signed_in(), services()
    asked = consent.purpose(purpose_id)
    if purpose_id == consent.NOTIFICATIONS and parts.settings.smtp_url is None:
        raise NotFound("No e-mails are sent here.")
    if request.form.get("agreed") != "yes":
        return _consent_page(unticked=purpose_id), 400
    with parts.store.begin() as unit:
        consent.give(unit, person, purpose_id, request.form.get("version", ""), parts.clock(), parts.settings.retention_days)
        has_entries = bool(unit.claims.of(person.id))
    flash(f"Your consent to “{asked.title}” is saved. You can withdraw it at any time.", "good")
    if purpose_id == consent.NOTIFICATIONS:
        return redirect(url_for("portal.show_consent"), 303)
    return redirect(url_for("portal.home" if has_entries else "profile.page"), 303)


@blueprint.get("/consent/<purpose_id>/withdraw")
def ask_before_withdrawal(purpose_id: str) -> str:
    """What happens if I withdraw."""
    signed_in()
    return render_template("consent_withdraw.html", purpose=consent.purpose(purpose_id), matching=consent.MATCHING)


@blueprint.post("/consent/<purpose_id>/withdraw")
def withdraw_consent(purpose_id: str) -> Response:
    """I no longer agree."""
    person, parts = signed_in(), services()
    parts.store.run(lambda unit: consent.withdraw(unit, person, purpose_id, parts.clock()))
    if parts.routing.refresh(person.ls_user_id):
        closed = " The projects it opened are closed to you." if purpose_id == consent.MATCHING else ""
        flash(f"Your consent is withdrawn.{closed}", "good")
    else:
        flash("Your consent is withdrawn. Label Studio did not answer; the projects will be closed to you once it does.", "warn")
    return redirect(url_for("portal.show_consent"), 303)


@blueprint.get("/consent/receipt.json")
def receipt() -> Response:
    """What I agreed to, when, and in which words, as a file."""
    person, parts = signed_in(), services()
    with parts.store.read() as unit:
        response = jsonify(name=person.name, email=person.email, consents=consent.receipt(unit, person))
    response.headers["Content-Disposition"] = 'attachment; filename="consent-receipt.json"'
    return response


@blueprint.get("/my-data.json")
def download() -> Response:
    """Everything the service holds about me, as a file."""
    person, parts = signed_in(), services()
    with parts.store.read() as unit:
        held = Personal(unit.session).everything(person.id, person.ls_user_id)
    response = jsonify(held)
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/erase")
def ask_before_erasure() -> str:
    """What happens if I have everything removed."""
    erasure.check_may_be_erased(signed_in())
    return render_template("erase.html")


@blueprint.post("/erase")
def erase() -> str | tuple[str, int]:
    """Remove everything I have told this service."""
    person, parts = signed_in(), services()
    if request.form.get("understood") != "yes":
        return render_template("erase.html", is_unticked=True), 400
    parts.store.run(lambda unit: erasure.ask(unit, person, erasure.ASKED, parts.clock()))
    parts.routing.refresh(person.ls_user_id)
    parts.queue("erase")
    sign_out()
    return render_template("erased.html")


def _consent_page(unticked: str | None = None) -> str:
    person, parts = signed_in(), services()
    with parts.store.read() as unit:
        given = [one for one in unit.consents.of(person.id) if one.withdrawn_at_utc is None]
    views = [
        PurposeView(
            purpose=purpose, text=purpose.text_for(parts.settings.retention_days),
            given=next((c for c in given if (c.purpose, c.text_version) == (purpose.id, purpose.version)), None),
        )
        for purpose in consent.PURPOSES
    ]
    if parts.settings.smtp_url is None:  # what cannot be done is not asked; what was agreed to can be withdrawn
        views = [view for view in views if view.purpose.id != consent.NOTIFICATIONS or view.given]
    return render_template("consent.html", views=views, unticked=unticked)
