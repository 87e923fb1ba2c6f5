"""`ls-expert reviews` and `ls-expert recheck`: the review from a terminal."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TextIO

import pytest

from ls_expert_plugin.cli.people import reviews
from ls_expert_plugin.cli.people.recheck import recheck_now
from ls_expert_plugin.cli.people.reviews import list_overrides, list_reviews
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.review.decisions import actions
from tests.support.builders.vetting_case import LATER, Case
from tests.support.clients.portal import SECRETS
from tests.support.json_shape import fits
from tests.support.servers.postgresql import free_port


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A service with an empty database, and nobody where Label Studio should be."""
    settings = load({
        **SECRETS, "LS_EXPERT_DATA_DIR": str(tmp_path), "LS_EXPERT_LABEL_STUDIO_URL": f"http://127.0.0.1:{free_port()}",
        "LS_EXPERT_PUBLIC_URL": "https://experts.example",
    })
    migrate(settings.database_url)
    return settings


def _said(command: Callable[[Settings, TextIO], int], settings: Settings) -> str:
    out = io.StringIO()
    assert command(settings, out) == 0
    return out.getvalue()


def test_reviews_and_rechecks_are_listed_and_done(settings: Settings) -> None:
    """Who waits, with the page's address; a date that passed is told by the dry run, then ended, then there is nothing to do."""
    with closing(Database(settings.database_url)) as store:
        case = Case(store)
        verification = case.in_review()
        listed = _said(list_reviews, settings)
        assert listed == "Ada Quill <ada@example.org>, law: In review since 2026-03-01; https://experts.example/admin/review/1\n"
        assert fits(_said(lambda one, out: list_reviews(one, out, as_json=True), settings), reviews.JSON)
        with store.begin() as unit:
            actions.verify(unit, case.manager, verification.id, LATER.date().replace(day=2), "", LATER)
        dry = _said(lambda one, out: recheck_now(one, out, dry_run=True), settings)
        assert "law: Expired: The date has passed." in dry and "nothing was changed" in dry and case.verification().status == "verified"
        done = _said(lambda one, out: recheck_now(one, out, dry_run=False), settings)
        assert "law: Expired: The date has passed." in done and case.verification().status == "expired"
        assert _said(lambda one, out: recheck_now(one, out, dry_run=False), settings) == "Nothing to do.\n"
        assert _said(list_reviews, settings) == "No candidates waiting.\n"
        assert json.loads(_said(lambda one, out: list_reviews(one, out, as_json=True), settings)) == {"waiting": [], "due_for_re_review": []}
        [row] = json.loads(_said(lambda one, out: list_overrides(one, out, as_json=True), settings))["overrides"]
        assert row.keys() == {"domain", "decisions", "against_policy", "conditions"}


def test_without_tables_it_says_what_to_do(tmp_path: Path) -> None:
    """The command that makes them is named."""
    bare = load({**SECRETS, "LS_EXPERT_DATA_DIR": str(tmp_path), "LS_EXPERT_LABEL_STUDIO_URL": "http://127.0.0.1:1"})
    with pytest.raises(ExpertError, match="ls-expert migrate"):
        list_reviews(bare, io.StringIO())
