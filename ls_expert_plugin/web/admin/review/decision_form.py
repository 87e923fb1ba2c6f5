"""The reviewer's decision form: fields to a submission, and what the form shows when it opens or comes back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from ls_expert_plugin.vetting.review.decisions.claim_fingerprints import claim_fingerprint
from ls_expert_plugin.vetting.review.decisions.submissions import Action, Submission
from ls_expert_plugin.vetting.review.dossier.contents import Dossier
from ls_expert_plugin.vetting.values import Status

DONE: Mapping[Action, str] = {
    "verify": "Verified.", "decline": "Declined.", "revoke": "Revoked.", "amend": "Saved.", "suspend": "Suspended.", "resume": "Resumed.",
    "ask_more": "Request sent to the candidate.", "take_up": "Back in review.", "renew": "Renewed.",
}
# The field in which each action has its words; what is not here takes none.
_TEXT_FIELD: Mapping[Action, str] = {
    "verify": "note", "renew": "note", "resume": "note",
    "ask_more": "reason", "decline": "reason", "revoke": "reason", "amend": "reason", "suspend": "reason",
}
# Fields of a licence check beside its tick, with the id of the entry.
WHERE, SEEN_ON = "where-", "seen_on-"


@dataclass(frozen=True)
class Choice:
    """One button of the decision bar. ``tone``: of its colour; ``key``: the keyboard shortcut, empty for none."""

    action: Action
    label: str
    tone: str = "second"
    key: str = ""


_VERIFY, _ASK = Choice("verify", "Verify", "", "v"), Choice("ask_more", "Request information", "second", "e")
_DECLINE = Choice("decline", "Decline", "danger", "d")
_RENEW, _AMEND, _SUSPEND = Choice("renew", "Renew"), Choice("amend", "Change"), Choice("suspend", "Suspend", "danger")
_RESUME, _REVOKE, _TAKE_UP = Choice("resume", "Resume", ""), Choice("revoke", "Revoke", "danger"), Choice("take_up", "Continue without a reply")


@dataclass(frozen=True)
class DecisionForm:
    """What the form about specialties and level shows. ``claims``: fingerprints of the entries that are ticked.

    ``again``: the form comes back because something in it could not be used.
    """

    specialties: tuple[str, ...]
    level: str
    claims: tuple[str, ...]
    again: bool
    looked_at: tuple[str, ...] = ()


def read_submission(action: Action, form: MultiDict[str, str]) -> Submission:
    """What was sent with one of the dossier's forms."""
    return Submission(
        action=action, revision=form.get("revision", ""), text=form.get(_TEXT_FIELD[action], "") if action in _TEXT_FIELD else "",
        valid_until=form.get("valid_until", ""), level=form.get("level", ""), specialties=tuple(form.getlist("specialties")),
        ticked=tuple(form.getlist("checked_claims")), looked_at=_looked_at(form), lookups=_lookups(form),
    )


def _lookups(form: MultiDict[str, str]) -> dict[int, tuple[str, str]]:
    """By the id of a licence, (where, when) of the check that stands beside its tick."""
    ids = [name.removeprefix(SEEN_ON) for name in form if name.startswith(SEEN_ON)]
    return {int(one): (form.get(f"{WHERE}{one}", ""), form[f"{SEEN_ON}{one}"]) for one in ids if one.isascii() and one.isdigit() and len(one) < 10}


def _looked_at(form: MultiDict[str, str]) -> tuple[str, ...]:
    """The lines that were ticked; one tick stands for all response signals that the page showed."""
    return (*form.getlist("looked_at"), *(form.getlist("signal") if form.get("signals_reviewed") else ()))


def choices(status: Status, stored: Status, *, may_decide: bool) -> tuple[Choice, ...]:
    """What the decision bar offers where the page shows ``status``; an expired one that is stored as such offers nothing."""
    if not may_decide:
        return ()
    match status:
        case "in_review":
            return _VERIFY, _ASK, _DECLINE
        case "more_asked":
            return (_TAKE_UP,)
        case "verified":
            return _RENEW, _AMEND, _SUSPEND, _REVOKE
        case "suspended":
            return _RESUME, _REVOKE
        case "expired" if stored == "verified":
            return (_REVOKE,)
        case _:
            return ()


def as_sent(form: MultiDict[str, str]) -> DecisionForm:
    """The form as it comes back, with what was sent."""
    return DecisionForm(
        tuple(form.getlist("specialties")), form.get("level", ""), tuple(form.getlist("checked_claims")), True, _looked_at(form)
    )


def as_known(found: Dossier) -> DecisionForm:
    """The form as it opens: what is known, and in a review what the first of two reviewers proposed."""
    was, proposals = found.verification, [verdict for one in found.verdicts if (verdict := one.verdict) is not None and verdict.to == "verified"]
    ticked = {claim_id for verdict in proposals for claim_id in verdict.checked_claims} if was.status == "in_review" else set()
    checked = tuple(claim_fingerprint(claim) for claim in found.claims if claim.is_checked or claim.id in ticked)
    if was.status == "in_review" and proposals:
        return DecisionForm(proposals[-1].specialties, str(proposals[-1].level or ""), checked, False)
    return DecisionForm(was.specialties, str(was.level or ""), checked, False)
