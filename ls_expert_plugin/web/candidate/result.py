"""Views of a candidate's result: what was found and on what words, the decision and its reasons, and what they can do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.storage.unit_of_work import UnitOfWork
from ls_expert_plugin.vetting import status
from ls_expert_plugin.vetting.review import appeals
from ls_expert_plugin.vetting.review.dossier import contents as dossier
from ls_expert_plugin.vetting.review.policy.policy_text import in_words
from ls_expert_plugin.vetting.values import Person, Verification
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.candidate.own_verification import own_verification
from ls_expert_plugin.web.errors import status_of
from ls_expert_plugin.web.profile_labels import KINDS, licences_by_id
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
    """My answer to what was asked."""
    return _send(domain, "answer", lambda unit, person, own, pack, now: appeals.respond(unit, person, own.id, _text(), now))


@blueprint.post("/domains/<domain>/result/correction")
def correct(domain: str) -> Response | tuple[str, int]:
    """Note that something found is not right."""
    about = request.form.get("about", "")
    return _send(domain, about, lambda unit, person, own, pack, now: appeals.correct(unit, person, own.id, about, _text(), now))


@blueprint.post("/domains/<domain>/result/appeal")
def appeal(domain: str) -> Response | tuple[str, int]:
    """Somebody else should look at it again."""
    return _send(domain, "appeal", lambda unit, person, own, pack, now: appeals.appeal(unit, person, own.id, _text(), pack, now))


def _send(
    domain: str, form: str, do: Callable[[UnitOfWork, Person, Verification, Pack, dt.datetime], Verification]
) -> Response | tuple[str, int]:
    person, parts = signed_in(), services()
    try:
        with parts.store.begin() as unit:
            do(unit, person, _mine(unit, person, domain), _pack(domain), parts.clock())
    except BadInput as problem:
        return _page(domain, {form: problem.message}), status_of(problem)
    said = {"answer": "Your answer is with the reviewer.", "appeal": "Your appeal is noted. Somebody else decides about it."}
    flash(said.get(form, "Your note stands beside it now. The reviewer reads it."), "good")
    return redirect(url_for("outcome.page", domain=domain), 303)


def _page(domain: str, errors: dict[str, str] | None = None) -> str:
    person, parts = signed_in(), services()
    now, pack = parts.clock(), _pack(domain)
    with parts.store.read() as unit:
        own = _mine(unit, person, domain)
        found = dossier.dossier(unit, own.id, parts.packs, now)
    until = appeals.appeal_until(found.verification, found.history, found.entries, pack.policy.appeal_days)
    return render_template(
        "candidate/assessment/outcome.html", dossier=found, v=found.verification, pack=pack, status=status.at(found.verification, now), policy=in_words(pack),
        kinds=KINDS, licences=licences_by_id(parts.packs), appeal_until=until if until and now < until else None,
        is_searched=found.assessment is not None and found.assessment.state != "queued", errors=errors or {}, form=request.form,
    )


def _mine(unit: UnitOfWork, person: Person, domain: str) -> Verification:
    return own_verification(unit, person, domain, "what is found appears here later.")


def _pack(domain: str) -> Pack:
    pack = services().packs.get(domain)
    if pack is None:
        raise NotFound("There is no such domain here. Choose one on the first page.")
    return pack


def _text() -> str:
    return request.form.get("text", "")
