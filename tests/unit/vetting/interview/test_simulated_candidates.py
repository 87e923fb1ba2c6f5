"""Simulated candidates hold the interview: it always ends, and leaves no mandatory topic out."""

from __future__ import annotations

import statistics
from collections import Counter

import pytest

from benchmarks.vetting.judging import by_oracle
from benchmarks.vetting.personas import KINDS, Persona, personas
from benchmarks.vetting.simulated import Held, archetype, covered, hold, table
from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.vetting.interview.planner import next_question
from ls_expert_plugin.vetting.values import Turn


@pytest.fixture(scope="module")
def packs() -> dict[str, Pack]:
    """The domains that come along."""
    return load_packs(None)


@pytest.fixture(scope="module")
def held(packs: dict[str, Pack]) -> list[tuple[Persona, tuple[Turn, ...]]]:
    """Every candidate's interview."""
    return [(one, hold(packs[one.domain], one, next_question)) for one in personas(packs)]


def test_there_are_enough_of_every_kind(packs: dict[str, Pack]) -> None:
    """At least forty, in three domains, six kinds, none twice."""
    all_of_them = list(personas(packs))
    assert len(all_of_them) >= 40 and len({one.name for one in all_of_them}) == len(all_of_them)
    assert set(Counter((one.domain, one.kind) for one in all_of_them)) == {(domain, kind) for domain in packs for kind in KINDS}


def test_every_interview_ends_in_time_and_touches_every_topic(packs: dict[str, Pack], held: list[tuple[Persona, tuple[Turn, ...]]]) -> None:
    """Twelve answers at most, for those who say nothing too; in 95 of 100 interviews nothing mandatory is left out; the same again."""
    whole = 0
    for one, turns in held:
        pack = packs[one.domain]
        assert sum(turn.speaker == "candidate" for turn in turns) <= 12
        got, wanted = covered(pack, turns)
        whole += got == wanted
    assert whole >= 0.95 * len(held)
    assert hold(packs[held[0][0].domain], held[0][0], next_question) == held[0][1]


def test_who_shows_more_is_asked_less(held: list[tuple[Persona, tuple[Turn, ...]]]) -> None:
    """It stops by what is known, not by the number of answers: an expert is done before somebody who talks around it."""
    lengths = {
        kind: statistics.median(len(turns) for one, turns in held if one.kind == kind) for kind in KINDS
    }
    assert lengths["expert"] < lengths["bluffing"] and lengths["expert"] < lengths["off-topic"]


def test_the_oracle_recovers_three_of_four(packs: dict[str, Pack], held: list[tuple[Persona, tuple[Turn, ...]]]) -> None:
    """And errs, as it says that it does."""
    judged = [
        Held(one, turns, by_oracle(packs[one.domain], one, turns, f"{one.seed}:{chance}")) for one, turns in held for chance in range(3)
    ]
    assert 0.75 <= statistics.mean(archetype(one.judged) == one.persona.kind for one in judged) < 1
    assert "archetype recovered in" in table("As planned", packs, judged)
