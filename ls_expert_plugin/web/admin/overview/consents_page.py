"""View of consents for managers: which text of each purpose is in force, and who has agreed to it or withdrawn; nothing else about anybody."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from flask import Blueprint, Response, render_template, request

from ls_expert_plugin.vetting.consent import PURPOSES, Purpose
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.csv_download import csv_download
from ls_expert_plugin.web.pagination import Slice, cut, mentions
from ls_expert_plugin.web.services import services

blueprint = Blueprint("consents", __name__, url_prefix="/admin")

State = Literal["agreed", "earlier", "withdrawn", "none"]
WORDS: Mapping[State, str] = {"agreed": "Agreed", "earlier": "Agreed to an earlier text", "withdrawn": "Withdrawn", "none": "Not agreed"}
Latest = Mapping[tuple[int, str], tuple[str, dt.datetime, dt.datetime | None]]


@dataclass(frozen=True)
class ConsentState:
    """Where somebody stands with one purpose: the version they agreed to, and since when it is so (None: never agreed)."""

    state: State
    version: str
    since_utc: dt.datetime | None


@dataclass(frozen=True)
class ConsentRowView:
    """One person with a state for each purpose, in the order of ``PURPOSES``."""

    person: Person
    states: tuple[ConsentState, ...]


@dataclass(frozen=True)
class ConsentsPage:
    """``counts``: by purpose and state, of everybody; ``shown``: those that match the search."""

    purposes: tuple[Purpose, ...]
    counts: Mapping[tuple[str, State], int]
    shown: Slice[ConsentRowView]
    search: str


@blueprint.get("/consents")
def page() -> str:
    """Counts by purpose, and everybody or those that match a search."""
    signed_in_manager()
    everybody, search = _everybody(), _search()
    counts = Counter((purpose.id, state.state) for row in everybody for purpose, state in zip(PURPOSES, row.states, strict=True))
    found = matching(everybody, search)
    return render_template(
        "admin/overview/consents.html", page=ConsentsPage(PURPOSES, counts, cut(found, request.args.get("page")), search), words=WORDS,
    )


@blueprint.get("/consents.csv")
def download() -> Response:
    """The same table as CSV: everybody, or those that match the search."""
    signed_in_manager()
    columns = ["Name", "E-mail"]
    for purpose in PURPOSES:
        columns += [purpose.title, f"{purpose.title}: version", f"{purpose.title}: since (UTC)"]
    rows = (
        [row.person.name, row.person.email, *(cell for one in row.states for cell in (WORDS[one.state], one.version, one.since_utc))]
        for row in matching(_everybody(), _search())
    )
    return csv_download("consents", columns, rows, services().clock())


def matching(everybody: Sequence[ConsentRowView], search: str) -> list[ConsentRowView]:
    """Those with all words of ``search`` in name or address. Pure."""
    return [row for row in everybody if mentions(search, row.person.name, row.person.email)]


def _search() -> str:
    return request.args.get("q", "").strip()


def state_of(person_id: int, purpose: Purpose, latest: Latest) -> ConsentState:
    """Where somebody stands with a purpose. Pure."""
    if (person_id, purpose.id) not in latest:
        return ConsentState("none", "", None)
    version, given, withdrawn = latest[person_id, purpose.id]
    if withdrawn is not None:
        return ConsentState("withdrawn", version, withdrawn)
    return ConsentState("agreed" if version == purpose.version else "earlier", version, given)


def _everybody() -> Sequence[ConsentRowView]:
    with services().store.read() as unit:
        people, latest = unit.people.all(), unit.consents.latest()
    return [ConsentRowView(person, tuple(state_of(person.id, purpose, latest) for purpose in PURPOSES)) for person in people]
