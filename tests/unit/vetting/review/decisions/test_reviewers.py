"""Who may decide, and when two reviewers agree."""

from __future__ import annotations

from typing import Any

from ls_expert_plugin.vetting.review.decisions import reviewers
from ls_expert_plugin.vetting.values import ReviewEntry, StatusChange
from tests.support.builders.vetting_samples import NOW

ANN, BO, CY = 1, 2, 3


def _history(*changes: tuple[str, int | None]) -> list[StatusChange]:
    """Statuses with who set them, one after another."""
    before = ["", *(status for status, _ in changes)]
    return [StatusChange(was, status, "", "", NOW, actor) for was, (status, actor) in zip(before, changes)]  # noqa: B905  # one longer on purpose


def _verdict(author: int, to: str, round_: int = 1, id_: int = 1) -> ReviewEntry:
    details: dict[str, Any] = {"to": to}
    return ReviewEntry(id_, round_, "verdict", "", author, "", "", details, NOW)


START = (("interested", 9), ("in_review", None))


def test_nobody_is_barred_without_an_appeal() -> None:
    """A first review, and a new try after a refusal, are anybody's."""
    assert reviewers.barred(_history(*START), ()) == frozenset()
    assert reviewers.barred(_history(*START, ("declined", ANN), ("interested", 9), ("in_review", None)), [_verdict(ANN, "declined")]) == frozenset()


def test_an_appeal_goes_to_somebody_who_did_not_refuse() -> None:
    """Whoever decided and whoever proposed the same are out; whoever proposed otherwise is not. More being asked does not change it."""
    given = [_verdict(ANN, "declined"), _verdict(CY, "verified"), _verdict(BO, "declined")]
    history = _history(*START, ("declined", BO), ("in_review", 9))
    assert reviewers.barred(history, given) == {ANN, BO}
    assert reviewers.barred(_history(*START, ("declined", BO), ("in_review", 9), ("more_asked", CY), ("in_review", 9)), given) == {ANN, BO}
    assert reviewers.barred(_history(*START, ("verified", ANN), ("revoked", BO), ("in_review", 9)), ()) == {BO}


def test_an_appeal_is_against_a_persons_refusal() -> None:
    """Not against a date that passed or one's own withdrawal."""
    assert reviewers.refused_by_person(_history(*START, ("declined", ANN), ("declined", 9)))
    assert not reviewers.refused_by_person(_history(*START, ("verified", ANN), ("expired", None)))
    assert not reviewers.refused_by_person(_history(*START, ("withdrawn", 9)))


def test_two_reviewers_are_two_people_with_one_verdict() -> None:
    """The same person twice is one; a verdict of another round or another kind is none."""
    to = {"to": "verified"}
    assert reviewers.agreed((), ANN, to, 1) == to
    assert reviewers.agreed((), ANN, to, 2) is None
    assert reviewers.agreed([_verdict(ANN, "verified")], ANN, to, 2) is None
    assert reviewers.agreed([_verdict(ANN, "declined")], BO, to, 2) is None
    assert reviewers.agreed([_verdict(ANN, "verified")], BO, to, 2) == to


BASIC = {"to": "verified", "level": 1, "specialties": ["a"], "valid_until": "2026-12-02", "checked_claims": [1, 2]}
WIDE = {"to": "verified", "level": 5, "specialties": ["a", "b"], "valid_until": "2036-11-01", "checked_claims": [2, 3]}
SMALLER = {"to": "verified", "level": 1, "specialties": ["a"], "valid_until": "2026-12-02", "checked_claims": [2]}


def _found(author: int, details: dict[str, Any], id_: int = 1) -> ReviewEntry:
    return ReviewEntry(id_, 1, "verdict", "", author, "", "", details, NOW)


def test_of_what_two_reviewers_find_the_smaller_holds() -> None:
    """Whoever comes second cannot add what the first did not find; no level is the lowest."""
    assert reviewers.agreed([_found(ANN, BASIC)], BO, WIDE, 2) == reviewers.agreed([_found(ANN, WIDE)], BO, BASIC, 2) == SMALLER
    none = reviewers.agreed([_found(ANN, {**BASIC, "level": None})], BO, WIDE, 2)
    assert none is not None and none["level"] is None
    assert reviewers.agreed((), BO, WIDE, 1) == WIDE


def test_a_proposal_about_another_state_does_not_count() -> None:
    """What was proposed before something else changed is void, and so is what has decided already."""
    base = {"level": 4}
    assert reviewers.agreed([_found(ANN, {**WIDE, "base": {"level": 3}})], BO, WIDE, 2, base) is None
    assert reviewers.agreed([_found(ANN, {**WIDE, "base": base})], BO, WIDE, 2, base) is not None
    given = [_found(ANN, WIDE, 1), _found(BO, {**WIDE, "decided": True}, 2), _found(CY, WIDE, 3)]
    assert [one.id for one in reviewers.open_verdicts(given, 1)] == [3]


def test_what_opens_more_is_known() -> None:
    """A higher level, another specialty, a newly looked up entry, a later date; nothing else."""
    was = {"level": 3, "specialties": ["a"], "valid_until": "2027-01-01"}
    for to in ({"level": 4}, {"specialties": ["a", "b"]}, {"checked_claims": [1]}, {"valid_until": "2027-01-02"}, {"level": 2, "specialties": ["b"]}):
        assert reviewers.grows(was, to), to
    for to in ({"level": None, "specialties": []}, {"level": 3, "specialties": ["a"], "checked_claims": []}, {"valid_until": "2026-01-01"}):
        assert not reviewers.grows(was, to), to


def test_only_the_last_verdict_of_each_counts() -> None:
    """Whoever changes their mind disagrees no more."""
    given = [_verdict(ANN, "verified", id_=1), _verdict(BO, "declined", id_=2), _verdict(ANN, "declined", id_=3), _verdict(CY, "verified", round_=2, id_=4)]
    assert reviewers.disagree(given[:2])
    latest = reviewers.verdicts(given, 1)
    assert [(one.author_person_id, one.details["to"]) for one in latest] == [(BO, "declined"), (ANN, "declined")]
    assert not reviewers.disagree(latest)
