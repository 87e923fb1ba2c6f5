"""Views that change projects' requirements, one or many at once. Each change is shown with its consequences before it is saved.

    GET  /admin/projects/7          the form
    POST /admin/projects/7          step=people|language|back: the form again, with everything typed; preview; save
    POST /admin/projects/many       step=choose: the form for the chosen projects; then as above
    POST /admin/projects/undo       what was before, as a change of its own: preview; save

Nothing is kept on the server in between: what was typed travels through the pages. ``preview_token.py`` makes sure that what is
saved is what was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, Conflict, NotFound
from ls_expert_plugin.routing.requirements.editing import ProjectChange, RequirementInvalid, RequirementProblem, TargetState
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.web.admin.projects import preview_token
from ls_expert_plugin.web.admin.projects import undo as previous
from ls_expert_plugin.web.admin.projects.project_list import matching
from ls_expert_plugin.web.admin.projects.requirement_form import PART_OF, PARTS, RequirementForm, read, typed
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.pagination import mentions
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.vetting.values import Person

blueprint = Blueprint("project_form", __name__, url_prefix="/admin/projects")

MOST_FOUND = 20
# The form again, with everything typed: nothing is decided yet.
KEEPING = ("people", "language", "back")
CHANGED_MEANWHILE = (
    "Nothing was saved: this project was changed since you opened the page. Below is what you entered; "
    "above it, what the project asks for now. Look at both, then go on."
)
OTHERWISE_NOW = "Nothing was saved: something has changed since you looked, and this is what your change would do now. Save it if that is right."
Page = str | Response | tuple[str, int]
Draw = Callable[[Mapping[str, str], str], str]


@blueprint.get("/<int(max=2147483647):ls_project_id>")
def edit(ls_project_id: int) -> str:
    """The form with what one project asks for."""
    signed_in_manager()
    project = _project(ls_project_id)
    return _form_for_one(project, MultiDict(typed(wanted_of(project))), {}, "", _seen(project))


@blueprint.post("/<int(max=2147483647):ls_project_id>")
def change(ls_project_id: int) -> Page:
    """One project: the form again, what a change would do, or the change."""
    signed_in_manager()
    project, form = _project(ls_project_id), request.form

    def draw(wrong: Mapping[str, str], warning: str) -> str:
        return _form_for_one(project, form, wrong, warning, form.get("seen", ""))

    if form.get("step") in KEEPING:
        return draw({}, "")
    if form.get("seen") != _seen(project):
        return _form_for_one(project, form, {}, CHANGED_MEANWHILE, _seen(project)), 409
    return _go_on(url_for("project_form.change", ls_project_id=ls_project_id), [project], read(form), draw)


@blueprint.post("/many")
def change_many() -> Page:
    """Several projects at once: the form, what a change would do, or the change."""
    signed_in_manager()
    form = request.form
    chosen = _chosen(form)
    if not chosen:
        flash("Choose at least one project first.", "warn")
        return redirect(url_for("projects.page", q=form.get("q", ""), domain=form.get("domain_filter", "")), 303)

    def draw(wrong: Mapping[str, str], warning: str) -> str:
        return _form_for_many(chosen, form, wrong, warning)

    if form.get("step") in (*KEEPING, "choose"):
        return draw({}, "")
    parts = [part for part in PARTS if part in form.getlist("change")]
    if not parts:
        return draw({}, "Tick at least one thing to change."), 400
    return _go_on(url_for("project_form.change_many"), chosen, read(form, parts), draw)


@blueprint.post("/undo")
def undo() -> Page:
    """Back to what was before a change that has just been saved."""
    signed_in_manager()
    wanted = previous.read(request.form.get("previous", ""))
    with services().store.read() as unit:
        known = {one.ls_project_id for one in unit.projects.all()}
    wanted = {number: one for number, one in wanted.items() if number in known}

    def draw(wrong: Mapping[str, str], warning: str) -> str:
        raise BadInput(" ".join([warning, *wrong.values()]).strip() + " Open the projects and change them by hand.")

    return _preview_or_save(url_for("project_form.undo"), wanted, draw)


def wanted_of(project: Project) -> TargetState:
    """What a project asks for now."""
    return TargetState(project.requirement, project.rules, project.invited)


def _go_on(action: str, projects: Sequence[Project], entered: RequirementForm, draw: Draw) -> Page:
    """Preview or save what was entered for these projects, unless something of another domain is ticked."""
    wanted = {one.ls_project_id: entered.on(wanted_of(one)) for one in projects}
    wrong: dict[str, str] = {}
    for project in projects:
        after = wanted[project.ls_project_id].requirement
        for field, domains in (entered.foreign(after.domain) if after else {}).items():
            wrong.setdefault(field, _foreign(domains, after.domain if after else "", project, len(projects)))
    if wrong:
        return draw(wrong, ""), 400
    return _preview_or_save(action, wanted, draw)


def _preview_or_save(action: str, wanted: Mapping[int, TargetState], draw: Draw) -> Page:
    try:
        if request.form.get("step") == "save":
            return _save(action, wanted)
        changes = services().routing.preview(wanted)
    except RequirementInvalid as problem:
        return draw(_by_field(problem.problems, len(wanted) > 1), ""), 400
    return _preview(action, changes, len(wanted), "") if changes else draw({}, "Nothing would change: this is how it is already.")


def _save(action: str, wanted: Mapping[int, TargetState]) -> Page:
    routing, seen = services().routing, request.form.get("agreed", "")

    def agreed(changes: Sequence[ProjectChange]) -> None:
        if preview_token.of_changes(changes) != seen:
            raise Conflict(OTHERWISE_NOW)

    try:
        changes, told = routing.apply(wanted, agreed)
    except Conflict as problem:
        changes = routing.preview(wanted)
        if not changes:
            raise Conflict("Nothing was saved: it is already as you wanted it. Somebody else was first, or you were, in another tab.") from None
        return _preview(action, changes, len(wanted), problem.message), 409
    return render_template("admin/projects/change_saved.html", changes=changes, told=told, previous=previous.write(changes))


def _preview(action: str, changes: Sequence[ProjectChange], chosen: int, warning: str) -> str:
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "step", "agreed")]
    return render_template(
        "admin/projects/change_preview.html", action=action, changes=changes, unchanged=chosen - len(changes), kept=kept, warning=warning,
        agreed=preview_token.of_changes(changes), gains=_counted(changes, "gains"), losses=_counted(changes, "losses"),
    )


def _counted(changes: Sequence[ProjectChange], side: str) -> list[tuple[Person, int]]:
    """Who gains or loses access, by name, and to how many projects."""
    people: dict[int, Person] = {}
    counts: dict[int, int] = {}
    for one in changes:
        for person in getattr(one, side):
            people[person.id] = person
            counts[person.id] = counts.get(person.id, 0) + 1
    return [(person, counts[person.id]) for person in sorted(people.values(), key=lambda one: (one.shown_name.casefold(), one.id))]


def _form_for_one(project: Project, form: MultiDict[str, str], wrong: Mapping[str, str], warning: str, seen: str) -> str:
    """``seen``: what the project asked for when the manager opened the page."""
    return render_template(
        "admin/projects/project.html", project=project, now=wanted_of(project), seen=seen, warning=warning, **_drawn(form, wrong)
    )


def _form_for_many(chosen: Sequence[Project], form: MultiDict[str, str], wrong: Mapping[str, str], warning: str) -> str:
    return render_template(
        "admin/projects/projects_many.html", chosen=chosen, warning=warning, ids=",".join(str(one.ls_project_id) for one in chosen),
        ticked=form.getlist("change"), domains_now=sorted({one.domain for one in chosen if one.domain}), **_drawn(form, wrong),
    )


def _drawn(form: MultiDict[str, str], wrong: Mapping[str, str]) -> dict[str, object]:
    """What every form of requirements is drawn from: what was typed, and the people who are on the list or were searched for."""
    parts = services()
    with parts.store.read() as unit:
        people = {str(one.ls_user_id): one for one in unit.people.all()}
    listed = list(dict.fromkeys(form.getlist("invited")))
    search = form.get("person", "").strip()
    found = [
        one for number, one in people.items()
        if search and number not in listed and not one.is_manager and mentions(search, one.name, one.email)
    ]
    found.sort(key=lambda one: one.shown_name.casefold())
    blank = 1 + (form.get("step") == "language")
    return {
        "form": form, "wrong": wrong, "parts": PARTS, "part_of": PART_OF, "packs": parts.packs,
        "languages": sorted(LANGUAGES.items(), key=lambda pair: pair[1]),
        "invited": [(number, people.get(number)) for number in listed], "search": search, "found": found[:MOST_FOUND],
        "more_found": max(0, len(found) - MOST_FOUND), "language_rows": [*filter(None, form.getlist("languages")), *[""] * blank],
    }


def _chosen(form: MultiDict[str, str]) -> list[Project]:
    """The projects that the page names: each by itself, all on a list, or all that match a search."""
    with services().store.read() as unit:
        known = unit.projects.all()
    if form.get("step") == "choose" and form.get("all") == "yes":
        return matching(known, form.get("q", "").strip(), form.get("domain_filter", ""))
    ids = {*form.getlist("id"), *form.get("ids", "").split(",")}
    return [one for one in known if str(one.ls_project_id) in ids]


def _project(ls_project_id: int) -> Project:
    with services().store.read() as unit:
        project = unit.projects.get(ls_project_id)
    if project is None:
        raise NotFound("There is no such project in Label Studio, or no longer.")
    return project


def _seen(project: Project) -> str:
    return preview_token.of_project(project.ls_project_id, wanted_of(project))


def _foreign(domains: Sequence[str], domain: str, project: Project, count: int) -> str:
    packs = services().packs
    title = packs[domain].title if domain in packs else domain
    theirs = " and ".join(packs[one].title if one in packs else one for one in domains)
    of = f"“{project.title}” asks" if count > 1 else "This project asks"
    return f"{of} for {title}, and something of {theirs} is ticked. Untick it, or choose that domain."


def _by_field(problems: Sequence[RequirementProblem], several: bool) -> dict[str, str]:
    """The first problem of each field; with several projects it says which one."""
    wrong: dict[str, str] = {}
    for one in problems:
        wrong.setdefault(one.field, f"Project {one.ls_project_id}: {one.sentence}" if several else one.sentence)
    return wrong
