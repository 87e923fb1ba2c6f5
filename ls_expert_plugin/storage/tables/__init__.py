"""SQLAlchemy tables of the service's own database. Rows stay inside ``storage/``: repositories hand out the features' frozen values.

Times are stored in UTC and come back aware. Columns named ``ls_…`` hold ids of Label Studio's database; nothing here
points into it with a foreign key.
"""

from ls_expert_plugin.storage.encryption import sealing_events as sealing_events  # what it listens for is written through these tables
from ls_expert_plugin.storage.tables.base import Base
from ls_expert_plugin.storage.tables.jobs import ConfigurationRow, InstanceRow, LeaseRow, ScheduledJobRow, TrainingProgressRow
from ls_expert_plugin.storage.tables.people import (
    ClaimEventRow,
    ClaimRow,
    ConsentRow,
    ErasureRow,
    PersonRow,
    PortalSessionRow,
    RegisterAnswerRow,
    ResumeRow,
    UsedHandoffRow,
)
from ls_expert_plugin.storage.tables.prelabels import (
    ExampleSetRow,
    MlProjectRow,
    ModelCallRow,
    ModelUsageRow,
    PrelabelCalibrationRow,
    PrelabelFiguresRow,
    PrelabelOutcomeRow,
    PrelabelRow,
    PrelabelRunRow,
    PrelabelScoreRow,
)
from ls_expert_plugin.storage.tables.project_records import ProjectConnectionRow, RequirementEventInvitedRow, RequirementEventRow
from ls_expert_plugin.storage.tables.review import DossierLookRow, PrivateNoteRow, ReasonTemplateRow, ReviewAssignmentRow
from ls_expert_plugin.storage.tables.routing import (
    AddOnRow,
    ControlCountRow,
    ControlTurnRow,
    CursorRow,
    DirectoryHoldRow,
    InvitationRow,
    MembershipRow,
    NotificationRow,
    OutboxEpochRow,
    ProjectRow,
    RoutingDueRow,
    WorkEventRow,
)
from ls_expert_plugin.storage.tables.task_assignments import TaskAssignmentRow
from ls_expert_plugin.storage.tables.vetting import (
    AssessmentRow,
    EvidenceRow,
    InterviewRow,
    ItemDifficultyRow,
    RaisedFlagRow,
    ReminderRow,
    ReviewEntryRow,
    ScoreRow,
    SimilarTurnRow,
    SittingAnswerRow,
    SittingRow,
    SuggestionRow,
    TurnRow,
    TurnSeenRow,
    VerificationEventRow,
    VerificationRow,
    VoluntaryAnswerRow,
)

__all__ = [
    "AddOnRow", "AssessmentRow", "Base", "ClaimEventRow", "ClaimRow", "ConfigurationRow", "ConsentRow", "ControlCountRow", "ControlTurnRow",
    "CursorRow", "DirectoryHoldRow", "DossierLookRow", "ErasureRow", "EvidenceRow", "ExampleSetRow", "InstanceRow", "InterviewRow", "InvitationRow",
    "ItemDifficultyRow", "LeaseRow", "MembershipRow", "MlProjectRow", "ModelCallRow", "ModelUsageRow", "NotificationRow", "OutboxEpochRow",
    "PersonRow", "PortalSessionRow", "PrelabelCalibrationRow", "PrelabelFiguresRow", "PrelabelOutcomeRow", "PrelabelRow", "PrelabelRunRow",
    "PrelabelScoreRow", "PrivateNoteRow", "ProjectConnectionRow", "ProjectRow", "RaisedFlagRow", "ReasonTemplateRow", "RegisterAnswerRow",
    "ReminderRow", "RequirementEventInvitedRow", "RequirementEventRow", "ResumeRow", "ReviewAssignmentRow", "ReviewEntryRow", "RoutingDueRow",
    "ScheduledJobRow", "ScoreRow", "SimilarTurnRow", "SittingAnswerRow", "SittingRow", "SuggestionRow", "TaskAssignmentRow", "TrainingProgressRow",
    "TurnRow", "TurnSeenRow", "UsedHandoffRow", "VerificationEventRow", "VerificationRow", "VoluntaryAnswerRow", "WorkEventRow",
]
