"""Seeded random instances of the matching problem: people, projects and places of any number. Nobody real is in them."""

from __future__ import annotations

import datetime as dt
import random

from ls_expert_plugin.routing.matching.availability import KINDS, Availability
from ls_expert_plugin.routing.matching.values import Expert, MatchingRules, OpenProject, ProjectNeeds
from ls_expert_plugin.routing.values import Candidate, CheckedLicence, Language, Project, Requirement
from ls_expert_plugin.vetting.values import Verification

NOW = dt.datetime(2026, 12, 1, 9, tzinfo=dt.timezone.utc)
# Domain → number of its specialties; people are spread over them unevenly.
DOMAINS = {"medicine": 14, "law": 10, "finance": 8, "engineering": 12}
SPREAD = (0.4, 0.3, 0.2, 0.1)
LANGUAGES = ("en", "de", "fr", "es", "it", "pl", "ja", "pt")
PLACES = ("Germany", "France", "Spain", "Italy", "United Kingdom", "California", "New York", "Texas")
CLIENTS = tuple(f"Client {number}" for number in range(40))
USES = ("trains a model", "tests a model", "checks a product", "research")


def instance(people: int, projects: int, places: int, seed: int = 0) -> tuple[list[Expert], list[OpenProject], MatchingRules]:
    """So many of each; ``places`` are spread over the projects."""
    chance = random.Random(f"{people} {projects} {places} {seed}")  # noqa: S311  # a benchmark, no secret
    experts = [expert(number, chance) for number in range(1, people + 1)]
    left = [1] * projects
    for _ in range(max(0, places - projects)):
        left[chance.randrange(projects)] += 1
    opened = [project(number, left[number - 1], chance, people) for number in range(1, projects + 1)]
    return experts, opened, MatchingRules(NOW, seed)


def expert(number: int, chance: random.Random) -> Expert:
    """One person, most of whom are verified in one domain, some in two, some no longer."""
    domains = chance.choices(list(DOMAINS), SPREAD, k=2 if chance.random() < 0.1 else 1)
    verifications = tuple(
        Verification(
            number * 10 + at, number, domain, "verified", NOW + dt.timedelta(days=chance.randint(-20, 700)), "", 1,
            NOW - dt.timedelta(days=chance.randint(1, 500)), _some(chance, domain, 1, 4), chance.choice((None, 2, 3, 3, 4, 4, 5)),
        ) for at, domain in enumerate(domains)
    )
    licences = (CheckedLicence("licence", chance.choice(PLACES), None),) if chance.random() < 0.5 else ()
    languages = tuple(Language(code) for code in {"en", *chance.sample(LANGUAGES, chance.choice((0, 1, 1, 2)))})
    now = chance.choices((0, 1, 2), (0.7, 0.2, 0.1))[0]
    return Expert(
        Candidate(number, False, verifications, licences, languages), _availability(domains[0], chance), now, 6 * now,
        chance.choice((None, None, 0.7, 0.8, 0.9, 0.95, 1.0)), NOW.date() - dt.timedelta(days=chance.randint(0, 120)) if not now else None,
    )


def project(number: int, places: int, chance: random.Random, people: int) -> OpenProject:
    """One project, with some people in it already and some in conflict."""
    domain = chance.choices(list(DOMAINS), SPREAD)[0]
    asked = Requirement(
        domain, _some(chance, domain, 0, 2), chance.random() < 0.2, chance.choice((None, None, 3, 4)),
        ("en",) if chance.random() < 0.6 else (chance.choice(LANGUAGES),), (), ("licence",) if chance.random() < 0.3 else (),
    )
    needs = ProjectNeeds(
        places, chance.choice((20, 40, 80)), chance.choice((2, 4, 5, 8, 10, 15)), NOW.date() + dt.timedelta(days=chance.randint(0, 40)),
        5000, "EUR", "an hour", chance.choice(CLIENTS), chance.choice(USES), (chance.choice(list(KINDS)),),
    )
    settled = {who: "declined" for who in chance.sample(range(1, people + 1), min(people, 20))}
    conflicts = frozenset(chance.sample(range(1, people + 1), min(people, 10)))
    return OpenProject(Project(number, f"Project {number}", asked), needs, places, conflicts, settled)  # type: ignore[arg-type]


def _availability(domain: str, chance: random.Random) -> Availability:
    wanted, unwanted = (_some(chance, domain, 0, 1) for _ in range(2))
    kinds = list(KINDS)
    return Availability(
        chance.choice((None, 5, 8, 10, 10, 15, 20, 40)), (), "", NOW.date() + dt.timedelta(days=chance.randint(1, 60)) if chance.random() < 0.1 else None,
        chance.choice((None, 1, 1, 2, 3)), tuple(f"{domain}/{one}" for one in wanted), tuple(f"{domain}/{one}" for one in unwanted if one not in wanted),
        (), (chance.choice(kinds),) if chance.random() < 0.2 else (), (), (chance.choice(CLIENTS),) if chance.random() < 0.1 else (),
        (chance.choice(USES),) if chance.random() < 0.05 else (),
    )


def _some(chance: random.Random, domain: str, least: int, most: int) -> tuple[str, ...]:
    return tuple(sorted(f"s{number}" for number in chance.sample(range(DOMAINS[domain]), chance.randint(least, most))))
