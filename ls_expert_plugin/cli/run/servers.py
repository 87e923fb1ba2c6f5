"""Starts one process of ours in the foreground: the service, the worker, the ML backend, or Label Studio.

Each function returns only when the process ends. Label Studio replaces this process, so that signals reach it directly.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import StartError

# Threads of the ML backend that no prediction may keep: for /health and /setup.
KEPT_FREE = 4
# So long somebody waits for an answer because others change the same thing; then they are told so.
REQUEST_LOCK_TIMEOUT_S = 10.0


def run_label_studio(arguments: Sequence[str]) -> None:
    """Label Studio's own ``label-studio`` command with our settings module. Runs in Label Studio's environment."""
    if importlib.util.find_spec("label_studio") is None:
        raise StartError(
            "Label Studio is not installed here. Run this command in Label Studio's own environment, with this package "
            "installed beside it."
        )
    os.environ["DJANGO_SETTINGS_MODULE"] = "ls_expert_plugin.label_studio.settings"
    command = "from label_studio.server import main; main()"
    os.execv(sys.executable, [sys.executable, "-c", command, *(arguments or ["start", "--no-browser"])])  # noqa: S606  (replaces us)


def run_service(settings: Settings, host: str, port: int, workers: int, threads: int) -> None:
    """The expert service, in gunicorn. Threads, because a streamed interview holds one."""
    from ls_expert_plugin.domains.loader import load_packs

    def make() -> Any:
        from ls_expert_plugin.bootstrap import assemble
        from ls_expert_plugin.prelabels.switching import load_offer
        from ls_expert_plugin.web.app import create_app
        from ls_expert_plugin.web.services import Services
        from ls_expert_plugin.worker.presence import Presence
        from ls_expert_plugin.worker.queue import make_queue

        parts = assemble(settings, queue=make_queue(settings), threads=threads, lock_timeout_s=REQUEST_LOCK_TIMEOUT_S)
        presence = Presence(parts, "service")
        presence.start()
        atexit.register(presence.stop)
        return create_app(Services(
            settings=settings, store=parts.store, packs=parts.packs, interview_model=parts.interview_model,
            routing=parts.routing, queue=parts.queue, clock=parts.clock, token_owner=parts.token_owners.owner, checks=parts.checks,
            prelabel_offer=lambda ls_project_id: load_offer(parts, ls_project_id),
            member=parts.extension.member, task_counts=parts.extension.task_counts,
        ))

    load_packs(settings.domains_dir)  # a broken pack stops the start here, not in a server process that is tried again
    _require_migrated(settings)
    _require_one_broker(settings)
    _gunicorn(make, host, port, workers, threads, "ls-expert serve")


def run_ml_backend(settings: Settings, host: str, port: int, workers: int, threads: int, model: str | None = None) -> None:
    """The ML backend, in gunicorn. ``model``: a team's own, as ``package.module:Class``."""
    if importlib.util.find_spec("label_studio_ml") is None:
        raise StartError(
            "label-studio-ml is not installed. Its release on the package index asks for a Flask of 2021, so install it "
            "without its dependencies: pip install --no-deps label-studio-ml==1.0.9"
        )

    def make() -> Any:
        from ls_expert_plugin.bootstrap import now_utc
        from ls_expert_plugin.llm.factory import connect
        from ls_expert_plugin.ls_client.sdk import SdkClient
        from ls_expert_plugin.ml_backend.label_config.images import pictures
        from ls_expert_plugin.ml_backend.llm.budget import daily_budget
        from ls_expert_plugin.ml_backend.serving.app import create_app
        from ls_expert_plugin.ml_backend.serving.cached_sources import StoredExamples, StoredProjects
        from ls_expert_plugin.ml_backend.serving.custom_model import TeamModel
        from ls_expert_plugin.ml_backend.serving.predictor_factory import PredictorSources
        from ls_expert_plugin.ml_backend.serving.services import BackendServices
        from ls_expert_plugin.protocol.handshake import ml_password
        from ls_expert_plugin.storage.llm_call_log import StoredCallLog
        from ls_expert_plugin.storage.prediction_cache import StoredPredictionCache
        from ls_expert_plugin.storage.unit_of_work import Database

        store = Database(settings.database_url, settings.encryption_keys, connections=threads)
        studio = SdkClient(settings.label_studio_url, settings.label_studio_token) if settings.prelabel_pictures and settings.label_studio_token else None
        sources = PredictorSources(
            StoredExamples(store), connect(settings, settings.prelabel_model, StoredCallLog(store, now_utc)), StoredProjects(store, now_utc),
            settings.prelabel_samples, daily_budget(settings, store, now_utc), pictures(settings, studio),
        )
        return create_app(BackendServices(
            sources, StoredPredictionCache(store, now_utc), TeamModel(model) if model else None, ml_password(settings.ml_password, settings.shared_secret),
            concurrency=settings.prelabel_concurrency, predict_slots=max(1, threads - KEPT_FREE),
        ))

    if model:
        from ls_expert_plugin.ml_backend.serving.custom_model import TeamModel

        sys.path.insert(0, os.getcwd())  # where a team's file lies beside the command
        TeamModel(model)  # a name that is wrong stops the start here
    _require_migrated(settings)
    _gunicorn(make, host, port, workers, threads, "ls-expert ml-backend")


def run_worker(settings: Settings, threads: int) -> None:
    """The worker and its clock, in one process. Of several workers' clocks one is elected."""
    from ls_expert_plugin.bootstrap import assemble
    from ls_expert_plugin.worker.app import make_worker
    from ls_expert_plugin.worker.beat import Beat
    from ls_expert_plugin.worker.presence import Presence
    from ls_expert_plugin.worker.queue import make_queue

    _require_migrated(settings)
    _require_one_broker(settings)
    # A job has its mutex and its lease beside its unit; the clock has one, and presence.
    parts = assemble(settings, queue=make_queue(settings), threads=3 * threads + 2)
    app = make_worker(settings, parts)
    presence = Presence(parts, "worker")
    presence.start()
    beat = Beat(app, parts.store, presence.instance.host)
    beat.start()
    try:
        app.worker_main([
            "worker", "--pool", "threads", "--concurrency", str(threads), "--loglevel", "INFO",
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        ])
    finally:
        beat.stop()
        presence.stop()


def _require_one_broker(settings: Settings) -> None:
    from ls_expert_plugin.worker.presence import require_one_broker

    require_one_broker(settings)


def _gunicorn(make: Callable[[], Any], host: str, port: int, workers: int, threads: int, name: str) -> None:
    from gunicorn.app.base import BaseApplication

    options: Mapping[str, Any] = {
        "bind": f"{host}:{port}", "workers": workers, "threads": threads, "worker_class": "gthread", "proc_name": name,
        "timeout": 120, "graceful_timeout": 10, "accesslog": None, "errorlog": "-", "loglevel": "warning",
        # No control socket in the user's home: two installs of one user must not meet there.
        "control_socket_disable": True,
    }

    class _Application(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            for key, value in options.items():
                if key in self.cfg.settings:
                    self.cfg.set(key, value)

        def load(self) -> Any:
            return make()

    _Application().run()


def _require_migrated(settings: Settings) -> None:
    # Not above: in Label Studio's environment, where this module is imported too, there is no SQLAlchemy.
    from ls_expert_plugin.storage.migrate import require_migrated

    require_migrated(settings)
