"""What ``ls-expert doctor`` says of the processes that run: whether there is a worker, and whether all have one configuration and one broker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from ls_expert_plugin.routing.configuration import differing

if TYPE_CHECKING:
    from ls_expert_plugin.storage.repositories.operations.instances import Instance

Line = tuple[Literal["ok", "change", "note"], str]


def report(live: Iterable[Instance], current: str | None, here: Instance) -> Iterator[Line]:
    """``current``: the configuration that counts; ``here``: this command, as if it were one of them. Pure."""
    live = tuple(live)
    workers = [one for one in live if one.kind == "worker"]
    leading = next((one for one in workers if one.configuration == current), None)
    if leading is None:
        yield "note", "no worker runs: what is handed over waits until `ls-expert worker` is started."
        return
    outdated = [one for one in (*live, here) if one.configuration != current]
    for one in outdated:
        who = "this command" if one is here else f"the {one.kind} on {one.host}"
        yield "change", (f"{who} does not recompute who may work on what: the worker on {leading.host} has newer packs or settings "
                         f"({differing(one.packs, leading.packs)}). Give both the same packs, settings and version.")
    for one in live:
        if one.broker != leading.broker:
            yield "change", (f"LS_EXPERT_BROKER_URL: the {one.kind} on {one.host} hands jobs over elsewhere than the worker on {leading.host} takes them. "
                             "Set it to the same redis://host:6379/0 everywhere.")
    if not outdated and all(one.broker == leading.broker for one in live):
        services = len(live) - len(workers)
        yield "ok", f"processes that run: {len(workers)} of the worker, {services} of the service; all with the same packs, settings and broker"
