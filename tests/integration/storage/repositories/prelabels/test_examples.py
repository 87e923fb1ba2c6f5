"""Example sets in the database, on each kind we support."""

import datetime as dt

import pytest

from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.storage.unit_of_work import Database

pytestmark = pytest.mark.database

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)


def _set(version: str, ls_project_id: int = 3) -> ExampleSet:
    return ExampleSet(ls_project_id, version, "<View/>", ({"data": {"text": "ä 😀"}, "result": []},))


def _add(store: Database, example_set: ExampleSet, minutes: int = 0) -> None:
    with store.begin() as unit:
        unit.examples.add(example_set, NOON + dt.timedelta(minutes=minutes))


def test_the_set_added_last_is_in_use(store: Database) -> None:
    """A set comes back as it was put in, and each project has its own."""
    _add(store, _set("one"))
    _add(store, _set("two"), minutes=1)
    _add(store, _set("other", ls_project_id=4), minutes=2)
    with store.begin() as unit:
        assert unit.examples.latest(3) == _set("two")
        assert unit.examples.latest_version(3) == "two"
        assert unit.examples.versions(3) == ["two", "one"]
        assert (unit.examples.latest(5), unit.examples.latest_version(5), unit.examples.versions(5)) == (None, None, [])


def test_a_set_can_be_put_into_use_again(store: Database) -> None:
    """Learning the same annotations again gives the same version, once in the list."""
    _add(store, _set("one"))
    _add(store, _set("two"), minutes=1)
    _add(store, _set("one"), minutes=2)
    with store.begin() as unit:
        assert unit.examples.versions(3) == ["one", "two"]
