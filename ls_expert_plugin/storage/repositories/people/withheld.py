"""Redaction of a person's export: what is left out of it, for good or for the time being, and the sentence that says so.

For good: what a knowledge test's order follows from, which items were asked, since an item's id may name its key and others are asked it; tokens.
For the time being: a test that is running, and what reviewers have put down, notes among it, before it is decided. Rows are plain dictionaries. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
# By table: columns that no export holds.
NEVER: Mapping[str, frozenset[str]] = {
    "sitting": frozenset({"seed", "excluded"}), "sitting_answer": frozenset({"item_id"}), "portal_session": frozenset({"id"}),
    "verification_event": frozenset({"actor_name"}), "review_entry": frozenset({"author_name"}),  # reviewers' names; their numbers are there
}
UNDECIDED = frozenset({"interested", "interviewing", "assessing", "in_review", "more_asked"})
# What two reviewers may propose for somebody who is verified.
WHILE_VERIFIED = frozenset({"amended", "renewed"})
_RUNNING = "A knowledge test that is running is left out until it is over."
_REVIEW = "What reviewers proposed or noted and what was flagged or scored is left out until it is decided."


def withhold(held: Mapping[str, Sequence[Row]]) -> dict[str, list[dict[str, Any]]]:
    """``held`` (rows by table) without what is withheld; the table ``left_out`` says of which tables how many rows are missing, and why."""
    found = {name: [dict(row) for row in rows] for name, rows in held.items()}
    said: list[dict[str, Any]] = []
    for table, is_withheld, why in _rules(held):
        kept = [row for row in found[table] if not is_withheld(row)]
        if len(kept) < len(found[table]):
            said.append({"table": table, "rows": len(found[table]) - len(kept), "why": why})
        found[table] = kept
    for table, columns in NEVER.items():
        found[table] = [{key: value for key, value in row.items() if key not in columns} for row in found.get(table, ())]
    found["left_out"] = said
    return found


def open_proposals(entries: Sequence[Row], undecided: frozenset[int]) -> frozenset[int]:
    """Ids of verdicts that have not decided anything yet. ``undecided``: ids of verifications without a decision."""
    decided: dict[int, int] = {}
    for one in entries:
        if one["kind"] == "verdict" and one["details"].get("decided"):
            decided[one["verification_id"]] = one["id"]
    last_round = {one["verification_id"]: max(other["round"] for other in entries if other["verification_id"] == one["verification_id"]) for one in entries}
    return frozenset(
        one["id"] for one in entries
        if one["kind"] == "verdict" and one["id"] > decided.get(one["verification_id"], 0) and (
            one["details"].get("to") in WHILE_VERIFIED
            or (one["verification_id"] in undecided and one["round"] == last_round[one["verification_id"]])
        )
    )


def _rules(held: Mapping[str, Sequence[Row]]) -> list[tuple[str, Callable[[Row], bool], str]]:
    person_ids = {row["id"] for row in held["person"]}
    undecided = frozenset(row["id"] for row in held["verification"] if row["status"] in UNDECIDED)
    interviews = {row["id"] for row in held["interview"] if row["verification_id"] in undecided}
    assessments = {row["id"] for row in held["assessment"] if row["interview_id"] in interviews}
    running = {row["id"] for row in held["sitting"] if row["ended_at_utc"] is None}
    proposals = open_proposals(held["review_entry"], undecided)
    proposed_at = {(row["verification_id"], row["at_utc"]) for row in held["review_entry"] if row["id"] in proposals}

    def tells_of_a_proposal(row: Row) -> bool:
        return (row["verification_id"], row["at_utc"]) in proposed_at and row["from_status"] == row["to_status"] and row["actor_person_id"] not in person_ids

    return [
        ("sitting", lambda row: row["id"] in running, _RUNNING),
        ("sitting_answer", lambda row: row["sitting_id"] in running, _RUNNING),
        ("review_entry", lambda row: row["id"] in proposals, _REVIEW),
        ("private_note", lambda row: row["verification_id"] in undecided, _REVIEW),
        ("verification_event", tells_of_a_proposal, _REVIEW),
        ("score", lambda row: row["assessment_id"] in assessments, _REVIEW),
        ("raised_flag", lambda row: row["assessment_id"] in assessments, _REVIEW),
    ]
