"""Transcripts and profiles sealed in the database: on both databases, turned on late, keys changed, keys lost."""

from __future__ import annotations

import io
import json
from contextlib import closing

import pytest
from alembic import command
from sqlalchemy import text

from ls_expert_plugin import encryption
from ls_expert_plugin.config import load
from ls_expert_plugin.errors import SettingError
from ls_expert_plugin.storage.migrate import alembic_config
from ls_expert_plugin.storage.personal import Personal
from ls_expert_plugin.storage.resealing import reseal, sealed_columns
from ls_expert_plugin.storage.sealing import KeyRing
from ls_expert_plugin.storage.store import Store
from ls_expert_plugin.storage.tables import Base
from ls_expert_plugin.vetting import profile
from tests.vetting_case import Case
from tests.vetting_samples import EDUCATION, LONG_ENOUGH, NOW

pytestmark = pytest.mark.database

SCHOOL = EDUCATION["school"]
OLD, NEW = ("o" * 43 + "=", "n" * 42 + "k=")
WORDS = LONG_ENOUGH[:30]


def _filled(database_url: str, *keys: str) -> None:
    with closing(Store(database_url, keys)) as store:
        Base.metadata.create_all(store.engine)
        case = Case(store)
        case.in_review()
        with store.begin() as unit:
            profile.add(unit, case.person, "education", EDUCATION, NOW)


def _kept(database_url: str) -> str:
    """What somebody finds who has the database and not the keys."""
    with closing(Store(database_url)) as store, store.read() as unit:
        return repr([unit.session.execute(text(f"SELECT {one.name} FROM {one.table.name}")).all() for one in sealed_columns()])  # noqa: S608


def _read(database_url: str, *keys: str) -> str:
    """What the service finds."""
    with closing(Store(database_url, keys)) as store, store.read() as unit:
        return json.dumps(Personal(unit.session).everything(1, 7))


def test_which_columns_are_sealed() -> None:
    """What people said, what was found in it, what they entered, and what was said about it in a review."""
    assert {f"{one.table.name}.{one.name}" for one in sealed_columns()} == {
        "prelabel.result",
        "turn.text", "interview.draft", "resume.name", "resume.content", "resume.text", "add_on.answers", "add_on.reason",
        "evidence.quote", "claim.details", "review_entry.text", "review_entry.details", "sitting.seed",
        "raised_flag.quote",
        "claim.contradicted", "claim.rests_on", "claim_event.evidence", "claim_event.contradicted", "register_answer.answer",
        "suggestion.details", "suggestion.quote", "voluntary_answer.answers",
    }


def test_without_the_key_there_is_nothing_to_read(database_url: str) -> None:
    """The words are not in the database, and with another key there is a sentence instead of them."""
    _filled(database_url, OLD)
    kept = _kept(database_url)
    assert WORDS not in kept and SCHOOL not in kept
    assert WORDS in _read(database_url, OLD) and SCHOOL in _read(database_url, OLD)
    for keys in ((NEW,), ()):
        with pytest.raises(SettingError, match="Put the key back"):
            _read(database_url, *keys)


def test_turned_on_late_changed_and_turned_off(database_url: str) -> None:
    """Rows from before stay readable; rotating seals them all, with a new first key anew; an old key is then not needed any more."""
    _filled(database_url)
    assert WORDS in _kept(database_url) and WORDS in _read(database_url, OLD), "sealed and plain side by side"
    said = _read(database_url)
    for ring, alone in ((KeyRing((OLD,)), (OLD,)), (KeyRing((NEW, OLD)), (NEW,))):
        with closing(Store(database_url)) as store:
            assert reseal(store, ring) > 0 and reseal(store, ring) == 0
        assert WORDS not in _kept(database_url) and _read(database_url, *alone) == said
    with closing(Store(database_url)) as store:
        assert reseal(store, KeyRing((NEW,), seals=False)) > 0
    assert WORDS in _kept(database_url) and _read(database_url) == said


def test_rotating_goes_on_after_a_lost_key(database_url: str) -> None:
    """At a value that no key opens it stops with a sentence; what was sealed stays sealed, nothing is lost."""
    _filled(database_url, OLD)
    with closing(Store(database_url, (NEW,))) as store, pytest.raises(SettingError, match="Put the key back"):
        reseal(store, KeyRing((NEW,)))
    with closing(Store(database_url, (NEW, OLD))) as store:
        assert reseal(store, KeyRing((NEW, OLD))) > 0
    assert WORDS in _read(database_url, NEW)


def test_the_commands(database_url: str) -> None:
    """A new key is one that the setting takes; rotating says what it did."""
    out = io.StringIO()
    assert encryption.new_key(out) == 0
    key = out.getvalue().strip()
    with pytest.raises(SettingError, match="new-key"):
        encryption.rotate(load({"LS_EXPERT_DATABASE_URL": database_url}, secrets_needed=()), out)
    settings = load({"LS_EXPERT_DATABASE_URL": database_url, "LS_EXPERT_ENCRYPTION_KEYS": key}, secrets_needed=())
    assert settings.encryption_keys == (key,) and key not in repr(settings)
    with pytest.raises(SettingError, match="LS_EXPERT_ENCRYPTION_KEYS"):
        load({"LS_EXPERT_ENCRYPTION_KEYS": "secret"}, secrets_needed=())
    _filled(database_url)
    command.stamp(alembic_config(database_url), "head")
    assert encryption.rotate(settings, out) == 0
    assert "Everything is sealed with the first key" in out.getvalue() and WORDS not in _kept(database_url)
    assert encryption.rotate(settings, out, off=True) == 0
    assert "take LS_EXPERT_ENCRYPTION_KEYS out" in out.getvalue() and WORDS in _kept(database_url)


def test_words_that_look_sealed_are_words(database_url: str) -> None:
    """Nobody breaks the reading by what they write, with and without keys."""
    for ring in (KeyRing(()), KeyRing((OLD,))):
        for words in ("sealed:me", "plain:me", "", "ä 🎉"):
            assert ring.open(ring.seal(words)) == words
