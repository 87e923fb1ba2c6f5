"""Preview and save of changes of requirements, the same for the form, the routing file and "Undo": nothing is saved that was not seen.

Nothing is kept on the server in between: what was entered travels through the pages. ``preview_token.py`` makes sure that what is
saved is what was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from flask import render_template, request
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.routing.requirements.editing import ProjectChange, RequirementInvalid, RequirementProblem, TargetState
from ls_expert_plugin.routing.values import Author
from ls_expert_plugin.web.admin.projects import preview_token
from ls_expert_plugin.web.admin.projects import undo as previous
from ls_expert_plugin.web.admin.projects.project_connections import connect_newly_routed
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.vetting.values import Person

OTHERWISE_NOW = "Nothing was saved: something has changed since you looked, and this is what your change would do now. Save it if that is right."
Page = str | Response | tuple[str, int]
Draw = Callable[[Mapping[str, str], str], str]
Kept = Sequence[tuple[str, str]]


def preview_or_save(action: str, wanted: Mapping[int, TargetState], draw: Draw, kept: Kept | None = None) -> Page:
    """What setting this would do, or, with step=save, the change. ``draw`` shows the form again, with what is wrong by field and a warning.

    ``kept``: the fields that the preview sends back with "Save"; None: those of this request's form.
    """
    if kept is None:
        kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "step", "agreed")]
    try:
        if request.form.get("step") == "save":
            return _save(action, wanted, kept)
        changes = services().routing.preview(wanted)
    except RequirementInvalid as problem:
        return draw(_by_field(problem.problems, len(wanted) > 1), ""), 400
    return _preview(action, changes, len(wanted), "", kept) if changes else draw({}, "Nothing would change: this is how it is already.")


def _save(action: str, wanted: Mapping[int, TargetState], kept: Kept) -> Page:
    routing, seen = services().routing, request.form.get("agreed", "")

    def agreed(changes: Sequence[ProjectChange]) -> None:
        if preview_token.of_changes(changes) != seen:
            raise Conflict(OTHERWISE_NOW)

    try:
        changes, told = routing.apply(wanted, agreed, author=Author("portal", signed_in_manager().id))
    except Conflict as problem:
        changes = routing.preview(wanted)
        if not changes:
            raise Conflict("Nothing was saved: it is already as you wanted it. Somebody else was first, or you were, in another tab.") from None
        return _preview(action, changes, len(wanted), problem.message, kept), 409
    connecting = connect_newly_routed(changes)
    before = previous.write({one.ls_project_id: one.before for one in changes})
    return render_template("admin/projects/change_saved.html", changes=changes, told=told, previous=before, connecting=connecting)


def _preview(action: str, changes: Sequence[ProjectChange], chosen: int, warning: str, kept: Kept) -> str:
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


def _by_field(problems: Sequence[RequirementProblem], several: bool) -> dict[str, str]:
    """The first problem of each field; with several projects it says which one."""
    wrong: dict[str, str] = {}
    for one in problems:
        wrong.setdefault(one.field, f"Project {one.ls_project_id}: {one.sentence}" if several else one.sentence)
    return wrong
