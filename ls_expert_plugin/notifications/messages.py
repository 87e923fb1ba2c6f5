"""Message texts of notifications: subject, greeting, news and the next step of each. Pure.

No reason, answer, score or project's name is in one: a mailbox is read by more than one program, and over shoulders. What a status is
called, what it means and what comes next is the catalogue's (``vetting/lifecycle/status_catalogue.py``).
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ls_expert_plugin.notifications.values import Digest, Kind, Notification
from ls_expert_plugin.vetting.lifecycle.status_catalogue import text_of
from ls_expert_plugin.vetting.values import Status

# As long as a subject may get; mail programs show about half of it.
SUBJECT_MAX_CHARS = 120
# Longer than this is no name to greet somebody by.
NAME_MAX_CHARS, NAME_MAX_WORDS = 60, 6
_IN_NAMES = " '\u2019-."
_ACTION_NEEDED = "Action needed: "


@dataclass(frozen=True)
class News:
    """One thing told, of one ``kind``. ``title`` names it, ``text`` says what it means and what to do; ``action`` is the label of the link to
    ``path``, empty where a later one leads there.

    ``status``: as on a badge, empty where the mailbox is not to know it. ``is_urgent``: the reader has to do something.
    """

    kind: Kind
    title: str
    text: str
    action: str
    path: str
    status: str = ""
    is_urgent: bool = False


@dataclass(frozen=True)
class MailText:
    """A message: its subject and both of its parts."""

    subject: str
    text: str
    html: str


_ABOUT_STATUS: Mapping[Kind, tuple[Status, str, str]] = {
    "verified": ("verified", "You're verified in {domain}", "Open the portal"),
    "more_asked": ("more_asked", "More information for your {domain} application", "Reply to the reviewer"),
    "declined": ("declined", "Your {domain} application has been decided", "Read the decision"),
    "expired": ("expired", "Your {domain} verification has expired", "Open the portal"),
    "suspended": ("suspended", "Your {domain} verification is suspended", "Read why"),
    "revoked": ("revoked", "Your {domain} verification was revoked", "Read why"),
}
_COUNTED: Mapping[Kind, tuple[str, str, str, str, str]] = {
    "projects": ("1 project is open to you", "{count} projects are open to you", "You can start labelling.", "See your projects", "/"),
    "to_review": (
        "1 candidate is waiting for review", "{count} candidates are waiting for review", "Read and decide.", "Open the review queue", "/admin/review",
    ),
    "renamed": (
        "1 person with a licence matched in a register has changed their name", "{count} people with a licence matched in a register have changed their names",
        "The match no longer counts until somebody has looked.", "Open the review queue", "/admin/review",
    ),
    "number_twice": (
        "1 licence number was entered by two people", "{count} licence numbers were entered by two people", "One of them may be mistaken.",
        "Open the review queue", "/admin/review",
    ),
    "person_asked": (
        "1 candidate requests a human interviewer", "{count} candidates request a human interviewer",
        "The automated interview is on hold until a reviewer takes over.", "Open the review queue", "/admin/review",
    ),
}


def news(digest: Digest, titles: Mapping[str, str]) -> tuple[News, ...]:
    """Everything in ``digest``, oldest first, each once. ``titles``: domain id → title."""
    found: list[News] = []
    for notification in digest.notifications:
        one = _news(notification, digest, titles)
        if one not in found:
            found.append(one)
    # Of several that lead to one page, the last has the link.
    return tuple(replace(one, action="") if one.path in [later.path for later in found[number:]] else one for number, one in enumerate(found, start=1))


def subject_of(told: Sequence[News]) -> str:
    """What the message is about: what has to be done first, then the rest, as far as there is room."""
    ordered = sorted(told, key=lambda one: not one.is_urgent)
    subject = f"{_ACTION_NEEDED}{_lower(ordered[0].title)}" if ordered[0].is_urgent else ordered[0].title
    for number, one in enumerate(ordered[1:], start=1):
        joint = ": " if {other.kind for other in ordered[:number]} == {"verified"} and one.kind == "projects" else "; "
        longer = f"{subject}{joint}{_lower(one.title)}"
        if len(longer) > SUBJECT_MAX_CHARS:
            return f"{subject}; {len(ordered) - number} more"
        subject = longer
    return subject


def greeting_of(name: str) -> str:
    """"Hello Ada Lovelace,"; without a name where none is known, or where what stands there is none.

    People write their own names, and any address: whoever gets this may never have heard of the portal. So links, numbers and sentences
    are not passed on to them.
    """
    plain = " ".join(name.split())
    return f"Hello {plain}," if _is_name(plain) else "Hello,"


def plain_text(told: Sequence[News], greeting: str, organisation: str, public_url: str) -> str:
    """The message as text; ``public_url``: the portal."""
    return "\n\n".join([
        greeting, *("\n".join([one.title, one.text, *([f"{one.action}: {public_url}{one.path}"] if one.action else [])]) for one in told),
        "\n".join(["-- ", *([organisation] if organisation else []), *footer(public_url)]),
    ]) + "\n"


def footer(public_url: str) -> tuple[str, str, str]:
    """Why this came, how to turn it off, and that nobody reads replies."""
    return ("You get this e-mail because you turned on e-mail notifications.", f"Turn them off: {public_url}/consent", "Replies to this address are not read.")


def _news(notification: Notification, digest: Digest, titles: Mapping[str, str]) -> News:
    kind, is_offered = notification.kind, notification.domain in titles
    domain = titles.get(notification.domain, notification.domain)
    if kind in _COUNTED:
        count = sum(other.count for other in digest.notifications if other.kind == kind)
        single, several, text, action, path = _COUNTED[kind]
        return News(kind, single if count == 1 else several.format(count=count), text, action, path)
    if kind == "reminder":
        return _reminder(domain, digest.ends_at_utc.get(notification.domain))
    if kind == "add_on":
        return News(kind, "Your answers to a project's questions have been read", "See in the portal what follows.", "Open the portal", "/")
    status, title, action = _ABOUT_STATUS[kind]
    words = text_of(status)
    path = "/" if status in ("verified", "expired") or not is_offered else f"/domains/{notification.domain}/result"
    told = News(kind, title.format(domain=domain), f"{words.explanation} {words.next_step}", action, path, words.label, status == "more_asked")
    if status == "declined":  # whoever sees the mailbox learns that there is a decision, and not which
        return replace(told, text="Read it with its reasons, and how to appeal, in the portal.", status="")
    if status == "verified" and not any(other.kind == "projects" for other in digest.notifications):
        return replace(told, text=f"{words.explanation} Its projects appear in the portal and in Label Studio.")
    return told


def _reminder(domain: str, ends_at_utc: dt.datetime | None) -> News:
    when = f"expires on {_day(ends_at_utc)}" if ends_at_utc else "will expire"
    at = f"It ends at {ends_at_utc.astimezone(dt.timezone.utc):%H:%M} UTC. " if ends_at_utc else ""
    return News(
        "reminder", f"Your {domain} verification {when}", f"{at}The portal says what to do to keep it.", "See what to do", "/", is_urgent=True,
    )


def _day(moment: dt.datetime) -> str:
    """"5 March 2027", as the portal's pages write it, in UTC: a reader's own zone is not known here."""
    moment = moment.astimezone(dt.timezone.utc)
    return f"{moment.day} {moment:%B %Y}"


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def _is_name(text: str) -> bool:
    """Letters of any script, spaces, and the points, hyphens and apostrophes of names; no point within a word, as addresses have it."""
    return (
        0 < len(text) <= NAME_MAX_CHARS and len(text.split()) <= NAME_MAX_WORDS and text[0].isalpha()
        and all(unicodedata.category(character)[0] in "LM" or character in _IN_NAMES for character in text)
        and not any(point == "." and after != " " for point, after in zip(text, text[1:], strict=False))
    )
