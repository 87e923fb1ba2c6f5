"""View of the health of an installation: what the database tells at once, and all checks of ``ls-expert doctor`` when a manager asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template

from ls_expert_plugin.health_checks.check_result import TITLES, CheckResult, Summary, summary
from ls_expert_plugin.health_checks.run import run_checks
from ls_expert_plugin.vetting.lifecycle.status_catalogue import Tone
from ls_expert_plugin.web.admin.overview.overview_page import system_states
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.services import services

blueprint = Blueprint("health", __name__, url_prefix="/admin/health")
BADGES: dict[str, tuple[str, Tone]] = {"ok": ("OK", "good"), "warn": ("WARN", "over"), "fail": ("FAIL", "bad")}


@dataclass(frozen=True)
class CheckedArea:
    """The results of one area, in the order they were found."""

    title: str
    results: tuple[CheckResult, ...]


@blueprint.get("")
def page() -> str:
    """What the database tells; nothing is called."""
    signed_in_manager()
    return _page()


@blueprint.post("")
def run() -> str:
    """All checks, now: they call Label Studio, the ML backend, the mail server and the language models."""
    signed_in_manager()
    return _page(tuple(run_checks(services().settings)))


def by_area(results: Sequence[CheckResult]) -> tuple[CheckedArea, ...]:
    """Results under the titles of their areas. Pure."""
    areas = ((title, tuple(one for one in results if one.area == area)) for area, title in TITLES.items())
    return tuple(CheckedArea(title, found) for title, found in areas if found)


def _page(results: tuple[CheckResult, ...] | None = None) -> str:
    parts = services()
    with parts.store.read() as unit:
        system = system_states(unit, parts)
    found: Summary | None = summary(results) if results is not None else None
    return render_template("admin/overview/health.html", system=system, areas=by_area(results or ()), summary=found, badges=BADGES, now=parts.clock())
