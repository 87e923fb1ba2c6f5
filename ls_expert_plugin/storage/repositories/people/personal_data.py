"""Export of personal data: everything the database holds about one person, table by table, as plain JSON values.

Each table is named here once: how it leads to a person, or why it holds nothing of one. A test compares this with the tables.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Column, ColumnElement, Executable, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.repositories.people.withheld import withhold
from ls_expert_plugin.storage.tables import (
    AddOnRow,
    AssessmentRow,
    Base,
    ClaimEventRow,
    ClaimRow,
    ConsentRow,
    ControlCountRow,
    ControlTurnRow,
    DossierLookRow,
    ErasureRow,
    EvidenceRow,
    InterviewRow,
    InvitationRow,
    MembershipRow,
    NotificationRow,
    PersonRow,
    PortalSessionRow,
    PrelabelOutcomeRow,
    PrelabelRunRow,
    PrivateNoteRow,
    RaisedFlagRow,
    ReminderRow,
    RequirementEventInvitedRow,
    RequirementEventRow,
    ResumeRow,
    ReviewAssignmentRow,
    ReviewEntryRow,
    RoutingDueRow,
    ScoreRow,
    SimilarTurnRow,
    SittingAnswerRow,
    SittingRow,
    SuggestionRow,
    TaskAssignmentRow,
    TurnRow,
    TurnSeenRow,
    VerificationEventRow,
    VerificationRow,
    VoluntaryAnswerRow,
    WorkEventRow,
)

HOLDS_NOBODY = {
    "project": "what a project asks for, not who",
    "project_connection": "whether a project's webhook and ML backend are set up",
    "used_handoff": "random numbers, kept for a minute",
    "cursor": "how far a log was read",
    "directory_hold": "that members and projects are not taken over, and how many would be others",
    "outbox_epoch": "since when a log is read without a gap",
    "prelabel": "answers to tasks, kept for a day",
    "prelabel_score": "scores of tasks",
    "prelabel_figures": "figures over everybody's annotations",
    "prelabel_calibration": "what scores are worth, from everybody's annotations",
    "ml_project": "what a project is pre-labelled by",
    "example_set": "tasks and labels without who made them",
    "register_answer": "what a public register has under a number, whoever gave it; removed after some days",
    "item_difficulty": "what items of a test are like, estimated from everybody's answers",
    "model_call": "what a call cost, never what was said or for whom",
    "model_usage": "what calls cost by day",
    "training_progress": "how many annotations a project has to learn from, not whose",
    "reason_template": "texts that a team keeps for reasons, about nobody",
    "lease": "which process does a job, for minutes",
    "scheduled_job": "when a job was last sent",
    "instance": "processes that run, for minutes",
    "configuration": "hashes of packs and settings",
}


class Personal:
    """Repository that reads across all tables for one person."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, user: str) -> tuple[int, int] | None:
        """(person id, Label Studio's id) of an address or a Label Studio id; also of somebody who left. None: unknown, or not one person.

        Who has lost their number to another account (``People.replace``) is found by the negative one.
        """
        digits = user.removeprefix("-")
        number = digits.isascii() and digits.isdigit() and len(digits) < 10
        matches = PersonRow.ls_user_id == int(user) if number else PersonRow.email == user
        rows = self._session.execute(select(PersonRow.id, PersonRow.ls_user_id).where(matches).limit(2)).all()
        return (rows[0].id, rows[0].ls_user_id) if len(rows) == 1 else None

    def everything(self, person_id: int, ls_user_id: int) -> dict[str, list[dict[str, Any]]]:
        """Rows by table, each by its key. What the person did to others' records is told without the others' words.

        What is not theirs to read, or not yet, is left out, and the table ``left_out`` says so (``withheld.py``).
        """
        found = withhold({
            name: self._rows(select(*Base.metadata.tables[name].c).where(wanted).order_by(*Base.metadata.tables[name].primary_key))
            for name, wanted in rows_of(person_id, ls_user_id).items()
        })
        event, verification = VerificationEventRow, VerificationRow
        found["verification_event_of_others"] = self._rows(
            select(event.id, event.from_status, event.to_status, event.at_utc).join(verification, verification.id == event.verification_id)
            .where(event.actor_person_id == person_id, verification.person_id != person_id).order_by(event.id)
        )
        found["claim_of_others_checked"] = self._rows(
            select(ClaimRow.id, ClaimRow.checked_at_utc)
            .where(ClaimRow.checked_by_person_id == person_id, ClaimRow.person_id != person_id).order_by(ClaimRow.id)
        )
        entry = ReviewEntryRow
        found["review_entry_of_others"] = self._rows(
            select(entry.id, entry.kind, entry.at_utc).join(verification, verification.id == entry.verification_id)
            .where(entry.author_person_id == person_id, verification.person_id != person_id).order_by(entry.id)
        )
        note = PrivateNoteRow
        found["private_note_of_others"] = self._rows(
            select(note.id, note.at_utc).join(verification, verification.id == note.verification_id)
            .where(note.author_person_id == person_id, verification.person_id != person_id).order_by(note.id)
        )
        for name, mine, at in (
            ("review_assignment", ReviewAssignmentRow.person_id, ReviewAssignmentRow.since_utc),
            ("dossier_look", DossierLookRow.person_id, DossierLookRow.looked_at_utc),
        ):
            found[f"{name}_of_others"] = self._rows(select(at).where(mine == person_id).order_by(at))
        return found

    def _rows(self, query: Executable) -> list[dict[str, Any]]:
        return [{key: _plain(value) for key, value in row.items()} for row in self._session.execute(query).mappings()]


def rows_of(person_id: int, ls_user_id: int) -> dict[str, ColumnElement[bool]]:
    """For each table with something of a person: which rows are theirs."""
    verifications = select(VerificationRow.id).where(VerificationRow.person_id == person_id)
    interviews = select(InterviewRow.id).where(InterviewRow.verification_id.in_(verifications))
    sittings = select(SittingRow.id).where(SittingRow.verification_id.in_(verifications))
    turns = select(TurnRow.id).where(TurnRow.interview_id.in_(interviews))
    assessments = select(AssessmentRow.id).where(AssessmentRow.interview_id.in_(interviews))
    return {
        "person": PersonRow.id == person_id,
        "portal_session": PortalSessionRow.person_id == person_id,
        "consent": ConsentRow.person_id == person_id,
        "erasure": ErasureRow.person_id == person_id,
        "claim": ClaimRow.person_id == person_id,
        "claim_event": ClaimEventRow.claim_id.in_(select(ClaimRow.id).where(ClaimRow.person_id == person_id)),
        "verification": VerificationRow.person_id == person_id,
        "verification_event": VerificationEventRow.verification_id.in_(verifications),
        "review_entry": ReviewEntryRow.verification_id.in_(verifications),
        "review_assignment": ReviewAssignmentRow.verification_id.in_(verifications),
        "private_note": PrivateNoteRow.verification_id.in_(verifications),
        "dossier_look": DossierLookRow.verification_id.in_(verifications),
        "reminder": ReminderRow.verification_id.in_(verifications),
        "interview": InterviewRow.verification_id.in_(verifications),
        "turn": TurnRow.interview_id.in_(interviews),
        "turn_seen": TurnSeenRow.turn_id.in_(turns),
        "similar_turn": SimilarTurnRow.turn_id.in_(turns) | SimilarTurnRow.other_turn_id.in_(turns),
        "assessment": AssessmentRow.interview_id.in_(interviews),
        "score": ScoreRow.assessment_id.in_(assessments),
        "raised_flag": RaisedFlagRow.assessment_id.in_(assessments),
        "evidence": EvidenceRow.assessment_id.in_(assessments),
        "suggestion": SuggestionRow.person_id == person_id,
        "voluntary_answer": VoluntaryAnswerRow.person_id == person_id,
        "sitting": SittingRow.verification_id.in_(verifications),
        "sitting_answer": SittingAnswerRow.sitting_id.in_(sittings),
        "resume": ResumeRow.person_id == person_id,
        "add_on": AddOnRow.person_id == person_id,
        "invitation": InvitationRow.ls_user_id == ls_user_id,
        "requirement_event_invited": RequirementEventInvitedRow.ls_user_id == ls_user_id,
        "requirement_event": RequirementEventRow.by_person_id == person_id,
        "membership": MembershipRow.ls_user_id == ls_user_id,
        "task_assignment": TaskAssignmentRow.ls_user_id == ls_user_id,
        "prelabel_run": PrelabelRunRow.begun_by_person_id == person_id,
        "notification": NotificationRow.person_id == person_id,
        "routing_due": RoutingDueRow.person_id == person_id,
        "control_count": ControlCountRow.ls_user_id == ls_user_id,
        "control_turn": ControlTurnRow.ls_user_id == ls_user_id,
        "prelabel_outcome": PrelabelOutcomeRow.ls_user_id == ls_user_id,
        "work_event": WorkEventRow.ls_user_id == ls_user_id,
    }


def leads_to_a_person(column: Column[Any]) -> bool:
    """Whether a column says whose a row is: by our id, or by Label Studio's."""
    return column.name == "ls_user_id" or any(key.column.table.name == "person" for key in column.foreign_keys)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value
