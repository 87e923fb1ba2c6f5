"""``ls-expert doctor``: whether the processes that run have one configuration and one broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import ExpertError

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.worker.report import Line


def processes_report(settings: Settings) -> Iterator[Line]:
    """A line for each finding; none without a database."""
    from ls_expert_plugin.bootstrap import now_utc
    from ls_expert_plugin.domains.loader import load_packs
    from ls_expert_plugin.storage.migrate import problem_with
    from ls_expert_plugin.storage.unit_of_work import Database
    from ls_expert_plugin.worker.presence import this_process
    from ls_expert_plugin.worker.report import report

    try:
        packs = load_packs(settings.domains_dir)
    except ExpertError as problem:
        yield "change", problem.message
        return
    if problem_with(settings.database_url) is not None:
        return
    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        live, current = unit.instances.live(now_utc()), unit.instances.current_configuration(now_utc())
    yield from report(live, current, this_process(settings, packs, "doctor"))
