"""Which projects a search and its filters find, and what stays selected."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from ls_expert_plugin.routing.values import Project, Requirement
from ls_expert_plugin.web.admin.projects.project_query import WITHOUT, ProjectQuery, as_text, matching, read, selected

PROJECTS = [Project(1, "Clauses", Requirement("law")), Project(12, "Notes 1", None), Project(3, "Law notes", Requirement("medicine", max_experts=2))]


def _ids(search: str = "", domain: str = "", show: str = "", experts: int = 0) -> list[int]:
    return [one.ls_project_id for one in matching(PROJECTS, ProjectQuery(search, domain, show), {3: experts}, {1: "connected", 3: "failed"})]


def test_projects_are_found_by_title_number_and_domain() -> None:
    """And those that ask for nothing, too."""
    assert _ids() == [1, 12, 3] and _ids("notes") == [12, 3] and _ids("12") == [12]
    assert _ids("", "law") == [1] and _ids("", WITHOUT) == [12] and _ids("notes", "medicine") == [3] and _ids("clauses", WITHOUT) == []


def test_filters_name_what_needs_doing() -> None:
    """A project that is not routed is neither full, nor without experts, nor unconnected."""
    assert _ids(show="not_routed") == [12] and _ids(show="not_connected") == [3]
    assert _ids(show="no_experts") == [1, 3] and _ids(show="no_experts", experts=1) == [1]
    assert _ids(show="full", experts=1) == [] and _ids(show="full", experts=2) == [3]


def test_a_query_and_a_selection_survive_a_form() -> None:
    """Numbers of nothing, twice the same, and filters that there are not, are left out."""
    form = MultiDict([("q", " a "), ("domain_filter", "law"), ("show", "all"), ("id", "3"), ("id", "x"), ("ids", "1,,3,99")])
    assert read(form) == ProjectQuery("a", "law") and read(form).arguments == {"q": "a", "domain": "law"}
    assert selected(form, [1, 3, 12]) == {1, 3} and as_text({12, 1}) == "1,12"
