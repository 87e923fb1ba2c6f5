"""The words of a message. No reason, answer, score or project's name is in one: a mailbox is read by more than one program, and over shoulders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ls_expert_plugin.notifications.values import FOR_MANAGERS, Kind, Notification

_ABOUT_ONE: Mapping[Kind, str] = {
    "verified": "You are verified in {domain}.",
    "more_asked": "A reviewer asks you for something more about {domain}.",
    "declined": "There is a decision about you in {domain}. The portal has it with its reasons, and how to appeal.",
    "expired": "Your verification in {domain} has expired.",
    "suspended": "Your verification in {domain} is suspended. The portal says why.",
    "revoked": "Your verification in {domain} has ended. The portal says why, and how to appeal.",
    "reminder": "Your verification in {domain} will expire unless something is done. The portal says what, and by when.",
    "add_on": "A manager has read your answers to a project's questions.",
}
_COUNTED: Mapping[Kind, tuple[str, str]] = {
    "projects": ("A project is open to you now.", "{count} projects are open to you now."),
    "to_review": ("A candidate waits for a review.", "{count} candidates wait for a review."),
    "renamed": (
        "Somebody whose licence a register had matched has changed their name.", "{count} people whose licence a register had matched have changed their names."
    ),
    "number_twice": ("Two people name the same licence number.", "The same licence number was named by two people, {count} times."),
    "person_asked": ("A candidate asks for a person in the interview.", "{count} candidates ask for a person in the interview."),
}


@dataclass(frozen=True)
class MailText:
    """A message as text."""

    subject: str
    text: str


def message(told: Sequence[Notification], titles: Mapping[str, str], public_url: str) -> MailText:
    """One message with all of ``told``, oldest first, each line once. ``titles``: domain id → title. ``public_url``: the portal."""
    lines: list[str] = []
    for one in told:
        line = _line(one, told, titles)
        if line not in lines:
            lines.append(line)
    where = f"{public_url}/admin/review" if all(one.kind in FOR_MANAGERS for one in told) else f"{public_url}/"
    subject = lines[0].split(". ")[0].rstrip(".") if len(lines) == 1 else f"{len(lines)} messages from the expert portal"
    return MailText(subject, "\n\n".join([
        *lines, f"See it in the portal:\n{where}",
        f"-- \nYou get this because you allowed e-mails. Withdraw it at any time:\n{public_url}/consent\nNobody reads answers to this address.",
    ]) + "\n")


def _line(one: Notification, told: Sequence[Notification], titles: Mapping[str, str]) -> str:
    if one.kind in _COUNTED:
        count = sum(other.count for other in told if other.kind == one.kind)
        single, several = _COUNTED[one.kind]
        return single if count == 1 else several.format(count=count)
    return _ABOUT_ONE[one.kind].format(domain=titles.get(one.domain, one.domain))
