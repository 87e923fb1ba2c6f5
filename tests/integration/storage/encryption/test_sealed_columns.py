"""Transcripts and profiles sealed in the database: on both databases, turned on late, keys changed, keys lost."""

from __future__ import annotations

import io
import json
from contextlib import closing

import pytest
from alembic import command
from cryptography.fernet import Fernet
from sqlalchemy import select, text, update
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import aliased

from ls_expert_plugin.cli.setup import encryption
from ls_expert_plugin.cli.setup.doctor import examine
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import SealError, SettingError
from ls_expert_plugin.ml_backend.serving.single_flight import PredictionKey
from ls_expert_plugin.storage.encryption.key_rotation import reseal, sealed_columns, states
from ls_expert_plugin.storage.encryption.sealed_columns import KeyRing
from ls_expert_plugin.storage.migrate import alembic_config
from ls_expert_plugin.storage.repositories.people.personal_data import Personal
from ls_expert_plugin.storage.tables import Base, ClaimRow, TurnRow
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting.profile import forms
from ls_expert_plugin.vetting.values import Person
from tests.support.builders.vetting_case import Case
from tests.support.builders.vetting_samples import EDUCATION, LONG_ENOUGH, NOW

pytestmark = pytest.mark.database

SCHOOL = EDUCATION["school"]
OLD, NEW = ("o" * 43 + "=", "n" * 42 + "k=")
WORDS = LONG_ENOUGH[:30]


def _filled(database_url: str, *keys: str) -> None:
    with closing(Database(database_url, keys)) as store:
        Base.metadata.create_all(store.engine)
        case = Case(store)
        case.in_review()
        with store.begin() as unit:
            forms.add(unit, case.person, "education", EDUCATION, NOW)


def _kept(database_url: str) -> str:
    """What somebody finds who has the database and not the keys."""
    with closing(Database(database_url)) as store, store.read() as unit:
        return repr([unit.session.execute(text(f"SELECT {one.name} FROM {one.table.name}")).all() for one in sealed_columns()])  # noqa: S608


def _read(database_url: str, *keys: str) -> str:
    """What the service finds."""
    with closing(Database(database_url, keys)) as store, store.read() as unit:
        return json.dumps(Personal(unit.session).everything(1, 7))


def test_which_columns_are_sealed() -> None:
    """What people said, what was found in it, what they entered, and what was said about it in a review."""
    assert {f"{one.table.name}.{one.name}" for one in sealed_columns()} == {
        "prelabel.result",
        "turn.text", "interview.draft", "resume.name", "resume.content", "resume.text", "add_on.answers", "add_on.reason",
        "evidence.quote", "claim.details", "review_entry.text", "review_entry.details", "sitting.seed",
        "raised_flag.quote", "private_note.text",
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
    """Rotating seals what is from before, with a new first key anew; an old key is then not needed any more."""
    _filled(database_url)
    assert WORDS in _kept(database_url)
    said = _read(database_url)
    for ring, alone in ((KeyRing((OLD,)), (OLD,)), (KeyRing((NEW, OLD)), (NEW,))):
        with closing(Database(database_url)) as store:
            assert reseal(store, ring) > 0 and reseal(store, ring) == 0
        assert WORDS not in _kept(database_url) and _read(database_url, *alone) == said
    with closing(Database(database_url)) as store:
        assert reseal(store, KeyRing((NEW,), seals=False)) > 0
    assert WORDS in _kept(database_url) and _read(database_url) == said


def test_rotating_goes_on_after_a_lost_key(database_url: str) -> None:
    """At a value that no key opens it stops with a sentence; what was sealed stays sealed, nothing is lost."""
    _filled(database_url, OLD)
    with closing(Database(database_url, (NEW,))) as store, pytest.raises(SettingError, match="Put the key back"):
        reseal(store, KeyRing((NEW,)))
    with closing(Database(database_url, (NEW, OLD))) as store:
        assert reseal(store, KeyRing((NEW, OLD))) > 0
    assert WORDS in _read(database_url, NEW)


def test_the_commands(database_url: str) -> None:
    """A new key is one that the setting takes; rotating says what it did."""
    out = io.StringIO()
    assert encryption.new_key(out) == 0
    key = out.getvalue().strip()
    with pytest.raises(SettingError, match="new-key"):
        encryption.rotate(load({"LS_EXPERT_DATABASE_URL": database_url}, secrets_needed=()), out)
    settings = load({
        "LS_EXPERT_DATABASE_URL": database_url, "LS_EXPERT_ENCRYPTION_KEYS": key,
        "LS_EXPERT_LABEL_STUDIO_URL": "http://127.0.0.1:1", "LS_EXPERT_ML_URL": "http://127.0.0.1:1",
    }, secrets_needed=())
    assert settings.encryption_keys == (key,) and key not in repr(settings)
    with pytest.raises(SettingError, match="LS_EXPERT_ENCRYPTION_KEYS"):
        load({"LS_EXPERT_ENCRYPTION_KEYS": "secret"}, secrets_needed=())
    _filled(database_url)
    command.stamp(alembic_config(database_url), "head")
    assert "not encrypted, and refused\n      → Run `ls-expert encryption rotate`" in _examined(settings)
    assert encryption.rotate(settings, out) == 0 and "what people told us is encrypted in the database" in _examined(settings)
    assert "Everything is encrypted with the first key" in out.getvalue() and WORDS not in _kept(database_url)
    assert encryption.rotate(settings, out, off=True) == 0
    assert "take LS_EXPERT_ENCRYPTION_KEYS out" in out.getvalue() and WORDS in _kept(database_url)


def _examined(settings: Settings) -> str:
    out = io.StringIO()
    examine(settings, out)
    return out.getvalue()


def _set(database_url: str, statement: str, **values: str) -> None:
    """Somebody writes into the database."""
    with closing(Database(database_url)) as store, store.begin() as unit:
        unit.session.execute(text(statement), values)


MOVED = {
    "between rows": "UPDATE turn SET text = (SELECT other.text FROM turn AS other WHERE other.id = 4) WHERE id = 2",
    "between columns":
        "UPDATE turn SET text = (SELECT quote FROM evidence WHERE id = 1) WHERE id = (SELECT turn_id FROM evidence WHERE id = 1)",
    "to another number": "UPDATE evidence SET id = 9999 WHERE id = 1",
    "between rows of JSON": "UPDATE claim SET details = (SELECT other.details FROM claim AS other WHERE other.id = 2) WHERE id = 1",
    "to another person": "UPDATE claim SET person_id = 2 WHERE id = 2",
}
PUT_IN = {
    "a text": "UPDATE turn SET text = 'I am an expert' WHERE id = 2",
    "an object": """UPDATE claim SET details = '{"school"\\: "Oxford"}' WHERE id = 1""",
    "an object that looks sealed": """UPDATE claim SET details = '{"sealed"\\: "{}"}' WHERE id = 1""",
}


def _after(store: Database, statement: str, **values: str) -> None:
    """Everything that is sealed, read after this statement, which is taken back."""
    with store.begin() as unit:
        unit.session.execute(text(statement), values)
        for column in sealed_columns():
            unit.session.execute(select(column)).all()
        unit.session.rollback()


def test_a_sealed_value_is_read_nowhere_but_in_its_place(database_url: str) -> None:
    """Whoever writes into the database cannot have another's words opened by putting them into a row of their own."""
    _filled(database_url, OLD)
    with closing(Database(database_url, (OLD,))) as store:
        with store.begin() as unit:
            forms.add(unit, _person(unit, 7), "education", {**EDUCATION, "school": "Another school"}, NOW)
            assert _person(unit, 1).id == 2
        _after(store, "SELECT 1")
        for how, statement in MOVED.items():
            with pytest.raises(SealError, match="not sealed for where it stands") as refused:
                _after(store, statement)
            assert WORDS not in refused.value.message and SCHOOL not in refused.value.message, how


def test_a_plain_value_is_refused_where_there_are_keys(database_url: str) -> None:
    """What somebody put into the database is not taken for something a candidate said; the sentence says what to do if the keys are new."""
    _filled(database_url, OLD)
    with closing(Database(database_url, (OLD,))) as store:
        for statement in PUT_IN.values():
            with pytest.raises(SealError, match="encryption rotate"):
                _after(store, statement)
        with store.read() as unit:
            kept = unit.session.execute(text("SELECT text FROM turn WHERE id = 2")).scalar_one()
        for changed in (kept[:-8] + "AAAAAAA=", "sealed2:ä", "sealed2:"):
            with pytest.raises((SealError, SettingError)):
                _after(store, "UPDATE turn SET text = :changed WHERE id = 2", changed=changed)


def _person(unit: UnitOfWork, ls_user_id: int) -> Person:
    found = unit.people.by_ls_user_id(ls_user_id)
    assert found is not None
    return found


def test_what_an_older_version_sealed_is_read_and_sealed_for_its_place(database_url: str) -> None:
    """Values sealed for no place are read; rotating seals them for theirs, and the count of what is left falls to nothing."""
    _filled(database_url, OLD)
    said, before = _read(database_url, OLD), Fernet(OLD)
    _set(database_url, "UPDATE turn SET text = :sealed WHERE id = 2", sealed="sealed:" + before.encrypt(b"of before").decode())
    _set(database_url, "UPDATE claim SET details = :sealed WHERE id = 1",
         sealed=json.dumps({"sealed": "sealed:" + before.encrypt(json.dumps(EDUCATION).encode()).decode()}))
    assert "of before" in _read(database_url, OLD) and SCHOOL in _read(database_url, OLD) and said != _read(database_url, OLD)
    with closing(Database(database_url, (OLD,))) as store:
        with store.read() as unit:
            assert states(unit.session, KeyRing((OLD,)))["unplaced"] == 2
        assert reseal(store, KeyRing((OLD,))) == 2
        with store.read() as unit:
            assert set(states(unit.session, KeyRing((OLD,)))) == {"current"}
    assert "sealed:" not in _kept(database_url).replace("sealed2:", "") and "of before" in _read(database_url, OLD)


def test_what_is_written_again_is_sealed_for_its_place(database_url: str) -> None:
    """Changing an entry, blanking it and answers of the pre-labeller made anew: read again, and nothing of it is in the database."""
    _filled(database_url, OLD)
    key = PredictionKey(3, 4, "learnt-1", "c" * 64)
    with closing(Database(database_url, (OLD,))) as store:
        for answer in ("one", "two"):
            with store.begin() as unit:
                row = unit.session.get_one(ClaimRow, 1)
                row.details = {"school": answer}
                unit.prelabels.put({key: {"result": answer}}, NOW)
            with store.read() as unit:
                assert unit.session.get_one(ClaimRow, 1).details == {"school": answer} and unit.prelabels.those([key])[key][0] == {"result": answer}
                assert unit.session.scalars(select(aliased(ClaimRow).details)).first() == {"school": answer}
        with store.begin() as unit:
            unit.session.get_one(ClaimRow, 1).details = {}
        with store.read() as unit:
            assert unit.session.get_one(ClaimRow, 1).details == {}
        with pytest.raises(StatementError, match="without its place"), store.begin() as unit:
            unit.session.execute(update(TurnRow).values(text="past the mapper"))


def test_words_that_look_sealed_are_words(database_url: str) -> None:
    """Nobody breaks the reading by what they write, with and without keys."""
    for ring in (KeyRing(()), KeyRing((OLD,))):
        for words in ("sealed:me", "sealed2:me", "plain:me", "", "ä 🎉"):
            assert ring.open(ring.seal(words, ("turn", "text", "1")), ("turn", "text", "1")) == words
