"""Jobs for the worker: Celery tasks that carry ids, never state.

What a job works on lives in the database; a lost message is taken up by ``sweep``, which looks there. The broker is a
folder in the data directory unless ``LS_EXPERT_BROKER_URL`` names another.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import time
from collections.abc import Callable
from typing import Any

from celery import Celery
from kombu.exceptions import KombuError

from ls_expert_plugin.agreement.blind import blind_arm
from ls_expert_plugin.bootstrap import Components, assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.notifications.delivery import send_waiting
from ls_expert_plugin.outbox_consumer.consumer import read_outbox
from ls_expert_plugin.outbox_consumer.control_tasks import count_control_answers
from ls_expert_plugin.outbox_consumer.task_files import index_task_files
from ls_expert_plugin.routing.push import LONGEST_DELAY_S, delay_s
from ls_expert_plugin.storage.pruning import prune
from ls_expert_plugin.vetting.interview import session
from ls_expert_plugin.vetting.privacy import erasure, erasure_replay, retention
from ls_expert_plugin.vetting.profile import claim_history
from ls_expert_plugin.vetting.review import recheck_job
from ls_expert_plugin.worker.assessing import assess_interview

logger = logging.getLogger(__name__)

OUTBOX_EVERY_S = 5.0
SWEEP_EVERY_S = 30.0
RECONCILE_EVERY_S = 300.0
NOTIFY_EVERY_S = 30.0
RECHECK_EVERY_S = 900.0
CONTROL_EVERY_S = 1800.0
LEARN_EVERY_S = 3 * 3600.0
RETAIN_EVERY_S = 6 * 3600.0
# After a long stop there may be very much to read: other jobs get their turn in between.
OUTBOX_PATIENCE_S = 10.0
# A job that has waited this long has lost its message: nobody else is on it.
LOST_AFTER = dt.timedelta(seconds=20)
# A register is asked twice a second at most, and other jobs wait meanwhile.
LOOK_UPS_A_SWEEP = 20
# Longer than a language model may take to word a question.
LEFT_AFTER = dt.timedelta(minutes=15)


def make_celery(settings: Settings) -> Celery:
    """The Celery application for these settings, without tasks: enough to send messages."""
    app = Celery("ls_expert_plugin", set_as_current=False)
    app.conf.update(
        broker_url=settings.broker_url or "filesystem://",
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # a broker that is away is waited for: by the clock, too
        task_ignore_result=True,
        task_acks_late=True,
        worker_hijack_root_logger=False,
        broker_transport_options={} if settings.broker_url else _folders(settings),
        beat_schedule={
            "read the outbox": {"task": "read_outbox", "schedule": OUTBOX_EVERY_S, "options": {"expires": OUTBOX_EVERY_S}},
            "sweep": {"task": "sweep", "schedule": SWEEP_EVERY_S, "options": {"expires": SWEEP_EVERY_S}},
            "retention": {"task": "retain", "schedule": RETAIN_EVERY_S, "options": {"expires": RETAIN_EVERY_S}},
            "notify": {"task": "notify", "schedule": NOTIFY_EVERY_S, "options": {"expires": NOTIFY_EVERY_S}},
            "reconcile": {"task": "reconcile", "schedule": RECONCILE_EVERY_S, "options": {"expires": RECONCILE_EVERY_S}},
            "count control": {"task": "count_control", "schedule": CONTROL_EVERY_S, "options": {"expires": CONTROL_EVERY_S}},
            "learn anew": {"task": "learn_anew", "schedule": LEARN_EVERY_S, "options": {"expires": LEARN_EVERY_S}},
            "recheck": {"task": "recheck", "schedule": RECHECK_EVERY_S, "options": {"expires": RECHECK_EVERY_S}},
        },
    )
    return app


def _folders(settings: Settings) -> dict[str, Any]:
    queue, control = settings.data_dir / "worker" / "queue", settings.data_dir / "worker" / "control"
    for folder in (queue, control):
        folder.mkdir(parents=True, exist_ok=True)
    return {"data_folder_in": str(queue), "data_folder_out": str(queue), "control_folder": str(control)}


def make_queue(settings: Settings) -> Callable[..., None]:
    """``queue("assess", interview_id=3)``: hand a job to the worker. A broker that is down costs time, not work."""
    app = make_celery(settings)

    def queue(name: str, **arguments: Any) -> None:
        try:
            app.send_task(name, kwargs=arguments, retry=False)
        except (KombuError, OSError) as problem:
            logger.warning("job %s waits for the sweep, the broker did not take it: %s", name, problem)

    return queue


def make_worker(settings: Settings, parts: Components | None = None) -> Celery:
    """The Celery application with its tasks."""
    app = make_celery(settings)
    parts = parts or assemble(settings, queue=make_queue(settings))
    for chatty in ("celery.worker.strategy", "celery.app.trace", "celery.beat"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # otherwise three lines every five seconds

    def scheduled(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
        """A task that runs on one machine at a time: whoever comes meanwhile leaves it to that one."""
        def decorate(work: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                with parts.store.exclusively(name) as is_ours:
                    if is_ours:
                        work()

            app.task(run, name=name, shared=False)
            return work

        return decorate

    @app.task(name="assess", shared=False)  # type: ignore[untyped-decorator]
    def assess(interview_id: int) -> None:
        assess_interview(parts, interview_id)

    @app.task(name="look_up", shared=False)  # type: ignore[untyped-decorator]
    def look_up(claim_id: int) -> None:
        """Ask a public register about a licence."""
        if claim_history.look_up(parts.store, claim_id, parts.checks, parts.clock(), claim_history.asked_codes(parts.packs.values())) is not None:
            with parts.store.read() as unit:
                found = unit.claims.find(claim_id)
                person = unit.people.get(found[0]) if found else None
            if person is not None:
                parts.routing.refresh(person.ls_user_id)

    @scheduled("read_outbox")
    def read() -> None:
        if parts.routing.is_outdated():
            return  # what events change is computed with packs; ``presence.py`` says so in the log
        try:
            taken = read_outbox(
                parts.store, parts.extension, parts.packs, parts.clock, patience_s=OUTBOX_PATIENCE_S,
                unrestricted=settings.projects_without_requirement == "shown",
            )
        except LabelStudioError as problem:
            logger.info("outbox waits: %s", problem.message)
            return
        if taken:
            logger.info("took in %d events", taken)
            app.send_task("learn_first", expires=SWEEP_EVERY_S)

    next_try = [0.0]  # monotonic: until then a later attempt is on its way

    @app.task(name="push", shared=False)  # type: ignore[untyped-decorator]
    def push(attempt: int = 0) -> None:
        """Push, and while Label Studio does not take it, again: after 1 s, 2 s, … 60 s. Then it is the sweep's alone."""
        if attempt == 0 and time.monotonic() < next_try[0]:
            return  # the one that waits pushes everything
        if not parts.routing.push_once() and delay_s(attempt - 1, 1) < LONGEST_DELAY_S:
            wait_s = delay_s(attempt, random.random())  # noqa: S311  # no secret
            next_try[0] = time.monotonic() + wait_s
            app.send_task("push", kwargs={"attempt": attempt + 1}, countdown=wait_s)

    @scheduled("reconcile")
    def reconcile() -> None:
        try:
            parts.routing.reconcile()
            erasure_replay.replay(parts.store, parts.extension, parts.clock)
        except LabelStudioError as problem:
            logger.info("reconciliation waits: %s", problem.message)

    @app.task(name="notify", shared=False)  # type: ignore[untyped-decorator]
    def notify() -> None:
        with parts.store.hold("mail") as held:
            if held is not None:
                send_waiting(parts.store, parts.mail_server, parts.packs, settings.public_url, parts.clock, is_lost=held.lost.is_set)

    @app.task(name="prelabel", shared=False)  # type: ignore[untyped-decorator]
    def prelabel(run_id: int) -> None:
        from ls_expert_plugin.prelabels.batch_run import carry_out

        carry_out(parts, run_id)

    @app.task(name="prelabel_figures", shared=False)  # type: ignore[untyped-decorator]
    def prelabel_figures(ls_project_id: int) -> None:
        from ls_expert_plugin.prelabels.metrics import carry_out

        with parts.store.hold(f"prelabel_figures:{ls_project_id}") as held:
            if held is not None:
                carry_out(parts, ls_project_id)

    @scheduled("learn_first")
    def learn_first() -> None:
        learn_where_possible(parts)

    @scheduled("learn_anew")
    def learn_anew() -> None:
        """Newer example sets, and what scores are worth."""
        from ls_expert_plugin.ml_backend.learned import train_jobs

        try:
            train_jobs.calibrate(parts.store, parts.extension, parts.clock())
            if parts.label_studio is not None:
                train_jobs.learn_anew(parts.store, parts.label_studio, parts.clock(), blind_arm(settings))
        except LabelStudioError as problem:
            logger.info("learning anew waits: %s", problem.message)

    @scheduled("count_control")
    def count_control() -> None:
        try:
            count_control_answers(parts.store, parts.extension, parts.clock)
        except LabelStudioError as problem:
            logger.info("counting answers to control tasks waits: %s", problem.message)

    @scheduled("recheck")
    def recheck() -> None:
        claim_history.expire(parts.store, parts.clock())
        with parts.store.begin() as unit:
            unit.claims.forget_answers(parts.clock() - claim_history.KEPT)
        if parts.routing.is_outdated():
            return  # a policy that is no longer so would end verifications
        done = recheck_job.recheck_all(parts.store, parts.packs, parts.clock())
        if done:
            logger.info("looked at verifications again: %d steps", len(done))
            parts.routing.catch_up()

    @scheduled("erase")
    def erase() -> None:
        erasure.carry_out_waiting(parts.store, parts.routing, parts.extension, parts.clock)

    @scheduled("retain")
    def retain() -> None:
        retention.enforce(parts.store, settings.retention_days, parts.clock())
        prune(parts.store, parts.clock(), model_call_days=settings.model_call_days, prelabel_score_days=settings.prelabel_score_days)

    @scheduled("sweep")
    def sweep() -> None:
        """Take up what waits in the database. What takes long is handed out, and handed out again with the next sweep while it waits."""
        parts.routing.catch_up()
        with parts.store.read() as unit:
            waiting = unit.interviews.waiting_for_assessment(parts.clock() - LOST_AFTER)
            unasked = unit.interviews.waiting_for_question(parts.clock() - LEFT_AFTER)
            asked_of = [kind for kind, check in parts.checks.items() if check.looks_up]
            never = unit.claims.never_looked_up(asked_of, LOOK_UPS_A_SWEEP) if asked_of else ()
            runs = unit.prelabel_runs.waiting(parts.clock())
            is_erasing = bool(unit.erasures.waiting())
        for run_id in runs:
            app.send_task("prelabel", kwargs={"run_id": run_id}, expires=SWEEP_EVERY_S)
        for interview_id in waiting:
            app.send_task("assess", kwargs={"interview_id": interview_id}, expires=SWEEP_EVERY_S)
        if is_erasing:
            app.send_task("erase", expires=SWEEP_EVERY_S)
        for claim_id in never:
            look_up(claim_id)
        for interview_id in unasked:
            _ask_written(parts, interview_id)
        app.send_task("learn_first", expires=SWEEP_EVERY_S)
        try:
            index_task_files(parts.extension, OUTBOX_PATIENCE_S)
        except LabelStudioError as problem:
            logger.info("the index of tasks' files waits: %s", problem.message)

    return app


def _ask_written(parts: Components, interview_id: int) -> None:
    """The next written question, or the end, for somebody who answered and left before it was asked."""
    with parts.store.begin() as unit:
        held = unit.interviews.get(interview_id)
        verification = unit.verifications.get(held.verification_id) if held else None
        pack = parts.packs.get(verification.domain) if verification else None
        if pack is not None:
            session.ask_next(unit, interview_id, pack, None, session.WRITTEN, parts.clock())


def learn_where_possible(parts: Components) -> None:
    """Make the first example set of each project that has enough annotations for one and has none yet."""
    from ls_expert_plugin.ml_backend.learned.first_learning import learn_new_projects

    if parts.label_studio is None:
        return
    try:
        learn_new_projects(parts.store, parts.label_studio, parts.clock(), blind_arm(parts.settings))
    except LabelStudioError as problem:
        logger.info("learning waits: %s", problem.message)
