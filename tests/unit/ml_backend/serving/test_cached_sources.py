"""How the ML backend reads example sets out of the database."""

import datetime as dt

from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.serving.cached_sources import CACHE_S, StoredExamples
from ls_expert_plugin.storage.unit_of_work import Database

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)


def _set(version: str, ls_project_id: int = 3) -> ExampleSet:
    return ExampleSet(ls_project_id, version, "<View/>", ({"data": {"text": "ä 😀"}, "result": []},))


def _add(store: Database, example_set: ExampleSet, minutes: int = 0) -> None:
    with store.begin() as unit:
        unit.examples.add(example_set, NOON + dt.timedelta(minutes=minutes))


def test_a_new_set_is_noticed_within_seconds(sqlite_store: Database) -> None:
    """The database is asked at most every five seconds; what is new then is served."""
    now = 100.0
    source = StoredExamples(sqlite_store, clock=lambda: now)
    assert source.latest(3) is None
    _add(sqlite_store, _set("one"))
    assert source.latest(3) is None
    now += CACHE_S
    first = source.latest(3)
    assert first == _set("one")
    now += CACHE_S
    assert source.latest(3) is first, "an unchanged set is not read again"
    _add(sqlite_store, _set("two"), minutes=1)
    now += CACHE_S
    assert source.latest(3) == _set("two")
