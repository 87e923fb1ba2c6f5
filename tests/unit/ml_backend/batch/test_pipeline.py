"""A run over a project: every answer once, batches, failures, being stopped and killed, others at work; and the throttle."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.ml_backend.batch import pipeline
from ls_expert_plugin.ml_backend.batch.concurrency_limit import Throttle
from ls_expert_plugin.ml_backend.llm.budget import Budget, Price
from ls_expert_plugin.ml_backend.serving.single_flight import PredictionKey


class Shelf:
    """In memory; as the stored one."""

    def __init__(self) -> None:
        self.rows: dict[PredictionKey, dict[str, Any] | None] = {}
        self._lock = threading.Lock()

    def take(self, keys: Sequence[PredictionKey]) -> tuple[dict[PredictionKey, dict[str, Any]], set[PredictionKey]]:
        with self._lock:
            ready = {key: row for key in keys if (row := self.rows.get(key)) is not None}
            mine = {key for key in keys if key not in self.rows}
            self.rows.update(dict.fromkeys(mine))
            return ready, mine

    def ready(self, keys: Sequence[PredictionKey]) -> tuple[dict[PredictionKey, dict[str, Any]], set[PredictionKey]]:
        with self._lock:
            return {key: row for key in keys if (row := self.rows.get(key)) is not None}, {key for key in keys if self.rows.get(key, {}) is None}

    def put(self, made: Mapping[PredictionKey, dict[str, Any] | None]) -> None:
        with self._lock:
            for key, row in made.items():
                if row is None:
                    self.rows.pop(key, None)
                else:
                    self.rows[key] = row


class Maker:
    """Makes what a function says; counts."""

    def __init__(self, says: Callable[[int], dict[str, Any] | None] = lambda number: {"result": [number]}, takes_s: float = 0.0) -> None:
        self.says, self.takes_s = says, takes_s
        self.made: list[int] = []
        self._lock = threading.Lock()

    def key(self, task: object) -> PredictionKey:
        assert isinstance(task, Mapping)
        return PredictionKey(3, task["id"], "v", str(task["id"]))

    def make(self, task: object) -> dict[str, Any] | None:
        assert isinstance(task, Mapping)
        time.sleep(self.takes_s)
        with self._lock:
            self.made.append(task["id"])
        return self.says(task["id"])


def _pages(count: int, size: int = 50) -> Iterator[list[dict[str, Any]]]:
    for start in range(1, count + 1, size):
        yield [{"id": number, "data": {}} for number in range(start, min(start + size, count + 1))]


def _run(maker: Maker, shelf: Shelf, sent: list[int], count: int = 500, **more: Any) -> pipeline.Totals:
    stop = more.pop("stop", threading.Event())
    send = more.pop("send", lambda batch: sent.extend(task for task, _ in batch))
    return pipeline.run(_pages(count), maker, shelf, send, concurrency=8, stop=stop, **more)


def test_every_task_is_made_and_sent_once() -> None:
    """In batches; what is empty or failed is not sent, and what failed is not kept."""
    batches: list[int] = []
    sent: list[int] = []

    def send(batch: Sequence[tuple[int, dict[str, Any]]]) -> None:
        batches.append(len(batch))
        sent.extend(task for task, _ in batch)

    shelf, maker = Shelf(), Maker(lambda number: None if number % 100 == 0 else {} if number % 10 == 0 else {"result": [number]})
    totals = _run(maker, shelf, sent, send=send)
    assert sorted(maker.made) == list(range(1, 501)) and sorted(sent) == [n for n in range(1, 501) if n % 10]
    assert (totals.tasks, totals.made, totals.empty, totals.failed, totals.why) == (500, 450, 45, 5, "")
    assert len(batches) < 30 and len(shelf.rows) == 495


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 400), st.booleans())
def test_a_run_that_is_stopped_goes_on_where_it_ended(after: int, is_killed: bool) -> None:
    """Whether it was asked to stop, or Label Studio went away in the middle: no answer is made twice, none is missing."""
    shelf, maker, sent, stop = Shelf(), Maker(), list[int](), threading.Event()

    def send(batch: Sequence[tuple[int, dict[str, Any]]]) -> None:
        if len(sent) + len(batch) > after:
            if is_killed:
                raise LabelStudioError("Label Studio went away.")
            stop.set()
        sent.extend(task for task, _ in batch)

    if is_killed:
        with contextlib.suppress(LabelStudioError):
            _run(maker, shelf, sent, send=send, stop=stop)
    else:
        _run(maker, shelf, sent, send=send, stop=stop)
    assert None not in shelf.rows.values(), "nothing is left taken"
    there = set(sent)
    again = list[int]()
    pages = ([task for task in page if task["id"] not in there] for page in _pages(500))
    totals = pipeline.run(pages, maker, shelf, lambda batch: again.extend(task for task, _ in batch), concurrency=8, stop=threading.Event())
    assert sorted(sent + again) == list(range(1, 501)) and sorted(maker.made) == list(range(1, 501)) and totals.why == ""


def test_after_label_studio_refused_once_nothing_more_is_sent() -> None:
    """What is made by then is on the shelf for the next run; the refusal is raised, and Label Studio is not asked again and again."""
    many_are_made, batches = threading.Event(), list[int]()

    def make(number: int) -> dict[str, Any]:
        if number == 3 * pipeline.BATCH:
            many_are_made.set()
        return {"result": [number]}

    def send(batch: Sequence[tuple[int, dict[str, Any]]]) -> None:
        batches.append(len(batch))
        many_are_made.wait(30)  # more than another batch waits by now
        raise LabelStudioError("Label Studio refused them.")

    shelf = Shelf()
    with pytest.raises(LabelStudioError, match="refused"):
        _run(Maker(make), shelf, [], count=4 * pipeline.BATCH, send=send)
    assert len(batches) == 1 and sum(row is not None for row in shelf.rows.values()) > 2 * pipeline.BATCH


def test_an_endpoint_that_is_down_ends_the_run() -> None:
    """After so many failures in a row, without asking for the other thousands."""
    maker = Maker(lambda number: None)
    totals = _run(maker, Shelf(), [], count=5000)
    assert "in a row failed" in totals.why and totals.made == 0 and len(maker.made) < 200


def test_what_others_make_is_waited_for_and_taken_over() -> None:
    """One that they finish is sent, one that they give up is made here."""
    shelf, maker, sent = Shelf(), Maker(), list[int]()
    theirs = [maker.key({"id": number}) for number in (1, 2)]
    shelf.take(theirs)

    def finish() -> None:
        time.sleep(0.3)
        shelf.put({theirs[0]: {"result": ["theirs"]}, theirs[1]: None})

    thread = threading.Thread(target=finish)
    thread.start()
    totals = _run(maker, shelf, sent, count=20)
    thread.join()
    assert sorted(sent) == list(range(1, 21)) and 1 not in maker.made and 2 in maker.made and totals.kept == 1


def test_progress_is_told_and_only_grows() -> None:
    """From nothing to everything."""
    told: list[pipeline.Totals] = []
    _run(Maker(takes_s=0.001), Shelf(), [], told=told.append)
    done = [one.done for one in told]
    assert done == sorted(done) and done[-1] == 500


def test_the_throttle_halves_once_for_failures_that_come_together_and_recovers() -> None:
    """Never below one, never above the most."""
    now = [0.0]
    throttle, stop = Throttle(16, lambda: now[0]), threading.Event()

    def leave(worked: bool, times: int = 1) -> None:
        for _ in range(times):
            assert throttle.enter(stop)
            throttle.leave(worked=worked)

    leave(False, 5)
    assert throttle.limit == 8
    for _ in range(10):
        now[0] += 3
        leave(False)
    assert throttle.limit == 1
    leave(True, 300)
    assert throttle.limit == 16
    stop.set()
    assert not throttle.enter(stop)


def test_the_throttle_lets_no_more_in_than_its_limit() -> None:
    """Ten threads, three places."""
    throttle, stop, inside, most = Throttle(3), threading.Event(), [0], [0]
    lock = threading.Lock()

    def go() -> None:
        for _ in range(20):
            assert throttle.enter(stop)
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.001)
            with lock:
                inside[0] -= 1
            throttle.leave(worked=True)

    threads = [threading.Thread(target=go) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 3


def test_a_day_ends_when_its_tokens_are_spent() -> None:
    """Looked up every few seconds; a new day begins by itself."""
    spent, now = [0], [0.0]
    budget = Budget(100, lambda: spent[0], lambda: now[0])
    assert budget.is_open()
    spent[0] = 100
    assert budget.is_open(), "not looked up again yet"
    now[0] += 6
    assert not budget.is_open()
    spent[0] = 0
    now[0] += 6
    assert budget.is_open() and Budget(None, lambda: 1 << 60).is_open()


@pytest.mark.parametrize(("read", "written", "cost"), [(1_000_000, 0, 0.15), (0, 1_000_000, 0.6), (2_000_000, 500_000, 0.6)])
def test_prices_are_of_a_million_tokens(read: int, written: int, cost: float) -> None:
    """Read and written ones by themselves."""
    assert Price(0.15, 0.6).of(read, written) == pytest.approx(cost)
