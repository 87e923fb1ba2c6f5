"""The worker's Celery tasks, one function each. They carry ids, never state.

What a task works on lives in the database; a lost message is taken up by ``sweep``, which looks there. ``app.py`` binds each to its parts.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ls_expert_plugin.agreement.blind import blind_arm
from ls_expert_plugin.bootstrap import Components
from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.notifications.delivery import send_waiting
from ls_expert_plugin.outbox_consumer.consumer import read_outbox as read_pages
from ls_expert_plugin.outbox_consumer.control_tasks import count_control_answers
from ls_expert_plugin.outbox_consumer.task_files import index_task_files
from ls_expert_plugin.routing.sync.push import LONGEST_DELAY_S, delay_s
from ls_expert_plugin.storage.pruning import prune
from ls_expert_plugin.vetting.interview.unasked_questions import ask_written
from ls_expert_plugin.vetting.privacy import erasure, erasure_replay, retention
from ls_expert_plugin.vetting.profile import claim_history
from ls_expert_plugin.vetting.review.recheck import job as recheck_job
from ls_expert_plugin.worker.assessing import assess_interview
from ls_expert_plugin.worker.schedule import SWEEP_EVERY_S

logger = logging.getLogger(__name__)

# After a long stop there may be very much to read: other jobs get their turn in between.
OUTBOX_PATIENCE_S = 10.0
CONNECT_PATIENCE_S = 60.0
# A job that has waited this long has lost its message: nobody else is on it.
LOST_AFTER = dt.timedelta(seconds=20)
# A register is asked twice a second at most, and other jobs wait meanwhile.
LOOK_UPS_A_SWEEP = 20
# Longer than a language model may take to word a question.
LEFT_AFTER = dt.timedelta(minutes=15)


@dataclass
class WorkerContext:
    """What every task works with: the parts, and Celery's ``send_task``.

    ``next_push_s`` (monotonic): until then a later attempt to push is on its way, from this process.
    """

    parts: Components
    send: Callable[..., Any]
    next_push_s: float = 0.0


@dataclass(frozen=True)
class Task:
    """A task under its name in messages. ``is_exclusive``: on one machine at a time; whoever comes meanwhile leaves it to that one."""

    name: str
    run: Callable[..., None]
    is_exclusive: bool


TASKS: list[Task] = []


def task(*, exclusive: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a task that is named as the function."""
    def decorate(run: Callable[..., None]) -> Callable[..., None]:
        TASKS.append(Task(run.__name__, run, exclusive))
        return run

    return decorate


@task()
def assess(worker: WorkerContext, interview_id: int) -> None:
    """What follows an interview that is over."""
    assess_interview(worker.parts, interview_id)


@task()
def look_up(worker: WorkerContext, claim_id: int) -> None:
    """Ask a public register about a licence."""
    parts = worker.parts
    if claim_history.look_up(parts.store, claim_id, parts.checks, parts.clock(), claim_history.asked_codes(parts.packs.values())) is not None:
        with parts.store.read() as unit:
            found = unit.claims.find(claim_id)
            person = unit.people.get(found[0]) if found else None
        if person is not None:
            parts.routing.refresh(person.ls_user_id)


@task(exclusive=True)
def read_outbox(worker: WorkerContext) -> None:
    """Take in what has happened in Label Studio."""
    parts = worker.parts
    if parts.routing.is_outdated():
        return  # what events change is computed with packs; ``presence.py`` says so in the log
    try:
        taken = read_pages(parts.store, parts.extension, parts.routing.configuration, parts.clock, patience_s=OUTBOX_PATIENCE_S)
    except LabelStudioError as problem:
        logger.info("outbox waits: %s", problem.message)
        return
    if taken:
        logger.info("took in %d events", taken)
        worker.send("learn_first", expires=SWEEP_EVERY_S)


@task()
def push(worker: WorkerContext, attempt: int = 0) -> None:
    """Push, and while Label Studio does not take it, again: after 1 s, 2 s, … 60 s. Then it is the sweep's alone."""
    if attempt == 0 and time.monotonic() < worker.next_push_s:
        return  # the one that waits pushes everything
    if not worker.parts.routing.push_once() and delay_s(attempt - 1, 1) < LONGEST_DELAY_S:
        wait_s = delay_s(attempt, random.random())  # noqa: S311  # no secret
        worker.next_push_s = time.monotonic() + wait_s
        worker.send("push", kwargs={"attempt": attempt + 1}, countdown=wait_s)


@task(exclusive=True)
def reconcile(worker: WorkerContext) -> None:
    """Compare Label Studio's projection with ours, correct it, and repeat erasures that a restored backup undid."""
    parts = worker.parts
    try:
        parts.routing.reconcile()
        erasure_replay.replay(parts.store, parts.extension, parts.clock)
    except LabelStudioError as problem:
        logger.info("reconciliation waits: %s", problem.message)


@task()
def notify(worker: WorkerContext) -> None:
    """Send the e-mails that wait, under a lease: none goes out twice."""
    parts = worker.parts
    with parts.store.hold("mail") as held:
        if held is not None:
            send_waiting(parts.store, parts.mail_server, parts.packs, parts.settings.public_url, parts.clock, is_lost=held.lost.is_set)


@task()
def prelabel(worker: WorkerContext, run_id: int) -> None:
    """Carry out a batch run of the pre-labeller that a manager began on the page."""
    from ls_expert_plugin.prelabels.batch_run import carry_out

    carry_out(worker.parts, run_id)


@task()
def prelabel_figures(worker: WorkerContext, ls_project_id: int) -> None:
    """Make the figures of a project's page of pre-labels, once at a time."""
    from ls_expert_plugin.prelabels.metrics import carry_out

    with worker.parts.store.hold(f"prelabel_figures:{ls_project_id}") as held:
        if held is not None:
            carry_out(worker.parts, ls_project_id)


@task(exclusive=True)
def connect(worker: WorkerContext) -> None:
    """Register webhook and ML backend with the projects that a manager asked for."""
    from ls_expert_plugin.prelabels.connection import connect_waiting

    if connect_waiting(worker.parts, CONNECT_PATIENCE_S):
        worker.send("connect")


@task(exclusive=True)
def check_connections(worker: WorkerContext) -> None:
    """Look whether routed projects are still connected, each once a day."""
    from ls_expert_plugin.prelabels import connection

    try:
        connection.check_connections(worker.parts)
    except LabelStudioError as problem:
        logger.info("looking at connections waits: %s", problem.message)


@task(exclusive=True)
def learn_first(worker: WorkerContext) -> None:
    """Make the first example set of each project that has enough annotations for one and has none yet."""
    from ls_expert_plugin.ml_backend.learned.first_learning import learn_new_projects

    parts = worker.parts
    if parts.label_studio is None:
        return
    try:
        learn_new_projects(parts.store, parts.label_studio, parts.clock(), blind_arm(parts.settings))
    except LabelStudioError as problem:
        logger.info("learning waits: %s", problem.message)


@task(exclusive=True)
def learn_anew(worker: WorkerContext) -> None:
    """Newer example sets where there are enough new annotations, and a calibration of what scores are worth."""
    from ls_expert_plugin.ml_backend.learned import train_jobs

    parts = worker.parts
    try:
        train_jobs.calibrate(parts.store, parts.extension, parts.clock())
        if parts.label_studio is not None:
            train_jobs.learn_anew(parts.store, parts.label_studio, parts.clock(), blind_arm(parts.settings))
    except LabelStudioError as problem:
        logger.info("learning anew waits: %s", problem.message)


@task(exclusive=True)
def count_control(worker: WorkerContext) -> None:
    """Fetch how experts do on control tasks."""
    parts = worker.parts
    try:
        count_control_answers(parts.store, parts.extension, parts.clock)
    except LabelStudioError as problem:
        logger.info("counting answers to control tasks waits: %s", problem.message)


@task(exclusive=True)
def recheck(worker: WorkerContext) -> None:
    """Expire claims, and look again at everybody who is verified."""
    parts = worker.parts
    claim_history.expire(parts.store, parts.clock())
    with parts.store.begin() as unit:
        unit.claims.forget_answers(parts.clock() - claim_history.KEPT)
    if parts.routing.is_outdated():
        return  # a policy that is no longer so would end verifications
    done = recheck_job.recheck_all(parts.store, parts.packs, parts.clock())
    if done:
        logger.info("looked at verifications again: %d steps", len(done))
        parts.routing.catch_up()


@task(exclusive=True)
def erase(worker: WorkerContext) -> None:
    """Carry out erasures that were asked for and wait for Label Studio."""
    parts = worker.parts
    erasure.carry_out_waiting(parts.store, parts.routing, parts.extension, parts.clock)


@task(exclusive=True)
def retain(worker: WorkerContext) -> None:
    """Delete what is past its retention period."""
    parts = worker.parts
    retention.enforce(parts.store, parts.settings.retention_days, parts.clock())
    prune(parts.store, parts.clock(), model_call_days=parts.settings.model_call_days, prelabel_score_days=parts.settings.prelabel_score_days)


@task(exclusive=True)
def sweep(worker: WorkerContext) -> None:
    """Take up what waits in the database. What takes long is handed out, and handed out again with the next sweep while it waits."""
    parts = worker.parts
    parts.routing.catch_up()
    with parts.store.read() as unit:
        waiting = unit.interviews.waiting_for_assessment(parts.clock() - LOST_AFTER)
        unasked = unit.interviews.waiting_for_question(parts.clock() - LEFT_AFTER)
        asked_of = [kind for kind, check in parts.checks.items() if check.looks_up]
        never = unit.claims.never_looked_up(asked_of, LOOK_UPS_A_SWEEP) if asked_of else ()
        runs = unit.prelabel_runs.waiting(parts.clock())
        is_erasing = bool(unit.erasures.waiting())
        is_connecting = bool(unit.project_connections.waiting(1))
    if is_connecting:
        worker.send("connect", expires=SWEEP_EVERY_S)
    for run_id in runs:
        worker.send("prelabel", kwargs={"run_id": run_id}, expires=SWEEP_EVERY_S)
    for interview_id in waiting:
        worker.send("assess", kwargs={"interview_id": interview_id}, expires=SWEEP_EVERY_S)
    if is_erasing:
        worker.send("erase", expires=SWEEP_EVERY_S)
    for claim_id in never:
        look_up(worker, claim_id)
    for interview_id in unasked:
        ask_written(parts.store, parts.packs, interview_id, parts.clock())
    worker.send("learn_first", expires=SWEEP_EVERY_S)
    try:
        index_task_files(parts.extension, OUTBOX_PATIENCE_S)
    except LabelStudioError as problem:
        logger.info("the index of tasks' files waits: %s", problem.message)
