"""View model of the home page: applications, verifications, domains, projects with their progress, and the one primary action. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ls_expert_plugin.vetting.knowledge_test.service import OPEN_TO
from ls_expert_plugin.vetting.lifecycle.withdrawal import UNDECIDED
from ls_expert_plugin.web.candidate.progress import Standing, Step
from ls_expert_plugin.web.candidate.stepper import ReviewDates, StepView
from ls_expert_plugin.web.pagination import Slice, cut, mentions

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.ls_client.values import TaskProgress
    from ls_expert_plugin.routing.service import ProjectView
    from ls_expert_plugin.vetting.knowledge_test.values import Held
    from ls_expert_plugin.vetting.review.recheck.schedule import Reminder
    from ls_expert_plugin.vetting.values import Status, Verification
    from ls_expert_plugin.web.candidate.project_questions import OpenQuestions

Group = Literal["begun", "verified", "other"]
# From so many projects on they can be searched.
SEARCH_FROM = 10
# What a candidate can do now comes before what they wait for, and that before what is over. A reviewer's question is the most urgent.
_ORDER: Mapping[Step, int] = {"respond": 0, "go_on": 1, "start": 2, "profile": 2, "consent": 2, "work": 3, "wait": 3, "express": 4}
_TO_DO: Collection[Step] = ("respond", "go_on", "start", "profile", "consent")


@dataclass(frozen=True)
class Card:
    """One domain. ``status``: as it counts now, None before applying. ``steps``: empty where nothing is under way. ``wait``: a usual wait in words.

    ``interview_id``: the newest interview's; ``test``: the words of the link to the knowledge test, empty where there is none;
    ``is_test_due``: it is running, or required and not taken; ``reminders`` are open.
    """

    pack: Pack
    verification: Verification | None
    status: Status | None
    standing: Standing
    steps: tuple[StepView, ...] = ()
    dates: ReviewDates = ReviewDates(None, None)
    wait: str = ""
    interview_id: int | None = None
    test: str = ""
    is_test_due: bool = False
    reminders: tuple[Reminder, ...] = ()

    @property
    def group(self) -> Group:
        """Where on the page it stands."""
        if self.status in (None, "withdrawn"):
            return "other"
        return "verified" if self.status == "verified" else "begun"

    @property
    def may_withdraw(self) -> bool:
        """Whether there is an application that nobody has decided."""
        return self.status in UNDECIDED

    @property
    def is_to_do(self) -> bool:
        """Whether its next step is the candidate's."""
        return self.standing.step in _TO_DO or self.is_test_due


@dataclass(frozen=True)
class ProjectRow:
    """A project that is open. ``progress``: None where Label Studio did not say; ``domain``: its title, empty for none."""

    project: ProjectView
    domain: str
    progress: TaskProgress | None

    @property
    def is_done(self) -> bool:
        """Whether no task is left for this person."""
        return self.progress is not None and self.progress.left == 0

    @property
    def action(self) -> str:
        """What the button says."""
        if self.progress is None:
            return "Continue labelling"
        return "Open project" if self.is_done else "Continue labelling" if self.progress.done else "Start labelling"

    @property
    def url(self) -> str:
        """Where labelling goes on: Label Studio's label stream; the list of tasks where none is left."""
        return self.project.url if self.is_done else f"{self.project.url}?labeling=1"


@dataclass(frozen=True)
class Projects:
    """The part of the page with projects. ``current``: the one to go on with, on the first page of an unsearched list.

    ``total``: how many there are without the search.
    """

    current: ProjectRow | None
    rows: tuple[ProjectRow, ...]
    page: Slice[ProjectView]
    total: int
    search: str

    @property
    def is_searchable(self) -> bool:
        """Whether there are enough of them for a search field."""
        return self.total >= SEARCH_FROM or bool(self.search)


@dataclass(frozen=True)
class HomePage:
    """The home page. ``offers``: projects that ask something first; ``suggested``: how many profile entries wait to be looked at.

    ``offers_mail``: this service sends mail and the person has not said yes to it.
    """

    cards: tuple[Card, ...]
    projects: Projects
    offers: tuple[OpenQuestions, ...] = ()
    suggested: int = 0
    offers_mail: bool = False

    def of(self, group: Group) -> tuple[Card, ...]:
        """The cards of one group; of those begun, the most urgent first."""
        found = [card for card in self.cards if card.group == group]
        return tuple(sorted(found, key=lambda card: (not card.is_to_do, _ORDER[card.standing.step])) if group == "begun" else found)

    @property
    def is_verified(self) -> bool:
        """Whether a verification is in force."""
        return bool(self.of("verified"))

    @property
    def primary(self) -> str:
        """The page's one primary action: "project", or the domain whose next step it is; empty where there is a choice."""
        if self.projects.current is not None:
            return "project"
        to_do = [card.pack.id for card in self.of("begun") if card.is_to_do]
        if to_do:
            return to_do[0]
        return self.cards[0].pack.id if len(self.cards) == 1 and self.cards[0].group == "other" else ""


def found_projects(projects: Sequence[ProjectView], titles: Mapping[str, str], search: str, page: str | None) -> Slice[ProjectView]:
    """The page of projects whose title or domain has the words of the search. ``titles``: domain → title."""
    return cut([one for one in projects if mentions(search, one.title, titles.get(one.domain or "", ""))], page)


def projects_part(
    projects: Sequence[ProjectView], shown: Slice[ProjectView], titles: Mapping[str, str], progress: Mapping[int, TaskProgress], last: int | None,
    search: str,
) -> Projects:
    """The projects of the page, the current one taken out. ``last``: the project of this person's latest work."""
    rows = {one.ls_project_id: ProjectRow(one, titles.get(one.domain or "", ""), progress.get(one.ls_project_id)) for one in projects}
    current = None
    if not search and shown.number == 1:
        first = [rows[last]] if last in rows else []
        current = next((row for row in (*first, *(rows[one.ls_project_id] for one in shown.items)) if not row.is_done), None)
    others = tuple(rows[one.ls_project_id] for one in shown.items if current is None or one.ls_project_id != current.project.ls_project_id)
    return Projects(current, others, shown, len(projects), search)


def test_words(pack: Pack, status: Status | None, tests: Sequence[Held]) -> str:
    """What the link to the knowledge test says; empty where there is nothing to take and nothing to read."""
    if not pack.items or status not in OPEN_TO and not tests:
        return ""
    if tests and tests[-1].ended_at_utc is None:
        return "Continue the knowledge test"
    return "Your knowledge test" if tests else "Take the knowledge test"


def is_test_due(pack: Pack, status: Status | None, tests: Sequence[Held]) -> bool:
    """Whether the application waits for a knowledge test: it is running, or required and was not taken."""
    if not pack.items or status not in UNDECIDED or status == "interested":
        return False
    return tests[-1].ended_at_utc is None if tests else pack.policy.test_required
