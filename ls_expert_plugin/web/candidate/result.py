"""Views of a candidate's result: what was found and on what words, the decision and its reasons, and what they can do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.storage.unit_of_work import UnitOfWork
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.review import appeals
from ls_expert_plugin.vetting.review.dossier import contents as dossier
from ls_expert_plugin.vetting.review.policy.policy_text import in_words
from ls_expert_plugin.vetting.values import Person, Verification
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.candidate.own_verification import own_verification
from ls_expert_plugin.web.candidate.stepper import review_dates
from ls_expert_plugin.web.errors import status_of
from ls_expert_plugin.web.profile_labels import KINDS, entry_title, licences_by_id
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

blueprint = Blueprint("outcome", __name__)


@blueprint.get("/domains/<domain>/result")
def page(domain: str) -> str:
    """What was found about me, and why it was decided as it was."""
    return _page(domain)


@blueprint.post("/domains/<domain>/result/answer")
def respond(domain: str) -> Response | tuple[str, int]:
    """My reply to what was asked."""
    return _send(domain, "answer", lambda unit, person, own, pack, now: appeals.respond(unit, person, own.id, _text(), now))


@blueprint.post("/domains/<domain>/result/correction")
def correct(domain: str) -> Response | tuple[str, int]:
    """Report that something found is not right."""
    about = request.form.get("about", "")
    if not about:
        return _page(domain, {_section(about): "Choose what the error is about."}, "about"), 400
    return _send(domain, _section(about), lambda unit, person, own, pack, now: appeals.correct(unit, person, own.id, about, _text(), now))


@blueprint.post("/domains/<domain>/result/appeal")
def appeal(domain: str) -> Response | tuple[str, int]:
    """Somebody else should look at it again."""
    return _send(domain, "appeal", lambda unit, person, own, pack, now: appeals.appeal(unit, person, own.id, _text(), pack, now))


def _section(about: str) -> str:
    """In which section of the page the form stands: that of what it is about, or as the form says."""
    kind = about.partition(":")[0]
    section = {"competency": "interview", "claim": "profile", "test": "test", "decision": "decision"}.get(kind, request.form.get("section", ""))
    return section if section in ("interview", "profile", "test", "decision") else "page"


def _send(
    domain: str, section: str, do: Callable[[UnitOfWork, Person, Verification, Pack, dt.datetime], Verification]
) -> Response | tuple[str, int]:
    person, parts = signed_in(), services()
    try:
        with parts.store.begin() as unit:
            do(unit, person, _mine(unit, person, domain), _pack(domain), parts.clock())
    except BadInput as problem:
        return _page(domain, {section: problem.message}), status_of(problem)
    said = {"answer": "Your reply is with the reviewer.", "appeal": "Your appeal is sent. Somebody else decides about it."}
    flash(said.get(section, "Your report is sent. The reviewer reads it beside what it is about."), "good")
    return redirect(url_for("outcome.page", domain=domain), 303)


def _page(domain: str, errors: dict[str, str] | None = None, wrong_field: Literal["text", "about"] = "text") -> str:
    person, parts = signed_in(), services()
    now, pack = parts.clock(), _pack(domain)
    with parts.store.read() as unit:
        own = _mine(unit, person, domain)
        found = dossier.dossier(unit, own.id, parts.packs, now)
    until = appeals.appeal_until(found.verification, found.history, found.entries, pack.policy.appeal_days)
    entries, licences = [one for one in found.claims if one.kind in KINDS], licences_by_id(parts.packs)
    return render_template(
        "candidate/assessment/outcome.html", dossier=found, v=found.verification, pack=pack, status=status.at(found.verification, now),
        policy=in_words(pack), dates=review_dates(found.history), licences=licences, entries=entries,
        appeal_until=until if until and now < until else None, is_searched=found.assessment is not None and found.assessment.state != "queued",
        competency_choices=[(f"competency:{one.competency.id}", one.competency.title) for one in found.found],
        entry_choices=[(f"claim:{one.id}", entry_title(one, licences)) for one in entries], errors=errors or {}, wrong_field=wrong_field, form=request.form,
        field_errors={f"{wrong_field}-{section}": message for section, message in (errors or {}).items() if section != "page"},
    )


def _mine(unit: UnitOfWork, person: Person, domain: str) -> Verification:
    return own_verification(unit, person, domain, "the result appears here later.")


def _pack(domain: str) -> Pack:
    pack = services().packs.get(domain)
    if pack is None:
        raise NotFound("This domain is not offered here. Choose one on the home page.")
    return pack


def _text() -> str:
    return request.form.get("text", "")
