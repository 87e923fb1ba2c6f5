"""Query of the people page: search and filters as they stand in its address, and whom they match. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ls_expert_plugin.vetting.lifecycle.status import CurrentStatus
from ls_expert_plugin.vetting.lifecycle.status_catalogue import label
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.web.pagination import mentions

Standings = Mapping[int, Sequence[CurrentStatus]]
# Within so many days a verification expires.
EXPIRES_WITHIN = ("30", "90")
LEVELS = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class PeopleQuery:
    """What was asked for; "" is any. ``standing``: a status; ``specialty``: ``domain:specialty``; ``level``: at least this; ``expires``: days.

    Domain, specialty, level, status and end have to be met by one and the same verification.
    """

    search: str = ""
    role: str = ""
    standing: str = ""
    domain: str = ""
    specialty: str = ""
    level: str = ""
    expires: str = ""

    @property
    def arguments(self) -> dict[str, str]:
        """The query for an address, without what is any."""
        return {name: value for name, value in (
            ("q", self.search), ("role", self.role), ("standing", self.standing), ("domain", self.domain), ("specialty", self.specialty),
            ("level", self.level), ("expires", self.expires),
        ) if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether one of the filters is set that are folded away."""
        return bool(self.specialty or self.level or self.expires)


def read_query(arguments: Mapping[str, str]) -> PeopleQuery:
    """The query in an address; a level or a number of days that there is not is as if it was left out."""
    def one(name: str) -> str:
        return arguments.get(name, "").strip()

    level, expires = one("level"), one("expires")
    return PeopleQuery(
        one("q"), one("role"), one("standing"), one("domain"), one("specialty"), level if level in LEVELS else "", expires if expires in EXPIRES_WITHIN else "",
    )


def matching(everybody: Sequence[Person], standings: Standings, query: PeopleQuery, now: dt.datetime) -> list[Person]:
    """Those with all words of the search in name or address, of this role, and with one verification that meets the rest."""
    asks = bool(query.standing or query.domain or query.specialty or query.level or query.expires)
    return [
        one for one in everybody
        if mentions(query.search, one.name, one.email) and query.role in ("", one.role)
        and (not asks or any(meets(current, query, now) for current in standings.get(one.id, ())))
    ]


def meets(current: CurrentStatus, query: PeopleQuery, now: dt.datetime) -> bool:
    """Whether a verification is of this domain, specialty, level and status, and ends so soon."""
    one = current.verification
    domain, _, specialty = query.specialty.partition(":")
    ends = one.valid_until_utc
    return (
        query.domain in ("", one.domain)
        and (not query.specialty or (domain == one.domain and specialty in one.specialties))
        and (not query.level or (one.level or 0) >= int(query.level))
        and (not query.standing or label(current.status) == label(query.standing))
        and (not query.expires or (current.status == "verified" and ends is not None and ends <= now + dt.timedelta(days=int(query.expires))))
    )
