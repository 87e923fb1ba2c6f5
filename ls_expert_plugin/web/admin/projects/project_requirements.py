"""Views that change projects' requirements, one or many at once. Each change is shown with its consequences before it is saved.

    GET  /admin/projects/7          the form
    POST /admin/projects/7          step=people|language|copies|back: the form again, with everything typed; copy_from=5: with what that
                                    project asks for; preview; save
    POST /admin/projects/7/qualify  how many people would qualify by what is typed so far, for the page's script; many/qualify likewise
    POST /admin/projects/many       step=choose: the form for the chosen projects, all=yes: for all that match; then as above
    POST /admin/projects/undo       what was before, as a change of its own: preview; save

Nothing is kept on the server in between: what was typed travels through the pages. ``preview_token.py`` makes sure that what is
saved is what was seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.routing.requirements.editing import ProjectChange, RequirementInvalid, TargetState
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.web.admin.projects import preview_token
from ls_expert_plugin.web.admin.projects import undo as previous
from ls_expert_plugin.web.admin.projects.change_preview import Draw, Page, preview_or_save
from ls_expert_plugin.web.admin.projects.project_list import find
from ls_expert_plugin.web.admin.projects.project_query import as_text, is_named, selected
from ls_expert_plugin.web.admin.projects.project_query import read as read_query
from ls_expert_plugin.web.admin.projects.requirement_form import PART_OF, PARTS, RequirementForm, read, typed
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.pagination import mentions
from ls_expert_plugin.web.services import services

blueprint = Blueprint("project_form", __name__, url_prefix="/admin/projects")

MOST_FOUND = 20
# The form again, with everything typed: nothing is decided yet.
KEEPING = ("people", "language", "copies", "back")
CHANGED_MEANWHILE = (
    "Nothing was saved: this project was changed since you opened the page. Below is what you entered; "
    "above it, what the project asks for now. Look at both, then go on."
)


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

    if form.get("copy_from"):
        other = _project_to_copy(form)
        return _form_for_one(project, MultiDict(typed(wanted_of(other))), {}, copied(other), form.get("seen", ""))
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
        query = read_query(form)
        flash("Select at least one project first.", "warn")
        return redirect(url_for("projects.page", page=query.page or None, **query.arguments), 303)

    def draw(wrong: Mapping[str, str], warning: str) -> str:
        return _form_for_many(chosen, form, wrong, warning)

    if form.get("copy_from"):
        other = _project_to_copy(form)
        filled = MultiDict([*typed(wanted_of(other)), *(("change", part) for part in PARTS)])
        return _form_for_many(chosen, filled, {}, copied(other))
    if form.get("all") or form.get("step") in (*KEEPING, "choose"):
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

    return preview_or_save(url_for("project_form.undo"), wanted, draw)


@blueprint.post("/<int(max=2147483647):ls_project_id>/qualify")
def qualify(ls_project_id: int) -> Response:
    """How many people would qualify for one project by what is typed so far; no sentence for what cannot be set."""
    signed_in_manager()
    project, entered = _project(ls_project_id), read(request.form)
    wanted = entered.on(wanted_of(project))
    if wanted.requirement is None:
        shown = services().settings.projects_without_requirement == "shown"
        return jsonify(sentence="Every expert has access." if shown else "Not routed: no expert has access.")
    changes = _changes([project], entered)
    if changes is None:
        return jsonify(sentence="")
    if changes:
        taken, waiting = changes[0].taken, len(changes[0].waiting)
    else:
        with services().store.read() as unit:
            taken = unit.memberships.counts([ls_project_id], services().clock()).get(ls_project_id, 0)
        waiting = len(services().routing.near_misses(ls_project_id).waiting)
    return jsonify(sentence=qualifying(taken, waiting))


@blueprint.post("/many/qualify")
def qualify_many() -> Response:
    """The same for several projects: how many people would gain and lose access."""
    signed_in_manager()
    chosen = _chosen(request.form)
    changes = _changes(chosen, read(request.form, [part for part in PARTS if part in request.form.getlist("change")]))
    return jsonify(sentence="" if changes is None else gains_and_losses(changes))


def qualifying(taken: int, waiting: int) -> str:
    """How many people qualify, and how many of them would have to wait for a place. Pure."""
    total = taken + waiting
    said = "1 expert qualifies" if total == 1 else f"{total:,} experts qualify" if total else "No expert qualifies"
    return f"{said}; {waiting:,} would wait for a place." if waiting else f"{said}."


def gains_and_losses(changes: Sequence[ProjectChange]) -> str:
    """How many people gain and lose access by these changes together. Pure."""
    if not changes:
        return "Nothing would change."
    gains, losses = (len({person.id for one in changes for person in getattr(one, side)}) for side in ("gains", "losses"))
    projects = "1 project changes" if len(changes) == 1 else f"{len(changes):,} projects change"
    return f"{projects}: {gains:,} {'person gains' if gains == 1 else 'people gain'} access, {losses:,} {'loses' if losses == 1 else 'lose'} it."


def copied(other: Project) -> str:
    """What is said above a form that was filled in from another project. Pure."""
    return f"Copied from “{other.title or f'Project {other.ls_project_id}'}”. Nothing is saved yet: check it, then preview the changes."


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
    return preview_or_save(action, wanted, draw)


def _changes(projects: Sequence[Project], entered: RequirementForm) -> tuple[ProjectChange, ...] | None:
    """What was entered would do; None: it cannot be set."""
    wanted = {one.ls_project_id: entered.on(wanted_of(one)) for one in projects}
    if any(entered.foreign(one.requirement.domain) for one in wanted.values() if one.requirement):
        return None
    try:
        return services().routing.preview(wanted)
    except RequirementInvalid:
        return None


def _project_to_copy(form: MultiDict[str, str]) -> Project:
    number = form.get("copy_from", "")
    return _project(int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0)


def _form_for_one(project: Project, form: MultiDict[str, str], wrong: Mapping[str, str], warning: str, seen: str) -> str:
    """``seen``: what the project asked for when the manager opened the page."""
    return render_template(
        "admin/projects/project.html", project=project, now=wanted_of(project), seen=seen, warning=warning, **_drawn(form, wrong)
    )


def _form_for_many(chosen: Sequence[Project], form: MultiDict[str, str], wrong: Mapping[str, str], warning: str) -> str:
    return render_template(
        "admin/projects/projects_many.html", chosen=chosen, warning=warning, ids=as_text(one.ls_project_id for one in chosen),
        ticked=form.getlist("change"), domains_now=sorted({one.domain for one in chosen if one.domain}), **_drawn(form, wrong),
    )


def _drawn(form: MultiDict[str, str], wrong: Mapping[str, str]) -> dict[str, object]:
    """What every form of requirements is drawn from: what was typed, and the people who are on the list or were searched for."""
    parts = services()
    copy_search = form.get("copy_search", "").strip()
    with parts.store.read() as unit:
        people = {str(one.ls_user_id): one for one in unit.people.all()}
        copies = [one for one in unit.projects.all() if one.requirement and is_named(one, copy_search)] if form.get("step") == "copies" else None
    listed = list(dict.fromkeys(form.getlist("invited")))
    search = form.get("person", "").strip()
    found = [
        one for number, one in people.items()
        if search and number not in listed and not one.is_manager and mentions(search, one.name, one.email)
    ]
    found.sort(key=lambda one: one.shown_name.casefold())
    blank = 1 + (form.get("step") == "language")
    return {
        "copy_search": copy_search, "copies": copies, "form": form, "wrong": wrong, "parts": PARTS, "part_of": PART_OF, "packs": parts.packs,
        "languages": sorted(LANGUAGES.items(), key=lambda pair: pair[1]),
        "invited": [(number, people.get(number)) for number in listed], "search": search, "found": found[:MOST_FOUND],
        "more_found": max(0, len(found) - MOST_FOUND), "language_rows": [*filter(None, form.getlist("languages")), *[""] * blank],
    }


def _chosen(form: MultiDict[str, str]) -> list[Project]:
    """The projects that the page names: ticked on it, and carried along; or all that match its search."""
    with services().store.read() as unit:
        if form.get("all") == "yes":
            return list(find(unit, read_query(form)).matches)
        known = unit.projects.all()
    chosen = selected(form, [one.ls_project_id for one in known])
    return [one for one in known if one.ls_project_id in chosen]


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
