"""Views of the knowledge test: the rules, one item at a time, the result. Plain forms; nothing is sent that holds a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, Conflict, NotFound
from ls_expert_plugin.storage.unit_of_work import UnitOfWork
from ls_expert_plugin.vetting.knowledge_test import service
from ls_expert_plugin.vetting.review.policy.auto_verify import verify_if_all_is_there
from ls_expert_plugin.vetting.values import Person, Verification
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.candidate.own_verification import own_verification
from ls_expert_plugin.web.errors import status_of
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

blueprint = Blueprint("knowledge", __name__)


@blueprint.get("/domains/<domain>/test")
def page(domain: str) -> str:
    """The question that is asked now; without a running test, the rules and the last result."""
    return _page(domain)


@blueprint.post("/domains/<domain>/test/start")
def start(domain: str) -> Response:
    """Begin the test, or go on with the one that is running."""
    person, parts, pack = signed_in(), services(), _pack(domain)
    with parts.store.begin() as unit:
        mine, secret = _mine(unit, person, domain), parts.settings.secret_key
        service.start(unit, person, mine.id, pack, secret, parts.clock(), request.form.getlist("specialties"))
    return redirect(url_for("knowledge.page", domain=domain), 303)


@blueprint.post("/domains/<domain>/test/answer")
def answer(domain: str) -> Response | tuple[str, int]:
    """Save an answer; the page then shows the next question, or the result."""
    person, parts, pack = signed_in(), services(), _pack(domain)
    verified = None
    try:
        with parts.store.begin() as unit:
            own = _mine(unit, person, domain)
            held = service.answer(
                unit, person, own.id, pack, request.form.get("item", ""), request.form.get("letter", ""), parts.settings.secret_key,
                parts.clock(),
            )
            if held.ended_at_utc is not None:
                verified = verify_if_all_is_there(unit, own, pack, parts.clock())
    except (BadInput, Conflict) as problem:
        return _page(domain, problem.message), status_of(problem)
    if verified is not None:
        parts.routing.refresh(person.ls_user_id)
    return redirect(url_for("knowledge.page", domain=domain, _anchor="question"), 303)


def _page(domain: str, error: str = "") -> str:
    person, parts, pack = signed_in(), services(), _pack(domain)
    with parts.store.read() as unit:
        state = service.state(unit, _mine(unit, person, domain), pack, parts.settings.secret_key, parts.clock())
    return render_template("candidate/assessment/knowledge.html", pack=pack, state=state, test=pack.policy.test, retakes=pack.policy.retakes, error=error)


def _mine(unit: UnitOfWork, person: Person, domain: str) -> Verification:
    return own_verification(unit, person, domain, "the knowledge test comes after it.")


def _pack(domain: str) -> Pack:
    pack = services().packs.get(domain)
    if pack is None or not pack.items:
        raise NotFound("There is no knowledge test in this domain. Choose a domain on the home page.")
    return pack
