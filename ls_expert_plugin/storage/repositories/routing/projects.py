"""Repository of projects of Label Studio, with their requirements and rules, and how much of those Label Studio knows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.routing.values import Distribution, KnownProject, Mode, Project, ProjectRules, Requirement, Rules
from ls_expert_plugin.storage.tables import (
    AddOnRow,
    InvitationRow,
    PersonRow,
    ProjectConnectionRow,
    ProjectRow,
    RequirementEventInvitedRow,
    RequirementEventRow,
    TaskAssignmentRow,
    TrainingProgressRow,
)
from ls_expert_plugin.vetting.values import AddOnQuestion

_UNASKED: dict[str, Any] = {
    "domain": None, "specialties": [], "all_specialties": False, "minimum_level": None, "languages": [], "jurisdictions": [],
    "credential_kinds": [], "add_on": [], "max_experts": None, "mode": "open",
}


class Projects:
    """Repository of projects that have not been deleted in Label Studio."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> list[Project]:
        """All projects that there are, by title."""
        return self._read(None)

    def those(self, ls_project_ids: Collection[int]) -> list[Project]:
        """Some, by title; what there is none of is left out."""
        return self._read(ls_project_ids)

    def get(self, ls_project_id: int) -> Project | None:
        """One project, or None when there is none, or none any more."""
        return next(iter(self._read([ls_project_id])), None)

    def asking(self) -> tuple[int, ...]:
        """Ids of those with questions of their own."""
        return tuple(self._session.scalars(
            select(ProjectRow.ls_project_id).where(ProjectRow.gone_at_utc.is_(None), func.json_array_length(ProjectRow.add_on) > 0)
            .order_by(ProjectRow.ls_project_id)
        ))

    def in_directory(self) -> dict[int, KnownProject]:
        """Every project we have ever heard of."""
        rows = self._session.execute(select(
            ProjectRow.ls_project_id, ProjectRow.title, ProjectRow.gone_at_utc, ProjectRow.updated_at_utc, ProjectRow.made_at_utc
        ))
        return {row[0]: KnownProject(*row[1:]) for row in rows}

    def lock(self, ls_project_ids: Collection[int]) -> None:
        """Nobody else locks or changes these before this unit ends. By id, so that two never wait for each other."""
        ids = sorted(ls_project_ids)
        self._session.execute(
            select(ProjectRow.ls_project_id).where(ProjectRow.ls_project_id.in_(ids)).order_by(ProjectRow.ls_project_id).with_for_update(key_share=True)
        ).all()

    def heard_of(self, ls_project_id: int, title: str, now: dt.datetime, made_at_utc: dt.datetime | None = None) -> bool:
        """There is such a project, with this title. What it asks for stays; unless it was made at another time than the one we knew.

        True: so it is another one, and asks for nothing yet.
        """
        row = self._session.get(ProjectRow, ls_project_id, populate_existing=True)
        if row is None:
            self._session.add(ProjectRow(ls_project_id=ls_project_id, title=title, updated_at_utc=now, made_at_utc=made_at_utc))
            self._session.flush()
            return False
        was_here = row.gone_at_utc is None
        is_another = was_here and KnownProject(row.title, None, row.updated_at_utc, row.made_at_utc).is_another(made_at_utc)
        if is_another:
            self.gone(ls_project_id, now)
            row.replaced_at_utc = now
        # SQLite hands out ids again: a project that comes back is a new one and asks for nothing yet.
        row.gone_at_utc = None
        row.title, row.updated_at_utc = title, now
        row.made_at_utc = row.made_at_utc if was_here and not is_another and row.made_at_utc else made_at_utc
        self._session.flush()
        return is_another

    def set_made_at(self, made: Mapping[int, dt.datetime]) -> None:
        """By number: when these projects were made, whatever was told before. They are the same."""
        for ls_project_id, made_at_utc in sorted(made.items()):
            self._session.execute(update(ProjectRow).where(ProjectRow.ls_project_id == ls_project_id).values(made_at_utc=made_at_utc))

    def replaced(self) -> tuple[tuple[int, str, dt.datetime], ...]:
        """(number, title, since when) of those that were found to be others under the same number, and are here; oldest first."""
        rows = self._session.execute(
            select(ProjectRow.ls_project_id, ProjectRow.title, ProjectRow.replaced_at_utc)
            .where(ProjectRow.replaced_at_utc.is_not(None), ProjectRow.gone_at_utc.is_(None))
            .order_by(ProjectRow.replaced_at_utc, ProjectRow.ls_project_id)
        )
        return tuple((number, title, since) for number, title, since in rows if since is not None)

    def gone(self, ls_project_id: int, now: dt.datetime) -> None:
        """Note that Label Studio deleted a project. Nothing of what it asked for, of its rules and its list is left for one that gets the same id."""
        row = self._session.get(ProjectRow, ls_project_id, populate_existing=True)
        if row is not None and row.gone_at_utc is None:
            row.gone_at_utc = row.updated_at_utc = now
            for column, value in _UNASKED.items():
                setattr(row, column, value)
            _set_rules(row, Rules())
            events = select(RequirementEventRow.id).where(RequirementEventRow.ls_project_id == ls_project_id)
            self._session.execute(delete(RequirementEventInvitedRow).where(RequirementEventInvitedRow.event_id.in_(events)))
            for rows in (InvitationRow, AddOnRow, TrainingProgressRow, ProjectConnectionRow, RequirementEventRow):
                self._session.execute(delete(rows).where(rows.ls_project_id == ls_project_id))
            self._session.execute(
                update(TaskAssignmentRow).where(TaskAssignmentRow.ls_project_id == ls_project_id, TaskAssignmentRow.active)
                .values(active=False, revision=TaskAssignmentRow.revision + 1, updated_at_utc=now)
            )
            self._session.flush()

    def set_requirement(self, ls_project_id: int, requirement: Requirement | None, now: dt.datetime) -> None:
        """What it asks for; None: nobody sees it. Raises ``NotFound``."""
        row = self._row(ls_project_id)
        asked = _UNASKED if requirement is None else {
            column: list(value) if isinstance(value := getattr(requirement, column), tuple) else value for column in _UNASKED
        } | {"add_on": [[one.about, one.text] for one in requirement.add_on]}
        for column, value in asked.items():
            setattr(row, column, value)
        row.updated_at_utc = now
        self._session.flush()

    def set_rules(self, ls_project_id: int, rules: Rules, now: dt.datetime) -> None:
        """How it is for those in it; a change raises the revision, so that Label Studio gets it. Raises ``NotFound``."""
        row = self._row(ls_project_id)
        if _set_rules(row, rules):
            row.updated_at_utc = now
            self._session.flush()

    def invite(self, ls_project_id: int, invited: Mapping[int, dt.datetime | None], now: dt.datetime) -> None:
        """Set the whole list: Label Studio's ids, each with its end (None: no end). Raises ``NotFound``."""
        self._row(ls_project_id)
        there = {row.ls_user_id: row for row in self._session.scalars(
            select(InvitationRow).where(InvitationRow.ls_project_id == ls_project_id).execution_options(populate_existing=True)
        )}
        for who in there.keys() - invited.keys():
            self._session.delete(there[who])
        for who, until in invited.items():
            if who in there:
                there[who].until_utc = until
            else:
                self._session.add(InvitationRow(ls_project_id=ls_project_id, ls_user_id=who, invited_at_utc=now, until_utc=until))
        self._session.flush()

    def all_rules(self) -> list[tuple[ProjectRules, int]]:
        """The rules of every project that ever had any, deleted ones included, with the revision that Label Studio was told."""
        rows = self._session.scalars(
            select(ProjectRow).where(ProjectRow.rules_revision > 0).order_by(ProjectRow.ls_project_id)
            .execution_options(populate_existing=True)
        )
        return [(_rules(row), row.rules_pushed_revision) for row in rows]

    def unpushed(self, limit: int) -> list[ProjectRules]:
        """Rules that Label Studio has not been told."""
        rows = self._session.scalars(
            select(ProjectRow).where(ProjectRow.rules_pushed_revision < ProjectRow.rules_revision)
            .order_by(ProjectRow.ls_project_id).limit(limit).execution_options(populate_existing=True)
        )
        return [_rules(row) for row in rows]

    def unpushed_count(self) -> int:
        """How many projects' rules wait to be pushed."""
        return self._session.scalar(select(func.count()).select_from(ProjectRow).where(
            ProjectRow.rules_pushed_revision < ProjectRow.rules_revision
        )) or 0

    def mark_pushed(self, told: Iterable[ProjectRules]) -> None:
        """Note that Label Studio has these revisions of rules. Rules that have changed since stay unpushed. By id, as in ``lock``."""
        for one in sorted(told, key=lambda rules: rules.ls_project_id):
            self._session.execute(update(ProjectRow).where(
                ProjectRow.ls_project_id == one.ls_project_id, ProjectRow.rules_pushed_revision < one.revision
            ).values(rules_pushed_revision=one.revision))

    def outbid(self, ls_project_id: int, seen_revision: int, revision: int, now: dt.datetime) -> bool:
        """Give the rules a higher revision, to be pushed, if they are still at ``seen_revision``. True: done.

        Of a project that we know nothing of (``seen_revision`` 0) a row of its plain rules is made.
        """
        row = self._session.get(ProjectRow, ls_project_id, with_for_update={"key_share": True}, populate_existing=True)
        if row is None and seen_revision == 0:
            row = ProjectRow(ls_project_id=ls_project_id, title="", gone_at_utc=now, updated_at_utc=now, rules_revision=0)
            self._session.add(row)
            self._session.flush()
        if row is None or row.rules_revision != seen_revision:
            return False
        row.rules_revision, row.rules_pushed_revision = revision, 0
        self._session.flush()
        return True

    def _row(self, ls_project_id: int) -> ProjectRow:
        row = self._session.get(ProjectRow, ls_project_id, with_for_update={"key_share": True}, populate_existing=True)
        if row is None or row.gone_at_utc is not None:
            raise NotFound(f"There is no project {ls_project_id} in Label Studio.")
        return row

    def _read(self, only: Collection[int] | None) -> list[Project]:
        rows = select(*_COLUMNS).where(ProjectRow.gone_at_utc.is_(None))
        lists = select(InvitationRow.ls_project_id, InvitationRow.ls_user_id, InvitationRow.until_utc)
        if only is not None:
            rows, lists = rows.where(ProjectRow.ls_project_id.in_(sorted(only))), lists.where(InvitationRow.ls_project_id.in_(sorted(only)))
        invited: dict[int, dict[int, dt.datetime | None]] = defaultdict(dict)
        for ls_project_id, ls_user_id, until_utc in self._session.execute(lists):
            invited[ls_project_id][ls_user_id] = until_utc
        found = self._session.execute(rows.order_by(ProjectRow.title, ProjectRow.ls_project_id)).all()
        fitting = self._fitting([row[0] for row in found if row.add_on])
        return [_project(row, invited.get(row[0], {}), fitting.get(row[0], frozenset())) for row in found]

    def _fitting(self, ls_project_ids: Sequence[int]) -> dict[int, frozenset[int]]:
        """For each of these projects, whose last decision on their answers is that they fit."""
        if not ls_project_ids:
            return {}
        last: dict[tuple[int, int], bool] = {}
        for ls_project_id, ls_user_id, outcome in self._session.execute(
            select(AddOnRow.ls_project_id, PersonRow.ls_user_id, AddOnRow.outcome).join(PersonRow, PersonRow.id == AddOnRow.person_id)
            .where(AddOnRow.outcome.is_not(None), AddOnRow.ls_project_id.in_(ls_project_ids)).order_by(AddOnRow.id)
        ):
            last[ls_project_id, ls_user_id] = outcome == "fits"
        fitting: dict[int, set[int]] = defaultdict(set)
        for (ls_project_id, ls_user_id), fits in last.items():
            if fits:
                fitting[ls_project_id].add(ls_user_id)
        return {ls_project_id: frozenset(people) for ls_project_id, people in fitting.items()}


_COLUMNS = (
    ProjectRow.ls_project_id, ProjectRow.title, ProjectRow.domain, ProjectRow.specialties, ProjectRow.all_specialties, ProjectRow.minimum_level,
    ProjectRow.languages, ProjectRow.jurisdictions, ProjectRow.credential_kinds, ProjectRow.max_experts, ProjectRow.mode,
    ProjectRow.shows_others_work, ProjectRow.specialty_field, ProjectRow.shows_tasks_without_specialty, ProjectRow.assignment,
    ProjectRow.add_on,
)


def _project(row: Sequence[Any], invited: Mapping[int, dt.datetime | None], fitting: frozenset[int]) -> Project:
    (ls_project_id, title, domain, specialties, all_specialties, minimum_level, languages, jurisdictions, kinds, max_experts, mode,
     shows_others_work, specialty_field, shows_without, assignment, add_on) = row
    requirement = None if domain is None else Requirement(
        domain, tuple(specialties), all_specialties, minimum_level, tuple(languages), tuple(jurisdictions), tuple(kinds), max_experts,
        cast(Mode, mode), tuple(AddOnQuestion(about, text) for about, text in add_on),
    )
    until = {who: end for who, end in invited.items() if end is not None}
    rules = Rules(shows_others_work, specialty_field, shows_without, cast(Distribution, assignment))
    return Project(ls_project_id, title, requirement, rules, frozenset(invited), until, fitting)


def _rules(row: ProjectRow) -> ProjectRules:
    return ProjectRules(row.ls_project_id, _rules_of(row), row.rules_revision)


def _rules_of(row: ProjectRow) -> Rules:
    return Rules(row.shows_others_work, row.specialty_field, row.shows_tasks_without_specialty, cast(Distribution, row.assignment))


def _set_rules(row: ProjectRow, rules: Rules) -> bool:
    if _rules_of(row) == rules:
        return False
    row.shows_others_work, row.specialty_field = rules.shows_others_work, rules.specialty_field
    row.shows_tasks_without_specialty, row.assignment = rules.shows_tasks_without_specialty, rules.assignment
    row.rules_revision += 1
    return True
