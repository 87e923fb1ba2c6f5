"""The arrows between the rooms, read from the imports."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "ls_expert_plugin"
MODULES = sorted(path for path in ROOT.rglob("*.py") if "migrations" not in path.parts)
ENTRY_POINTS = {"cli", "worker", "bootstrap", "demo", "web", "health_checks"}
# A room may import itself, the rooms named here, and errors, config, protocol.
MAY_IMPORT = {
    "agreement": set(),
    "errors": set(), "config": set(), "protocol": set(),
    "reading": set(),
    "domains": {"reading"},
    "llm": set(),
    "vetting": {"domains", "llm", "reading"},
    "notifications": {"vetting"},
    "routing": {"vetting", "reading"},
    "ml_backend": {"llm", "agreement"},
    "prelabels": {"ml_backend", "agreement", "llm", "storage", "routing"},
    "outbox_consumer": {"vetting", "routing"},
    "ls_client": {"routing", "agreement"},
    "registries": {"vetting"},
    "storage": {"vetting", "notifications", "routing", "ml_backend", "llm", "ls_client"},
    "label_studio": {"agreement"},
}
EVERYBODY = {"errors", "config", "protocol"}


def _room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@functools.cache
def _imports(path: Path) -> frozenset[str]:
    """Modules imported when the program runs: not those that are only for type checking. A file is read once for all tests."""
    return frozenset(_imported(ast.parse(path.read_text())))


def _imported(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from (name for other in child.orelse for name in _imported(ast.Module([other], [])))
            continue
        yield from _named_in(child)
        yield from _imported(child)


def _named_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _rooms_imported(path: Path) -> set[str]:
    return {parts[1] for name in _imports(path) if (parts := name.split("."))[0] == "ls_expert_plugin" and len(parts) > 1} - {"__version__"}


@pytest.mark.parametrize("path", [path for path in MODULES if _room(path) in MAY_IMPORT], ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_point_one_way(path: Path) -> None:
    """A room imports only the rooms below it."""
    room = _room(path)
    assert _rooms_imported(path) <= MAY_IMPORT[room] | {room} | EVERYBODY


def test_every_room_is_known_here() -> None:
    """A new room has to say where it stands."""
    assert {_room(path) for path in MODULES} - {"__init__"} <= set(MAY_IMPORT) | ENTRY_POINTS


def test_private_names_stay_in_their_module() -> None:
    """What another module needs has a public name."""
    taken = [
        f"{path.relative_to(ROOT)}: {alias.name}" for path in MODULES for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("ls_expert_plugin") for alias in node.names if alias.name.startswith("_") and alias.name != "__version__"
    ]
    assert taken == []


@pytest.mark.parametrize(("library", "rooms"), [
    ("django", {"label_studio"}), ("flask", {"web", "ml_backend"}), ("sqlalchemy", {"storage", "web"}), ("openai", {"llm"}),
    ("celery", {"worker"}), ("label_studio_sdk", {"ls_client", "ml_backend", "label_studio"}), ("yaml", {"reading"}), ("sklearn", {"ml_backend"}),
    ("label_studio_ml", {"ml_backend"}), ("catsim", {"vetting"}), ("ortools", {"routing"}), ("scipy", {"routing", "ml_backend"}),
    ("smtplib", {"notifications"}),
])
def test_libraries_stay_in_their_rooms(library: str, rooms: set[str]) -> None:
    """Who wants to replace a library knows where to look."""
    users = {_room(path) for path in MODULES if any(name.split(".")[0] == library for name in _imports(path))}
    assert users <= rooms


@pytest.mark.parametrize("module", [
    "vetting/values.py", "vetting/lifecycle/status.py", "vetting/evidence/grounds.py", "vetting/review/policy/evaluation.py",
    "vetting/review/policy/policy_text.py",
    "vetting/review/decisions/reviewers.py", "vetting/review/recheck/schedule.py", "vetting/review/decisions/claim_fingerprints.py",
    "vetting/interview/planner.py", "vetting/evidence/indicators.py",
    "vetting/interview/wording_check.py", "vetting/interview/language_check.py", "routing/values.py", "routing/access/eligibility.py",
    "routing/access/allocation.py",
    "routing/access/shared_access.py", "routing/matching/availability.py", "routing/matching/values.py", "routing/matching/population.py",
    "routing/matching/conditions.py", "routing/matching/fit.py", "routing/matching/pairs.py", "routing/matching/assignment.py", "routing/matching/solver.py",
    "routing/matching/exact.py", "routing/matching/baselines.py", "routing/matching/plan.py", "routing/matching/replanning.py",
    "routing/matching/explanation.py",
    "routing/explanation/descriptions.py", "routing/configuration.py", "agreement/regions.py", "agreement/measures.py", "agreement/blind.py",
    "notifications/values.py", "notifications/messages.py", "outbox_consumer/effects.py", "protocol/outbox_position.py",
    "label_studio/enforcement/request/body_validation.py", "label_studio/enforcement/request/object_ids.py",
    "label_studio/enforcement/request/call.py", "label_studio/enforcement/request/request_context.py",
    "label_studio/enforcement/guard/object_authorization.py", "label_studio/enforcement/guard/search_authorization.py",
    "label_studio/permissions/caller_access.py",
    "label_studio/enforcement/request/filter_allowlist.py", "label_studio/enforcement/response/redaction.py",
    "label_studio/enforcement/response/person_redaction.py", "label_studio/enforcement/request/endpoint_allowlist.py",
    "label_studio/banned_networks.py", "ml_backend/llm/quote_matching.py", "ml_backend/learned/training_schedule.py",
    "ml_backend/serving/predictor_spec.py", "ml_backend/llm/self_consistency.py", "ml_backend/label_config/parser.py",
    "ml_backend/label_config/prediction_format.py", "reading/validation_errors.py", "routing/requirements/serialization.py",
    "routing/requirements/resolution.py",
    "web/charts.py", "web/admin/overview/system_state.py",
    "web/pagination.py", "web/admin/projects/preview_token.py", "web/admin/projects/undo.py", "web/admin/projects/requirement_diff.py",
    "web/admin/projects/requirement_form.py",
    "web/candidate/closed_projects.py", "vetting/knowledge_test/session.py", "vetting/knowledge_test/item_selection.py",
    "vetting/knowledge_test/shuffling.py", "vetting/knowledge_test/rasch.py", "vetting/knowledge_test/retakes.py",
    "vetting/knowledge_test/calibration.py",
])
def test_deciding_is_pure(module: str) -> None:
    """No database, network, clock or framework where something is decided."""
    used = {name.split(".")[0] for name in _imports(ROOT / module)}
    assert not used & {"sqlalchemy", "flask", "django", "httpx", "requests", "openai", "celery", "time", "os", "random", "logging"}


def test_nothing_that_decides_knows_the_voluntary_answers() -> None:
    """They are read by their own page, by the report and by whoever exports or erases a person's data; by nothing else."""
    readers = {str(path.relative_to(ROOT)) for path in MODULES if "fairness" in path.read_text() or "VoluntaryAnswer" in path.read_text()}
    assert readers == {
    "config/settings.py", "vetting/privacy/impact_report.py",
    "storage/repositories/people/fairness.py", "storage/unit_of_work.py", "storage/tables/__init__.py",
    "storage/tables/vetting.py", "storage/repositories/people/personal_data.py", "storage/repositories/people/erasures.py", "web/candidate/demographics.py",
    "web/app.py", "web/admin/overview/impact_page.py",
    }


def test_no_lock_of_a_row_stops_others_from_pointing_to_it() -> None:
    """FOR NO KEY UPDATE everywhere: with FOR UPDATE a notification for somebody waits for whoever has locked them, and the two for each other."""
    calls = [
        (path.name, ast.unparse(node))
        for path in MODULES if "storage" in path.parts for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "with_for_update"
        or isinstance(node, ast.keyword) and node.arg == "with_for_update"
    ]
    assert len(calls) > 10 and [one for one in calls if "key_share" not in one[1]] == []
