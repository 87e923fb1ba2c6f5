"""View of the adverse-impact report, as ``ls-expert impact-report`` prints it, and as CSV."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from ls_expert_plugin.vetting.privacy.adverse_impact import FOUR_FIFTHS, MINIMUM
from ls_expert_plugin.vetting.privacy.impact_report import ImpactReport, impact_report
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.csv_download import csv_download
from ls_expert_plugin.web.services import services

blueprint = Blueprint("impact", __name__, url_prefix="/admin")


@blueprint.get("/impact-report")
def page() -> str:
    """Rates of verification by group, of one domain or of all together."""
    parts = services()
    return render_template(
        "admin/overview/impact.html", report=_report(), packs=parts.packs, minimum=MINIMUM, four_fifths=FOUR_FIFTHS, asked=parts.settings.fairness_questions,
    )


@blueprint.get("/impact-report.csv")
def download() -> Response:
    """The same groups as CSV; those too small to tell of have empty cells."""
    report, now = _report(), services().clock()
    return csv_download("impact-report", ("Domain", "Question", "Group", "Decided", "Verified", "Rate", "Ratio to the highest", "Below four fifths"), (
        (report.domain or "all", title, line.title, one.decided, one.verified, one.rate, one.ratio, one.is_marked if one.rate is not None else None)
        for title, lines in report.questions for line in lines for one in (line.group,)
    ), now)


def _report() -> ImpactReport:
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        return impact_report(unit, request.args.get("domain") or None, parts.packs)
