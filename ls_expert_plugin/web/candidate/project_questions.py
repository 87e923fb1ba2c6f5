"""Views of a project's own questions: an expert answers them, a manager reads the answers and decides, for that project alone."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, Conflict, NotFound, TooLarge
from ls_expert_plugin.routing.service import ProjectView
from ls_expert_plugin.storage.unit_of_work import UnitOfWork
from ls_expert_plugin.vetting import consent
from ls_expert_plugin.vetting.interview import project_questions
from ls_expert_plugin.vetting.values import AddOn, Person
from ls_expert_plugin.web.auth import signed_in, signed_in_manager
from ls_expert_plugin.web.errors import status_of
from ls_expert_plugin.web.services import services

blueprint = Blueprint("add_on", __name__)
_PROJECT = "/projects/<int(max=2147483647):ls_project_id>/questions"
_ADD_ON = "/admin/answers/<int(max=2147483647):add_on_id>"


@dataclass(frozen=True)
class OpenQuestions:
    """A project whose own questions are all that is between it and a person. ``held``: what they have answered so far."""

    project: ProjectView
    held: AddOn | None

    @property
    def words(self) -> str:
        """What the link says; empty where there is nothing to do."""
        if self.held is None or self.held.outcome == "again":
            return "Answer its questions"
        return "Continue its questions" if self.held.ended_at_utc is None else ""


def offers(person: Person) -> list[OpenQuestions]:
    """The projects that ask this person something of their own."""
    parts = services()
    projects = parts.routing.only_questions_left(person.ls_user_id)
    if not projects:
        return []
    with parts.store.read() as unit:
        return [OpenQuestions(project, project_questions.latest(unit, person, project.ls_project_id)) for project in projects]


@blueprint.get(_PROJECT)
def page(ls_project_id: int) -> str:
    """The questions, one after the other, and what became of my answers."""
    return _page(ls_project_id)


@blueprint.post(_PROJECT)
def answer(ls_project_id: int) -> Response | tuple[str, int]:
    """Save an answer; the first one begins."""
    person, parts, text = signed_in(), services(), request.form.get("text", "")
    offered = _offered(person, ls_project_id)
    number = request.form.get("number", "")
    try:
        with parts.store.begin() as unit:
            project = unit.projects.get(ls_project_id)
            asked = project.requirement.add_on if project and project.requirement else ()
            held = project_questions.start(unit, person, ls_project_id, asked, parts.clock())
            held = project_questions.answer(
                unit, person, held.id, int(number) if number.isascii() and number.isdigit() and len(number) < 3 else -1, text,
                parts.settings.turn_max_chars, parts.clock(),
            )
    except (BadInput, Conflict, TooLarge) as problem:
        return _page(ls_project_id, problem.message, text), status_of(problem)
    if held.ended_at_utc is not None:
        flash(f"Your answers for “{offered.title}” are sent. A manager reads them.", "good")
    return redirect(url_for("add_on.page", ls_project_id=ls_project_id), 303)


@blueprint.get(_ADD_ON)
def read(add_on_id: int) -> str:
    """The answers as a manager reads them."""
    return _reading(add_on_id)


@blueprint.post(_ADD_ON)
def decide(add_on_id: int) -> Response | tuple[str, int]:
    """They fit, they do not, or they are asked for again."""
    manager, parts = signed_in_manager(), services()
    try:
        with parts.store.begin() as unit:
            held = project_questions.decide(
                unit, manager, add_on_id, request.form.get("outcome", ""), request.form.get("reason", ""), parts.clock()
            )
            person = unit.people.get(held.person_id)
    except BadInput as problem:
        return _reading(add_on_id, problem.message), status_of(problem)
    told = parts.routing.refresh(person.ls_user_id) if person else True
    flash("Decision saved." if told else "Decision saved. Label Studio does not answer; the worker syncs it as soon as it does.", "good")
    return redirect(url_for("review.queue"), 303)


def _offered(person: Person, ls_project_id: int) -> ProjectView:
    """The project, where its questions are open to this person, or they have begun with them. Raises ``NotFound``."""
    parts = services()
    for project in parts.routing.only_questions_left(person.ls_user_id):
        if project.ls_project_id == ls_project_id:
            return project
    with parts.store.read() as unit:
        begun = project_questions.latest(unit, person, ls_project_id)
        project_now = unit.projects.get(ls_project_id)
    if begun is None or project_now is None:
        raise NotFound("This project has no questions for you. The projects that have are on your home page.")
    return ProjectView(ls_project_id, project_now.title, project_now.domain, "")


def _page(ls_project_id: int, error: str | None = None, text: str = "") -> str:
    person, parts = signed_in(), services()
    offered = _offered(person, ls_project_id)
    with parts.store.read() as unit:
        consent.need_matching(unit, person)
        held = project_questions.latest(unit, person, ls_project_id)
        project = unit.projects.get(ls_project_id)
    if held and held.outcome == "again":
        before, held = held, None
    else:
        before = None
    asked = held.asked if held else project.requirement.add_on if project and project.requirement else ()
    return render_template(
        "candidate/assessment/add_on.html", project=offered, held=held, before=before, asked=asked, answers=held.answers if held else (),
        error=error, text=text,
    )


def _reading(add_on_id: int, error: str | None = None) -> str:
    manager = signed_in_manager()
    with services().store.read() as unit:
        held = project_questions.to_read(unit, manager, add_on_id)
        person, project, by = unit.people.get(held.person_id), unit.projects.get(held.ls_project_id), _by(unit, held)
        verifications = unit.verifications.of(held.person_id)
    if person is None:
        raise NotFound("This person is no longer here.")
    domain = project.domain if project else None
    return render_template(
        "admin/review/add_on.html", held=held, person=person, project=project, by=by, error=error, form=request.form if error else {},
        verification=next((one for one in verifications if one.domain == domain), None),
    )


def _by(unit: UnitOfWork, held: AddOn) -> Person | None:
    return unit.people.get(held.decided_by_person_id) if held.decided_by_person_id else None
