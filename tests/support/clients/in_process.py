"""Calls that are made on a Label Studio by the hundred: sent to ``tests/inside/calls.py``, which makes them in Label Studio's own
environment, without sockets. The same resolver, middlewares, views and database; two milliseconds instead of fifty.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.servers.label_studio import SETTINGS_MODULE, LabelStudio, Member

INSIDE = Path(__file__).parents[2] / "inside"


@dataclass(frozen=True)
class Call:
    """One request. ``who`` names an identity; ``options`` may hold ``json``, ``form``, ``multipart``, or ``content`` with its ``type``, a body;
    and ``accept``, a header, or several ``headers``.

    What an ``is_undone`` call does to the database is taken back after it.
    """

    who: str
    method: str
    address: str
    options: Mapping[str, Any] = field(default_factory=dict)
    is_undone: bool = False

    def __str__(self) -> str:
        body = f" {json.dumps(self.options)}" if self.options else ""
        return f"{self.who}: {self.method} {self.address}{body}"


@dataclass(frozen=True)
class Answer:
    """What came back. ``digest`` is of headers and body without ids; ``canary`` what stood around one, if one came.

    ``wrote``: the tables written to; ``statements``: how often the database was asked. ``outward``: other machines that Label
    Studio tried to reach. ``changed``: rows of others that this very call changed, where it was asked to explain.
    """

    status: int
    digest: str
    excerpt: str
    canary: str | None
    wrote: list[str]
    statements: int
    outward: list[str]
    changed: list[str] = field(default_factory=list)

    @property
    def was_stopped(self) -> bool:
        """Nothing of the canaries shown, nothing of others changed."""
        return self.canary is None and not self.changed


@dataclass(frozen=True)
class Others:
    """Everything but what these people and projects own: it has to stay as it is."""

    own_people: Collection[int]
    own_projects: Collection[int]


def make(
    label_studio: LabelStudio, folder: Path, identities: Mapping[str, Mapping[str, Any]], calls: Sequence[Call], *, canary: str = "",
    numbers: Collection[int] = (), others: Others | None = None, explains: bool = False,
    settings_module: str = SETTINGS_MODULE, env: Mapping[str, str] | None = None, processes: int = 1, still: tuple[str, Sequence[str]] | None = None,
) -> tuple[list[Answer], list[str]]:
    """The answers, in order, and what has changed of what belongs to others; and which addresses of ``still`` (who, addresses) no longer
    answered after some of the writes.

    ``numbers`` are ids that may differ between two answers that are to be alike. ``explains``: look for changes after each call
    that writes, a tenth of a second each. Of several processes each makes a part of the calls, one
    after the other, at the same time as the others.
    """
    job = {
        "identities": identities, "canary": canary, "numbers": list(numbers), "explains": explains,
        "still": {"who": still[0], "addresses": list(still[1])} if still else None,
        "others": {"own_people": list(others.own_people), "own_projects": list(others.own_projects)} if others else None,
    }
    each = -(-len(calls) // processes)
    parts = [calls[start:start + each] for start in range(0, len(calls), each)]

    def run(part: Sequence[Call]) -> dict[str, Any]:
        name = uuid.uuid4().hex
        asked, answered = folder / f"{name}-job.json", folder / f"{name}-answers.json"
        asked.write_text(json.dumps({
            **job, "calls": [[call.who, call.method, call.address, call.options, call.is_undone] for call in part],
        }))
        label_studio.run_inside(
            INSIDE / "calls.py", settings_module=settings_module, extra_env=env, within_s=3600, job=str(asked), answers=str(answered)
        )
        return dict(json.loads(answered.read_text()))

    with ThreadPoolExecutor(processes) as pool:
        done = list(pool.map(run, parts))
    answers = [Answer(**answer) for one in done for answer in one["answers"]]
    return answers, [line for one in done for line in (*one["changed"], *(f"no longer answers: {line}" for line in one["broken"]))]


def ways_in(member: Member) -> dict[str, dict[str, Any]]:
    """One person's identities, by way in: session, legacy token, X-Api-Key, JWT made from a personal access token."""
    secrets = member.secrets()
    return {
        "session": {"cookies": secrets["cookies"], "headers": {"X-CSRFToken": secrets["cookies"]["csrftoken"]}},
        "legacy token": {"headers": {"Authorization": f"Token {secrets['legacy']}"}},
        "X-Api-Key": {"headers": {"X-Api-Key": secrets["legacy"]}},
        "JWT": {"refresh": secrets["personal"]},
    }
