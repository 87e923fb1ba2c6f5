"""Label Studio's end of the line for rounds that read it: what it would hand over, from the service's own rows, so that both sides have the same.

Its own time is measured where it answers (``measure_label_studio.py``). Loaded by ``measure_service.py`` with whichever checkout is on the path.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from typing import Any

from ls_expert_plugin.ls_client import extension

PAGE, PEOPLE = 500, 100
BIG_PROJECT = 1


class Mirror:
    """The calls of the extension's client that reconciliation and calibration make, in the forms of before and of now."""

    def __init__(self, store: Any, annotations: int, now: Any) -> None:
        self._store, self.annotations = store, annotations
        with store.read() as unit:
            self._rows = sorted(unit.memberships.those(), key=lambda one: (one.ls_user_id, one.ls_project_id))
            self._people = unit.people.all()
            self._titles = [(one.ls_project_id, one.title) for one in unit.projects.all()]
        self._starts: dict[int, int] = {}
        for place, one in enumerate(self._rows):
            self._starts.setdefault(one.ls_user_id, place)

    def memberships(self, after: int, of: Collection[int] | None = None) -> tuple[list[Any], int]:
        """A page of rows; ``of`` some people: not in order, and all in one page."""
        if of is not None:
            return ([row for who in of for row in self._rows_of(who)], 1) if not after else ([], after)
        rows = self._rows[after : after + PAGE]
        return rows, after + len(rows)

    def membership_checksums(self) -> Iterator[Any]:
        """By the same SQL that Label Studio's side has."""
        after = 0
        while True:
            with self._store.read() as unit:
                page = unit.memberships.checksums(after, PEOPLE)
            if not page:
                return
            yield from page
            after = page[-1].ls_user_id

    def assignment_checksums(self) -> Iterator[Any]:
        """No checksums, since nobody has assignments of tasks here."""
        return iter(())

    def gone_assignments(self) -> Iterator[Any]:
        """No assignments have ended, since there are none."""
        return iter(())

    def projects(self, after: int) -> tuple[list[Any], int]:
        """A page of project rules: none, because this benchmark sets no rules."""
        return [], after

    def members(self) -> Iterator[Any]:
        """Every member, as a row of the extension's list: id, e-mail, name, role."""
        for one in self._people:
            yield extension.Member(one.ls_user_id, one.email, one.name, one.role)

    def listed_projects(self) -> Iterator[tuple[int, Any]]:
        """Every project with its title, as Label Studio's list would give it."""
        from ls_expert_plugin.routing.values import ListedProject

        for ls_project_id, title in self._titles:
            yield ls_project_id, ListedProject(title)

    def prelabel_outcomes_page(self, ls_project_id: int, after: int) -> tuple[list[Any], int]:
        """Annotations of the big project; of the others there are none."""
        last = self.annotations if ls_project_id == BIG_PROJECT else 0
        ids = range(after + 1, min(after + PAGE, last) + 1)
        return [self._outcome(number) for number in ids], ids[-1] if ids else after

    def prelabel_outcomes(self, ls_project_id: int) -> Iterator[Any]:
        """The comparisons of every annotation in one go: the form of before, without pages."""
        yield from (self._outcome(number) for number in range(1, (self.annotations if ls_project_id == BIG_PROJECT else 0) + 1))

    def _outcome(self, number: int) -> Any:
        made = extension.Outcome
        known = {"ls_user_id": number % len(self._people) + 1, "ls_task_id": number, "is_blind": number % 10 == 0, "version": "v1", "edits": number % 3,
                 "agrees_with_pre_label": 1.0, "agrees": None, "lead_time_s": 20.0, "chars": 100}
        return made(**{name: known[name] for name in inspect.signature(made).parameters})

    def _rows_of(self, who: int) -> Iterator[Any]:
        place = self._starts.get(who, len(self._rows))
        while place < len(self._rows) and self._rows[place].ls_user_id == who:
            yield self._rows[place]
            place += 1
