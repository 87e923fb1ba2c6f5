"""The one query that a request costs: who is asking, in which role, and what they have in the projects of all that the call names.

Written as SQL, because building the same from querysets takes longer than running it. One row for each thing that is named and
exists, or one row without; each with the person's own columns. Things are looked up plainly: the decision is made by who asks, and
a narrowed manager would hide the reason.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from ls_expert_plugin.label_studio.models import Membership, ProjectRule, Role
from ls_expert_plugin.label_studio.permissions.caller_access import CallerAccess, Kind, ObjectKey, ObjectRef, ProjectAccess, ViewColumns

# No row has a number beyond what its column holds.
_MAX_ID = 2**63 - 1
_OWN_COLUMNS = 8
_NONE, _NO_TEXT, _NO = "CAST(NULL AS integer)", "CAST(NULL AS text)", "1 = 0"
_JSON_LIST = {"sqlite": "json_group_array({})", "postgresql": "CAST(json_agg({}) AS text)"}


@dataclass(frozen=True)
class TokenKey:
    """A person known only by their legacy token."""

    key: str


def query_caller_access(who: int | TokenKey, named: Collection[ObjectKey] = ()) -> CallerAccess | None:
    """What the database says of this person, and of the things named. None: there is no such person."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(who, named), {
            "who": who.key if isinstance(who, TokenKey) else who, "now": connection.ops.adapt_datetimefield_value(timezone.now()),
        })
        rows = cursor.fetchall()
    return _access(rows, named) if rows else None


def _access(rows: list[tuple[Any, ...]], named: Collection[ObjectKey]) -> CallerAccess:
    objects: dict[ObjectKey, ObjectRef] = dict.fromkeys(named, ObjectRef())
    tabs: dict[int, ViewColumns] = {}
    access: dict[int, ProjectAccess | None] = {pk: None for kind, pk in named if kind == "project"}
    for row in rows:
        if len(row) == _OWN_COLUMNS or row[_OWN_COLUMNS] is None:
            continue
        kind, pk, project_id, task_id, owner_id, is_skip, ordering, columns, operators, member_of, shows, field, without, assignment, specialties = (
            row[_OWN_COLUMNS:]
        )
        # What was made by a user who is deleted belongs to nobody: -1 is no user.
        label_config = ordering if kind in _CONFIGS else None
        objects[kind, pk] = ObjectRef(project_id, task_id, -1 if owner_id is None and kind in _OWNED else owner_id, bool(is_skip), label_config)
        if kind == "view":
            tabs[pk] = ViewColumns(json.loads(ordering or "null"), tuple(json.loads(columns or "[]")), tuple(json.loads(operators or "[]")))
        if project_id is not None:
            access[project_id] = None if member_of is None else ProjectAccess(
                bool(shows), field or None, bool(without), tuple(json.loads(specialties)),
                assigned_to=None if assignment in (None, ProjectRule.OPEN) else rows[0][0],
            )
    user_id, is_superuser, role, is_creator, has_projects, is_here, was_here, has_routed = rows[0][:_OWN_COLUMNS]
    is_member = _counts(role, is_here=bool(is_here), was_here=bool(was_here))
    if not is_member:  # whoever was removed, or may not sign in, keeps no project either
        access, has_projects, has_routed = dict.fromkeys(access), False, False
    return CallerAccess(user_id, bool(is_superuser), role, bool(is_creator), bool(has_projects), objects, tabs, access, bool(has_routed), is_member)


def _counts(role: str | None, *, is_here: bool, was_here: bool) -> bool:
    """Whether somebody counts as a member: active, and in the organization. Where everybody is a manager unless it is said otherwise, as in
    Label Studio by itself, somebody who never was in any organization counts too.
    """
    return is_here or (settings.LS_EXPERT.default_role == Role.MANAGER and role is None and not was_here)


def _statement(who: int | TokenKey, named: Collection[ObjectKey]) -> str:
    tables = _tables()
    person = f"(SELECT user_id FROM {tables['token']} WHERE key = %(who)s)" if isinstance(who, TokenKey) else "%(who)s"
    own = (
        f"u.id, u.is_superuser, (SELECT role FROM {tables['role']} WHERE user_id = u.id),"
        f" EXISTS (SELECT 1 FROM {tables['organization']} WHERE created_by_id = u.id),"
        f" EXISTS (SELECT 1 FROM {tables['membership']} a WHERE a.user_id = u.id AND {_in_force('a')}),"
        f" u.is_active AND EXISTS (SELECT 1 FROM {tables['member']} o WHERE o.user_id = u.id AND o.deleted_at IS NULL),"
        f" NOT u.is_active OR EXISTS (SELECT 1 FROM {tables['member']} o WHERE o.user_id = u.id)"
    )
    branches = " UNION ALL ".join(_branches(named, tables))
    if not branches:
        routed = (
            f"EXISTS (SELECT 1 FROM {tables['rule']} b JOIN {tables['membership']} c ON c.project_id = b.project_id"
            f" WHERE (b.specialty_field IS NOT NULL OR b.assignment <> '{ProjectRule.OPEN}') AND c.user_id = u.id AND {_in_force('c')})"
        )
        return f"SELECT {own}, {routed} FROM {tables['user']} u WHERE u.id = {person}"
    return (
        f"SELECT {own}, {_NO}, n.*, m.project_id, r.shows_others_work, r.specialty_field, r.shows_tasks_without_specialty, r.assignment,"
        " CAST(m.specialties AS text)"
        f" FROM {tables['user']} u LEFT JOIN ({branches}) n ON 1 = 1"
        f" LEFT JOIN {tables['membership']} m ON m.user_id = u.id AND m.project_id = n.project_id AND {_in_force('m')}"
        f" LEFT JOIN {tables['rule']} r ON r.project_id = n.project_id WHERE u.id = {person}"
    )


def _in_force(alias: str) -> str:
    """The same as ``current_user.memberships_in_force``."""
    return f"{alias}.active AND ({alias}.valid_until IS NULL OR {alias}.valid_until > %(now)s)"


def _branches(named: Collection[ObjectKey], tables: Mapping[str, str]) -> Iterator[str]:
    """A SELECT for each kind of thing that is named: (kind, pk, project_id, task_id, owner_id, is_skip, ordering, columns, operators)."""
    numbers: dict[Kind, list[int]] = {}
    for kind, pk in named:
        if 0 < pk <= _MAX_ID:
            numbers.setdefault(kind, []).append(pk)
    for kind, pks in numbers.items():
        columns, source = _SOURCES[kind]
        if kind == "view":
            # Of each filter of the tab, the column that it looks at, and by which operator.
            joined = f"{tables['filters']} g JOIN {tables['filter']} f ON f.id = g.filter_id"
            for part in ('f."column"', "f.operator"):
                columns += f", (SELECT {_JSON_LIST[connection.vendor].format(part)} FROM {joined} WHERE g.filtergroup_id = x.filter_group_id)"
        elif kind in _CONFIGS:
            columns += f", {_NO_TEXT}, {_NO_TEXT}"
        else:
            columns += f", {_NO_TEXT}, {_NO_TEXT}, {_NO_TEXT}"
        yield f"SELECT '{kind}' AS kind, x.id AS pk, {columns} FROM {source.format(**tables)} WHERE x.id IN ({', '.join(map(str, pks))})"


_CONFIGS: Mapping[Kind, tuple[str, str]] = {
    "config of task": (f"x.project_id AS project_id, x.id, {_NONE}, {_NO}, p.label_config", "{task} x JOIN {project} p ON p.id = x.project_id"),
    "config of annotation": (
        f"x.project_id AS project_id, x.task_id, {_NONE}, {_NO}, p.label_config", "{annotation} x JOIN {project} p ON p.id = x.project_id",
    ),
    "config of draft": (
        f"t.project_id AS project_id, x.task_id, {_NONE}, {_NO}, p.label_config",
        "{draft} x JOIN {task} t ON t.id = x.task_id JOIN {project} p ON p.id = t.project_id",
    ),
}
# By kind: its project, its task, whose it is, whether it is a skip (and a tab's order, or a label config); and where it is.
_SOURCES: Mapping[Kind, tuple[str, str]] = {
    "project": (f"x.id AS project_id, {_NONE}, {_NONE}, {_NO}", "{project} x"),
    "task": (f"x.project_id AS project_id, x.id, {_NONE}, {_NO}", "{task} x"),
    "annotation": ("x.project_id AS project_id, x.task_id, x.completed_by_id, x.was_cancelled", "{annotation} x"),
    "draft": (f"t.project_id AS project_id, x.task_id, x.user_id, {_NO}", "{draft} x JOIN {task} t ON t.id = x.task_id"),
    "prediction": (f"t.project_id AS project_id, x.task_id, {_NONE}, {_NO}", "{prediction} x JOIN {task} t ON t.id = x.task_id"),
    "view": (f"x.project_id AS project_id, {_NONE}, x.user_id, {_NO}, CAST(x.ordering AS text)", "{view} x"),
    **_CONFIGS,
}
_OWNED = frozenset({"annotation", "draft", "view"})


@cache
def _tables() -> Mapping[str, str]:
    """Names of tables; Label Studio's models can be imported only when Django is ready."""
    from data_manager.models import Filter, FilterGroup, View
    from organizations.models import Organization, OrganizationMember
    from projects.models import Project
    from rest_framework.authtoken.models import Token
    from tasks.models import Annotation, AnnotationDraft, Prediction, Task
    from users.models import User

    models = {
        "membership": Membership, "rule": ProjectRule, "role": Role, "user": User, "organization": Organization,
        "member": OrganizationMember, "token": Token, "project": Project,
        "task": Task, "annotation": Annotation, "draft": AnnotationDraft, "prediction": Prediction, "view": View, "filter": Filter,
        "filters": FilterGroup.filters.through,
    }
    return {name: model._meta.db_table for name, model in models.items()}
