"""The data on which is measured: filled once, then copied and shrunk."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.routing import places
from benchmarks.routing.options import FEWER, Sizes
from benchmarks.routing.places import Place
from benchmarks.routing.servers import PASSWORD, Server, run_inside
from tests.support.servers.postgresql import PostgresServer


@dataclass(frozen=True)
class Prepared:
    """``whole``: all data, without the extension. ``visible``: the same, less the projects that the expert does not see.

    ``granted``: all data, with the extension and the memberships. ``small``: the same with a tenth of the users that have
    memberships, and a tenth of the projects that the expert does not see. ``seen``: the ids of those they do.
    """

    whole: Place
    visible: Place
    granted: Place
    small: Place
    manager_email: str
    expert_email: str
    seen: tuple[int, ...]


def prepare(folder: Path, sizes: Sizes, server: PostgresServer | None, binaries: Path) -> Prepared:
    """Fill, copy and shrink. ``folder`` is new or empty."""
    _say("an empty Label Studio …")
    whole = places.on_sqlite(folder / "whole") if server is None else places.on_postgresql(folder / "whole", server)
    Server("stock", whole, binaries).stop()
    _say(f"{sizes.users} users, {sizes.projects} projects, {sizes.tasks} tasks …")
    filled = run_inside("fill.py", "stock", whole, binaries, password=PASSWORD, **asdict(sizes))
    users = filled["users"]
    granted = places.copy(whole, folder / "granted", server)
    _say("memberships …")
    seen = run_inside("grant.py", "extended", granted, binaries, users=users, manager=users[0], expert=users[1])["visible"]
    hidden = sorted(set(filled["projects"]) - set(seen))
    _say("copies …")
    visible, small = places.copy(whole, folder / "visible", server), places.copy(granted, folder / "small", server)
    run_inside("shrink.py", "stock", visible, binaries, projects=hidden, users=[])
    few = users[:max(2, len(users) // FEWER)]
    run_inside("shrink.py", "extended", small, binaries, projects=hidden[len(hidden) // FEWER:], users=sorted(set(users) - set(few)))
    for place in (whole, visible, granted, small):
        places.tidy(place, server)
    return Prepared(whole, visible, granted, small, "user0@bench.example", "user1@bench.example", tuple(seen))


def _say(text: str) -> None:
    print(f"  preparing: {text}", flush=True)

