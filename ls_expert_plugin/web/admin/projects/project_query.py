"""Query of the list of projects, a search with filters: which projects match, and which are selected across its pages. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ls_expert_plugin.routing.sync.connection_state import Connected
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.web.pagination import mentions

WITHOUT = "-"
NOT_ROUTED, NO_EXPERTS, FULL, NOT_CONNECTED = "not_routed", "no_experts", "full", "not_connected"
FILTERS: Mapping[str, str] = {NOT_ROUTED: "Not routed", NO_EXPERTS: "No experts", FULL: "Full", NOT_CONNECTED: "Not connected"}
# What these filters need to know of every project.
NEED_EXPERTS = (NO_EXPERTS, FULL)


class Fields(Protocol):
    """Fields as they were sent, in the address or in a form."""

    def get(self, key: str, default: str) -> str:
        """The first value of a field."""
        ...

    def getlist(self, key: str) -> list[str]:
        """All values of a field."""
        ...


@dataclass(frozen=True)
class ProjectQuery:
    """What was searched for. ``domain``: "" any, "-" none; ``show``: one of ``FILTERS``, or "" for all; ``page``: as it was asked for."""

    search: str = ""
    domain: str = ""
    show: str = ""
    page: str = ""

    @property
    def narrows(self) -> bool:
        """Whether anything is searched for at all."""
        return bool(self.search or self.domain or self.show)

    @property
    def arguments(self) -> dict[str, Any]:
        """The address's arguments without the page; what is empty is left out."""
        return {name: value for name, value in (("q", self.search), ("domain", self.domain), ("show", self.show)) if value}


def read(fields: Fields) -> ProjectQuery:
    """The query of an address or a form. A filter that does not exist is none."""
    show = fields.get("show", "")
    return ProjectQuery(fields.get("q", "").strip(), fields.get("domain_filter", "") or fields.get("domain", ""), show if show in FILTERS else "",
                        fields.get("page", ""))


def matching(
    projects: Sequence[Project], query: ProjectQuery, experts: Mapping[int, int], connected: Mapping[int, Connected]
) -> list[Project]:
    """Those with all words of the search in their title (or with that number), of this domain, and as the filter says.

    ``experts``: how many each project has, where there are any; only asked where the filter needs it. ``connected``: how each routed project stands.
    """
    return [
        one for one in projects
        if is_named(one, query.search)
        and (not query.domain or (one.domain is None if query.domain == WITHOUT else one.domain == query.domain))
        and _is_shown(one, query.show, experts.get(one.ls_project_id, 0), connected.get(one.ls_project_id, "not connected"))
    ]


def is_named(project: Project, search: str) -> bool:
    """Whether all words of a search are in its title, or the search is its number."""
    return mentions(search, project.title) or search == str(project.ls_project_id)


def selected(fields: Fields, known: Collection[int]) -> frozenset[int]:
    """The projects that a page's form names: ticked on this page, or carried along from others. What there is none of is left out."""
    ids = {*fields.getlist("id"), *fields.get("ids", "").split(",")}
    return frozenset(number for number in known if str(number) in ids)


def as_text(ls_project_ids: Iterable[int]) -> str:
    """A selection as one field carries it."""
    return ",".join(map(str, sorted(ls_project_ids)))


def _is_shown(project: Project, show: str, experts: int, connected: Connected) -> bool:
    match show:
        case "not_routed":
            return project.requirement is None
        case "no_experts":
            return project.requirement is not None and not experts
        case "full":
            most = project.requirement.max_experts if project.requirement else None
            return most is not None and experts >= most
        case "not_connected":
            return project.requirement is not None and connected != "connected"
        case _:
            return True
