"""What has to be there before somebody counts as an expert of a domain, and when it is looked at again.

Every field has a default, and the defaults leave each decision to a person. No field can refuse anybody.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ls_expert_plugin.domains.field_types import Days, Id, Logits, Part, Text

Level = int  # 1 to 5; what each stands for is written in the competency
CredentialStatus = Literal["claimed", "consistent", "registry-matched", "human-verified"]


class MinimumLevel(Part):
    """A competency that needs another level than ``minimum_level``."""

    competency: Id
    level: Level = Field(ge=1, le=5)


class Retakes(Part):
    """How often the knowledge test may be taken: ``attempts`` within a year, with ``wait_days`` after each that was not passed.

    The items of the last ``no_repeat_attempts`` do not come again.
    """

    attempts: int = Field(default=3, ge=1, le=20)
    wait_days: int = Field(default=14, ge=0, le=365)
    no_repeat_attempts: int = Field(default=1, ge=0, le=20)


class KnowledgeTest(Part):
    """The knowledge test: passed when the ability lies above ``cut``, in logits, and 1.96 standard errors away from it.

    It ends after ``max_items`` at the latest, and not before ``min_items``.
    """

    cut: Logits = 0.0
    min_items: int = Field(default=10, ge=5, le=100)
    max_items: int = Field(default=40, ge=5, le=200)


class Recheck(Part):
    """When a verification is looked at again: a reminder first, then a grace period, then it expires.

    ``licence_notice_days`` before a licence ends, and after ``dormant_after_days`` without work, the person is reminded; they then
    have ``grace_days``. ``on_new_version``: also when the pack has a new version. Work counts as poor when fewer than
    ``minimum_right_percent`` of at least ``minimum_control_answers`` answers to control tasks are right.
    """

    licence_notice_days: Days = 30
    dormant_after_days: Days = 365
    grace_days: Days = 30
    on_new_version: bool = False
    minimum_control_answers: int = Field(default=10, ge=1, le=1000)
    minimum_right_percent: int = Field(default=70, ge=0, le=100)


class Policy(Part):
    """What leads to "verified", and how.

    ``minimum_level`` is needed in each mandatory competency, unless ``minimum_levels`` says otherwise. ``required_credentials`` are
    ids of licences: one of them, checked up to ``credential_status``; none named, none needed. ``max_spread`` is the largest
    difference between the levels of independent passes; above it a person reads. ``auto_verify`` lets all of this verify without a
    person; whatever is missing then goes to a person too. ``look_at``: what a reviewer must have looked at before they verify, each
    a sentence that they tick. With two ``reviewers`` the first's verdict is a proposal. For ``appeal_days`` after a refusal the
    candidate may appeal to another reviewer.
    """

    auto_verify: bool = False
    minimum_level: Level = Field(default=3, ge=1, le=5)
    minimum_levels: tuple[MinimumLevel, ...] = ()
    required_credentials: tuple[Id, ...] = ()
    credential_status: CredentialStatus = "human-verified"
    test_required: bool = False
    test: KnowledgeTest = KnowledgeTest()
    retakes: Retakes = Retakes()
    reviewers: int = Field(default=1, ge=1, le=2)
    look_at: tuple[Text, ...] = ()
    appeal_days: Days = 30
    max_spread: int = Field(default=1, ge=0, le=4)
    valid_days: Days = 730
    recheck: Recheck = Recheck()

    def level_needed(self, competency: str) -> Level:
        """The level, 1 to 5, that ``competency`` needs when it is mandatory."""
        return next((one.level for one in self.minimum_levels if one.competency == competency), self.minimum_level)
