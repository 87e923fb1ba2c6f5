"""The condition of a query that leaves the rows of a person's own projects: one look into the index of memberships.

Written as SQL of its own, because it stands in nearly every query that is made for an expert: to build it from querysets each time
costs more than to run it. The end date is compared when the query runs.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import BooleanField, F, Func
from django.utils import timezone

from ls_expert_plugin.label_studio.models import Membership

_FROM = f"FROM {Membership._meta.db_table} ls_expert_m WHERE ls_expert_m.user_id = %s"
# The same as ``current_user.memberships_in_force``.
IN_FORCE = "ls_expert_m.active AND (ls_expert_m.valid_until IS NULL OR ls_expert_m.valid_until > %s)"


class IsProjectMember(Func):
    """Whether this person is a member of the project whose id is at ``path``. No person, no project: they are not.

    Looks for one row for each row that is asked about, and leaves it to the database where to begin: at the task, the tab, the
    annotation. Of whole lists of projects it would do too much; see ``InMemberProjects``. ``admitted``: these projects and no others,
    without looking.
    """

    output_field = BooleanField()

    def __init__(self, path: str, user_id: int | None, admitted: frozenset[int] = frozenset()) -> None:
        super().__init__(F(path), user_id=user_id, admitted=tuple(sorted(admitted)))

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        admitted = self.extra["admitted"]
        if admitted:
            return among_admitted(column, admitted), [*parameters, *admitted]
        return self._looked_up(connection.vendor, column, parameters, [self.extra["user_id"], _now(connection)])

    def _looked_up(self, vendor: str, column: str, parameters: Any, asked: list[Any]) -> tuple[str, list[Any]]:
        user_id, now = asked
        return is_member(column), [user_id, *parameters, now]


class InMemberProjects(IsProjectMember):
    """The same, for rows that are projects: the database may begin at the memberships, so that others' projects cost nothing.

    PostgreSQL is given an array: it takes a list of ids for small, and looks each up, where it would read the whole, wide table of
    projects for a subquery of some thousand rows.
    """

    def _looked_up(self, vendor: str, column: str, parameters: Any, asked: list[Any]) -> tuple[str, list[Any]]:
        theirs = f"SELECT ls_expert_m.project_id {_FROM} AND {IN_FORCE}"
        return f"{column} = ANY (ARRAY({theirs}))" if vendor == "postgresql" else f"{column} IN ({theirs})", [*parameters, *asked]


def is_member(column: str) -> str:
    """SQL: whether the person of the first parameter is a member of the project in this column; the second is the time now."""
    return f"EXISTS (SELECT 1 {_FROM} AND ls_expert_m.project_id = {column} AND {IN_FORCE})"


def among_admitted(column: str, admitted: Collection[int]) -> str:
    """SQL: whether the project in this column is one of these, which are its parameters."""
    return f"{column} IN ({', '.join(['%s'] * len(admitted))})"


def _now(connection: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(timezone.now())
