"""The extension's tables in Label Studio's database: roles, the projection of memberships, assignments and project rules, the outbox, erased
accounts, what audit mode saw, and which tasks name which files.

No foreign keys into Label Studio's tables: deleting a user or a project must never fail, or take longer, because of us.
"""

from __future__ import annotations

from django.db import models


class Role(models.Model):
    """What a manager made of a member. No row: the default role. The organization's creator is always a manager."""

    MANAGER, EXPERT = "manager", "expert"

    user_id = models.IntegerField(primary_key=True)
    role = models.CharField(max_length=16, choices=[(MANAGER, "manager"), (EXPERT, "expert")])
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "ls_expert_role"


class Membership(models.Model):
    """One person, one project: the projection that Label Studio enforces from.

    A row counts while it is ``active`` and before ``valid_until`` (null: no end). Rows are never deleted, so that an older
    revision arriving late still finds the newer one. ``revision`` is the service's. ``specialties``: the texts of the task
    field that this person works on, where the project routes by task (see ``task_routing.py``).
    """

    user_id = models.IntegerField()
    project_id = models.IntegerField(db_index=True)
    active = models.BooleanField()
    valid_until = models.DateTimeField(null=True)
    revision = models.BigIntegerField()
    reason = models.TextField(default="")
    specialties = models.JSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "ls_expert_membership"
        # Everything that decides whether a row counts: with thousands of memberships, the rows themselves need not be read.
        indexes = [models.Index(fields=["user_id", "project_id", "active", "valid_until"], name="ls_expert_membership_sight")]
        constraints = [models.UniqueConstraint(fields=["user_id", "project_id"], name="ls_expert_membership_one")]


class ProjectRule(models.Model):
    """What the service decided about the inside of one project. No row: others' work is hidden, no routing by task.

    ``specialty_field`` is a path into the task, such as "data.specialty"; null: every task is everybody's. ``assignment``: OPEN, or how tasks
    come to be assigned; whatever it says but OPEN, experts see only tasks that are assigned to them (see ``assignment_sql.py``).
    """

    OPEN = "open"

    project_id = models.IntegerField(primary_key=True)
    shows_others_work = models.BooleanField(default=False)
    specialty_field = models.CharField(max_length=400, null=True)
    shows_tasks_without_specialty = models.BooleanField(default=False)
    assignment = models.CharField(max_length=16, default=OPEN)
    revision = models.BigIntegerField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "ls_expert_project_rule"


class Assignment(models.Model):
    """One person, one task: the projection of assignments. Counts in projects that show experts assigned tasks only.

    A row counts while it is ``active`` and before ``valid_until`` (null: no end). ``barred``: the person may not have the task, whatever they have
    begun there. ``task_made_at``: when the task was made that is meant; SQLite gives the number of a deleted task to another. ``is_task_gone``: it was
    ended here, because that task is not there (any more); the service asks for those. Rows are never deleted, as those of memberships.
    """

    user_id = models.IntegerField()
    task_id = models.IntegerField(db_index=True)
    project_id = models.IntegerField(db_index=True)
    purpose = models.CharField(max_length=32)
    active = models.BooleanField()
    barred = models.BooleanField(default=False)
    valid_until = models.DateTimeField(null=True)
    task_made_at = models.DateTimeField()
    is_task_gone = models.BooleanField(default=False)
    revision = models.BigIntegerField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "ls_expert_assignment"
        # What one person has in one project, without reading the rows themselves.
        indexes = [
            models.Index(fields=["user_id", "project_id", "active", "barred", "task_id", "valid_until"], name="ls_expert_assignment_own"),
            models.Index(fields=["id"], condition=models.Q(is_task_gone=True), name="ls_expert_assignment_gone"),
        ]
        constraints = [models.UniqueConstraint(fields=["user_id", "task_id"], name="ls_expert_assignment_one")]


class Outbox(models.Model):
    """One change in Label Studio, written by a trigger in the transaction of the change (see ``outbox_triggers.py``).

    ``txid`` orders rows on PostgreSQL, where ids are handed out before the commit; on SQLite, which has one writer at a
    time, it is 0. ``earlier_id``: "txid.id" as it was in the epoch before, of rows that were not forgotten when a new one began.
    """

    txid = models.BigIntegerField(default=0)
    earlier_id = models.CharField(max_length=40, null=True)
    kind = models.CharField(max_length=32)
    user_id = models.IntegerField(null=True)
    project_id = models.IntegerField(null=True)
    task_id = models.IntegerField(null=True)
    annotation_id = models.IntegerField(null=True)
    was_cancelled = models.BooleanField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "ls_expert_outbox"
        indexes = [models.Index(fields=["txid", "id"], name="ls_expert_outbox_order")]


class OutboxLog(models.Model):
    """The outbox as a log: its epoch, and how far it has been handed out and forgotten. One row at most; none: nobody has read it by epoch yet.

    ``database``: where it lay when the epoch began (see ``outbox.where``).
    """

    epoch = models.CharField(max_length=32)
    database = models.CharField(max_length=120)
    handed_through = models.CharField(max_length=40)
    forgotten_through = models.CharField(max_length=40)
    begun_at = models.DateTimeField()

    class Meta:
        db_table = "ls_expert_outbox_log"


class ErasedAccount(models.Model):
    """That an account was erased, as a keyed hash of who it was (``accounts.mark_of``): after a restore it is known again, and nobody else is."""

    mark = models.CharField(max_length=64, primary_key=True)
    erased_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "ls_expert_erased_account"


class Audit(models.Model):
    """What one person did that ``enforce`` would have refused, counted in audit mode.

    ``reason``: "address" (experts may not call it) or "object" (it names something that is not theirs). ``url_name`` is the
    view's name, or its route where it has none.
    """

    user_id = models.IntegerField()
    method = models.CharField(max_length=16)
    url_name = models.CharField(max_length=200)
    reason = models.CharField(max_length=16)
    count = models.BigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "ls_expert_audit"
        constraints = [models.UniqueConstraint(fields=["user_id", "method", "url_name", "reason"], name="ls_expert_audit_one")]


class SkippedAnswer(models.Model):
    """An annotation that an expert turned from an answer into a skip. Kept for ever: it is never theirs to delete."""

    annotation_id = models.IntegerField(primary_key=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "ls_expert_skipped_answer"


class TaskFile(models.Model):
    """A file that a task names, as ``file_index.py`` finds it again. ``name`` is a hash of it, or of its last part."""

    project_id = models.IntegerField()
    task_id = models.IntegerField(db_index=True)
    name = models.BigIntegerField()

    class Meta:
        db_table = "ls_expert_task_file"
        constraints = [models.UniqueConstraint(fields=["project_id", "name", "task_id"], name="ls_expert_task_file_one")]


class TaskFilesDue(models.Model):
    """Tasks whose files are not in the index yet: one, as a trigger wrote it down, or all from the first to the last, of any project."""

    project_id = models.IntegerField(null=True, db_index=True)
    first_task_id = models.IntegerField()
    last_task_id = models.IntegerField()

    class Meta:
        db_table = "ls_expert_task_files_due"
