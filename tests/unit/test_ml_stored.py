"""Example sets in the database, and how the ML backend reads them."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from ls_expert_plugin.ml_backend.examples import ExampleSet
from ls_expert_plugin.ml_backend.stored import CACHE_S, StoredExamples
from ls_expert_plugin.storage.store import Store
from ls_expert_plugin.storage.tables import Base

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)


def _set(version: str, ls_project_id: int = 3) -> ExampleSet:
    return ExampleSet(ls_project_id, version, "<View/>", ({"data": {"text": "ä 😀"}, "result": []},))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path / 'expert.sqlite3'}")
    Base.metadata.create_all(made.engine)
    yield made
    made.close()


def _add(store: Store, example_set: ExampleSet, minutes: int = 0) -> None:
    with store.begin() as unit:
        unit.examples.add(example_set, NOON + dt.timedelta(minutes=minutes))


def test_the_set_added_last_is_in_use(store: Store) -> None:
    """A set comes back as it was put in, and each project has its own."""
    _add(store, _set("one"))
    _add(store, _set("two"), minutes=1)
    _add(store, _set("other", ls_project_id=4), minutes=2)
    with store.begin() as unit:
        assert unit.examples.latest(3) == _set("two")
        assert unit.examples.latest_version(3) == "two"
        assert unit.examples.versions(3) == ["two", "one"]
        assert (unit.examples.latest(5), unit.examples.latest_version(5), unit.examples.versions(5)) == (None, None, [])


def test_a_set_can_be_put_into_use_again(store: Store) -> None:
    """Learning the same annotations again gives the same version, once in the list."""
    _add(store, _set("one"))
    _add(store, _set("two"), minutes=1)
    _add(store, _set("one"), minutes=2)
    with store.begin() as unit:
        assert unit.examples.versions(3) == ["one", "two"]


def test_a_new_set_is_noticed_within_seconds(store: Store) -> None:
    """The database is asked at most every five seconds; what is new then is served."""
    now = 100.0
    source = StoredExamples(store, clock=lambda: now)
    assert source.latest(3) is None
    _add(store, _set("one"))
    assert source.latest(3) is None
    now += CACHE_S
    first = source.latest(3)
    assert first == _set("one")
    now += CACHE_S
    assert source.latest(3) is first, "an unchanged set is not read again"
    _add(store, _set("two"), minutes=1)
    now += CACHE_S
    assert source.latest(3) == _set("two")
