"""The catalogue of statuses: complete, and the only place that words one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from ls_expert_plugin.vetting.lifecycle.status_catalogue import (
    CATALOGUE,
    ENTRY_STATUSES,
    ShownStatus,
    StatusText,
    entry_label,
    entry_tone,
    label,
    shown_status,
    text_of,
)
from ls_expert_plugin.vetting.review.policy.evaluation import CREDENTIAL_STATUSES
from ls_expert_plugin.vetting.values import Status

PACKAGE = Path(__file__).parents[4] / "ls_expert_plugin"
STORED: tuple[Status, ...] = get_args(Status)
LABELS = (
    "Not started", "Interest noted", "Profile incomplete", "Interview in progress", "In review", "More information needed", "Verified", "Declined",
    "Suspended", "Expired", "Revoked", "Withdrawn",
)
# E-mails have titles of their own by kind of news; tests/unit/notifications/test_messages.py holds them to the catalogue.
WORDING = {"vetting/lifecycle/status_catalogue.py", "notifications/messages.py"}
# Words that stood for a status before there was one catalogue.
RETIRED = (
    "Interview begun", "Interview done", "More is asked", "Not verified", "Paused", "Open to you", "waiting for an interview",
    "waiting for a review", "waiting for the candidate's answer",
)


def test_every_status_has_its_words_once() -> None:
    """The twelve that people read; a stored one has words, and what is shown beside them is never stored."""
    assert set(CATALOGUE) == {*STORED, "not_started", "profile_incomplete"}
    assert {text.label for text in CATALOGUE.values()} == set(LABELS)


@pytest.mark.parametrize("text", CATALOGUE.values(), ids=lambda text: text.label)
def test_each_says_what_it_means_and_what_comes_next(text: StatusText) -> None:
    """In whole sentences, for the candidate and for the reviewer."""
    for sentence in (text.explanation, text.next_step, text.reviewer_step):
        assert sentence[0].isupper() and sentence.endswith(".") and "_" not in sentence and "\n" not in sentence


@pytest.mark.parametrize(("current", "has_entries", "shown"), [
    (None, False, "not_started"), ("interested", False, "profile_incomplete"), ("interested", True, "interested"), ("in_review", False, "in_review"),
])
def test_what_is_shown_goes_by_what_there_is(current: Status | None, has_entries: bool, shown: ShownStatus) -> None:
    """Before an application there is nothing stored; before the interview the profile counts."""
    assert shown_status(current, has_entries=has_entries) == shown


def test_a_status_of_another_time_reads_as_itself() -> None:
    """An old history is still readable."""
    assert label("appealed") == "appealed" and text_of("appealed").next_step == ""


def test_no_other_module_words_a_status() -> None:
    """A table from statuses to words anywhere else would soon say something else."""
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}" for path in _modules() for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict) and _words_statuses(node)
    ]
    assert found == []


def test_no_text_has_the_words_of_before() -> None:
    """In code and in templates: each of them has its word in the catalogue."""
    found = [
        f"{path.relative_to(PACKAGE)}: {words}" for path, text in _texts() for words in RETIRED
        if text == words or text.startswith(f"{words}:") or words in text and " " in words
    ]
    assert found == []


def _modules() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).as_posix() not in WORDING:
            yield path


def _words_statuses(node: ast.Dict) -> bool:
    """Whether it maps three statuses or more to what people read: words with a space or a capital."""
    keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
    words = [leaf.value for value in node.values for leaf in ast.walk(value) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)]
    return len(set(keys) & set(STORED)) >= 3 and any(" " in word or word[:1].isupper() for word in words)


def _texts() -> Iterator[tuple[Path, str]]:
    for path in _modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from ((path, node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    for path in sorted(PACKAGE.rglob("*.html")):
        yield from ((path, text.strip()) for text in re.split(r"[<>\"]|{%|%}|{{|}}", path.read_text(encoding="utf-8")))


def test_every_status_of_an_entry_has_its_words() -> None:
    """Those of the policy, and what a date makes of them: each with a label of its own, that is no code."""
    stored = (*CREDENTIAL_STATUSES, "expired", "contradicted")
    labels = [entry_label(one) for one in stored]
    assert set(ENTRY_STATUSES) == set(stored) and len(set(labels)) == len(stored)
    assert all(label[0].isupper() and label not in stored for label in labels) and entry_tone("human-verified") == "good"
