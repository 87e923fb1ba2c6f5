"""Dependencies of the pages: one ``Services`` for each application, built by the entry point and never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from flask import current_app

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.llm.port import LanguageModel
    from ls_expert_plugin.ls_client.values import Member, TaskCount, TaskProgress
    from ls_expert_plugin.prelabels.switching import Offer
    from ls_expert_plugin.routing.access.eligibility import Explanation
    from ls_expert_plugin.routing.assignment.service import AssignmentService
    from ls_expert_plugin.routing.explanation.near_misses import NearMisses
    from ls_expert_plugin.routing.requirements.editing import ProjectChange, TargetState
    from ls_expert_plugin.routing.service import ProjectView
    from ls_expert_plugin.routing.sync.reconcile import Drift
    from ls_expert_plugin.routing.values import Author
    from ls_expert_plugin.storage.unit_of_work import Database
    from ls_expert_plugin.vetting.profile.credential_checks import CredentialCheck

EXTENSION = "ls_expert"


class Routing(Protocol):
    """Who may work on what, as the pages see it. Results that are bools say whether Label Studio has been told."""

    @property
    def assignments(self) -> AssignmentService:
        """The use cases of assigning tasks to experts."""
        ...

    def refresh(self, ls_user_id: int) -> bool:
        """Recompute one person's memberships and push them. False: Label Studio did not answer, a sweep will push."""
        ...

    def preview(self, wanted: Mapping[int, TargetState]) -> tuple[ProjectChange, ...]:
        """Dry run: what setting this would change, with nothing changed. Raises ``NotFound``, ``RequirementInvalid``."""
        ...

    def apply(
        self, wanted: Mapping[int, TargetState], agreed: Callable[[tuple[ProjectChange, ...]], None] = ..., *, author: Author = ...,
    ) -> tuple[tuple[ProjectChange, ...], bool]:
        """Set it, all or nothing; what changed, and whether Label Studio has been told. Raises as ``preview``.

        ``agreed`` is called with the changes before they count; when it raises, nothing has changed. The history keeps the ``author``.
        """
        ...

    def reconcile(self) -> Drift:
        """Compare what Label Studio has with what it should have, and put it right. Raises ``LabelStudioError``."""
        ...

    def explain(self, ls_user_id: int, ls_project_id: int) -> Explanation:
        """Why this person may work on this project, or may not. Raises ``NotFound``."""
        ...

    def explain_all(self, ls_user_id: int) -> tuple[Explanation, ...]:
        """Why this person may work on each project, or may not, by title. Raises ``NotFound``."""
        ...

    def near_misses(self, ls_project_id: int) -> NearMisses:
        """Who waits for a place in this project, and who lacks a single rule. Raises ``NotFound``."""
        ...

    def only_questions_left(self, ls_user_id: int) -> tuple[ProjectView, ...]:
        """The projects for which this person lacks nothing but fitting answers to the project's own questions, by title."""
        ...

    def set_domain(self, ls_project_id: int, domain: str | None) -> bool:
        """Ask for a domain and nothing else, or for nobody. Raises as ``apply``."""
        ...

    def set_role(self, ls_user_id: int, role: str) -> bool:
        """Make a member "manager" or "expert". False: Label Studio did not answer, and nothing has changed.

        Raises ``NotFound``, and ``BadInput`` when this member cannot have that role.
        """
        ...

    def projects(self) -> list[ProjectView]:
        """All projects that Label Studio has, by title."""
        ...

    def projects_of(self, ls_user_id: int) -> list[ProjectView]:
        """The projects this person may work on now, by title."""
        ...

    def task_progress(self, ls_user_id: int, ls_project_ids: Collection[int]) -> Mapping[int, TaskProgress]:
        """How many tasks of these projects a person has done and has left, by project; empty where Label Studio does not answer."""
        ...


@dataclass(frozen=True)
class Services:
    """``queue("assess", interview_id=3)`` hands a job to the worker and never raises; ``clock`` gives aware UTC.

    ``token_owner``: Label Studio's id of whoever an ``Authorization`` header belongs to, or None (``ls_client/tokens.py``).
    ``checks``: what can look at a licence, by its kind. ``prelabel_offer``: which version of pre-labels a project could be switched to at this
    moment; raises ``SettingError`` (no token), ``NotFound``, ``LabelStudioError``. ``member``: an active member of Label Studio by its id,
    asked now; ``task_counts``: tasks of projects, by project; both raise ``LabelStudioError``.
    """

    settings: Settings
    store: Database
    packs: Mapping[str, Pack]
    interview_model: LanguageModel | None
    routing: Routing
    queue: Callable[..., None]
    clock: Callable[[], dt.datetime]
    token_owner: Callable[[str], int | None]
    checks: Mapping[str, CredentialCheck]
    prelabel_offer: Callable[[int], Offer]
    member: Callable[[int], Member | None]
    task_counts: Callable[[Sequence[int]], Mapping[int, TaskCount]]


def services() -> Services:
    """The services of the application that answers this request."""
    return cast(Services, current_app.extensions[EXTENSION])
