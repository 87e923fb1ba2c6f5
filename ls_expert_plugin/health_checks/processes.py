"""Checks of the processes that run: whether there is a worker, and whether all have one configuration and one broker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from ls_expert_plugin.bootstrap import now_utc
from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.health_checks.check_result import CheckResult, results_of
from ls_expert_plugin.routing.configuration import differing
from ls_expert_plugin.storage.migrate import problem_with
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.worker.presence import this_process

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.storage.repositories.operations.instances import Instance

_ok, _warn, _fail = results_of("processes")


def processes(settings: Settings) -> Iterator[CheckResult]:
    """A finding for each thing that does not fit, or one that all does; none without a database."""
    try:
        packs = load_packs(settings.domains_dir)
    except ExpertError as problem:
        yield _fail(problem.message, "`ls-expert domains lint` shows every mistake in the packs.")
        return
    if problem_with(settings.database_url) is not None:
        return
    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        live, current = unit.instances.live(now_utc()), unit.instances.current_configuration(now_utc())
    yield from report(live, current, this_process(settings, packs, "doctor"))


def report(live: Iterable[Instance], current: str | None, here: Instance) -> Iterator[CheckResult]:
    """``current``: the configuration that counts; ``here``: this command, as if it were one of them. Pure."""
    live = tuple(live)
    workers = [one for one in live if one.kind == "worker"]
    leading = next((one for one in workers if one.configuration == current), None)
    if leading is None:
        yield _warn("no worker runs: jobs wait, and nothing is read from Label Studio", "Start `ls-expert worker`.")
        return
    outdated = [one for one in (*live, here) if one.configuration != current]
    for one in outdated:
        who = "this command" if one is here else f"the {one.kind} on {one.host}"
        yield _fail(f"{who} does not recompute who may work on what: the worker on {leading.host} has newer packs or settings "
                    f"({differing(one.packs, leading.packs)})", "Give both the same packs, settings and version.")
    for one in live:
        if one.broker != leading.broker:
            yield _fail(f"LS_EXPERT_BROKER_URL: the {one.kind} on {one.host} hands jobs over elsewhere than the worker on {leading.host} takes them",
                        "Set it to the same redis://host:6379/0 everywhere.")
    if not outdated and all(one.broker == leading.broker for one in live):
        services = len(live) - len(workers)
        yield _ok(f"processes that run: {len(workers)} of the worker, {services} of the service; all with the same packs, settings and broker")
