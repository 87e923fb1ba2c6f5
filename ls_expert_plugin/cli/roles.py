"""``ls-expert roles`` and ``ls-expert audit``: who is a manager, and what enforcement would refuse whom. Text for a terminal.

Straight to Label Studio's extension; the service hears of a changed role through the outbox.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from typing import TextIO

from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.ls_client.extension import Counted, ExtensionClient

_REASONS = {"address": "not for experts", "object": "not theirs"}


def list_roles(settings: Settings, out: TextIO) -> int:
    """A line for each member: role, address, name."""
    with closing(_client(settings)) as client:
        for member in client.members():
            print(f"{member.role:<8} {member.email}  {member.name}".rstrip(), file=out)
    return 0


def set_role(settings: Settings, email: str, role: str, out: TextIO) -> int:
    """Make the member with this address a manager or an expert. Raises ``NotFound`` and ``BadInput``."""
    with closing(_client(settings)) as client:
        member = next((one for one in client.members() if one.email.lower() == email.strip().lower()), None)
        if member is None:
            raise NotFound(f"Nobody in Label Studio has the address {email}. `ls-expert roles list` shows everybody.")
        client.set_role(member.ls_user_id, role)
    print(f"{member.email} is {role} now (was {member.role}); it counts from their next request.", file=out)
    return 0


def show_audit(settings: Settings, out: TextIO) -> int:
    """What enforcement would have refused, by person and address, the most frequent first."""
    with closing(_client(settings)) as client:
        is_audit = client.status()["enforcement"] == "audit"
        counted = list(client.audit())
    print(
        "Audit mode: nothing is refused." if is_audit else "Enforcement is on. Nothing is counted; what follows was counted in audit mode.",
        file=out,
    )
    print(summary(counted), end="", file=out)
    return 0


def summary(counted: Iterable[Counted]) -> str:
    """The report's lines. Pure."""
    people: dict[tuple[int, str], list[Counted]] = defaultdict(list)
    for one in counted:
        people[one.ls_user_id, one.email or "somebody who is gone"].append(one)
    if not people:
        return "Nothing would have been refused so far.\n"
    lines = []
    for (ls_user_id, email), theirs in sorted(people.items(), key=lambda entry: (-_total(entry[1]), entry[0])):
        lines += ["", f"{email} (user {ls_user_id}): would have been refused {_times(_total(theirs))}"]
        for one in sorted(theirs, key=lambda one: (-one.count, one.url_name, one.method)):
            last = f"{one.last_at_utc:%Y-%m-%d %H:%M} UTC"
            lines.append(f"  {one.count:>6}  {one.method:<7} {one.url_name}  ({_REASONS.get(one.reason, one.reason)}; last {last})")
    return "\n".join(lines) + "\n"


def _total(counted: Iterable[Counted]) -> int:
    return sum(one.count for one in counted)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _client(settings: Settings) -> ExtensionClient:
    return ExtensionClient(settings.label_studio_url, settings.shared_secret)
