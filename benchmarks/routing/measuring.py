"""Asking two Label Studios by turns, and keeping the times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.routing.operations import OPERATIONS, Asker, Operation, Project


@dataclass(frozen=True)
class Pair:
    """Two that are compared: whose figure is the denominator, and whose the numerator."""

    title: str
    first: Asker
    second: Asker


@dataclass(frozen=True)
class Measured:
    """One operation for one pair: times in milliseconds, one of each round, and queries of one request after warming up."""

    pair: str
    operation: str
    first_ms: Sequence[float]
    second_ms: Sequence[float]
    first_queries: int
    second_queries: int


def measure(pair: Pair, projects: Sequence[Project], rounds: int, warmup: int) -> list[Measured]:
    """Each operation on each project of the sequence in turn: ``warmup`` rounds, one that counts queries, then ``rounds``.

    Both sides are asked about the same projects in the same order, one request at a time; who is asked first changes from
    round to round. Needs as many projects as there are rounds in all.
    """
    return [_measure(pair, operation, projects, rounds, warmup) for operation in OPERATIONS]


def _measure(pair: Pair, operation: Operation, projects: Sequence[Project], rounds: int, warmup: int) -> Measured:
    calls = [operation.call(project) for project in projects]
    for call in calls[:warmup]:
        pair.first.ask(call)
        pair.second.ask(call)
    queries = pair.first.count(calls[warmup]), pair.second.count(calls[warmup])
    first_ms, second_ms = [], []
    for number, call in enumerate(calls[warmup + 1:warmup + 1 + rounds]):
        if number % 2:
            first_ms.append(pair.first.ask(call))
            second_ms.append(pair.second.ask(call))
        else:
            second_ms.append(pair.second.ask(call))
            first_ms.append(pair.first.ask(call))
    return Measured(pair.title, operation.name, first_ms, second_ms, *queries)
