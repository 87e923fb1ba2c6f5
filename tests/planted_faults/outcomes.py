"""A pytest plugin that writes down, as JSON, what became of each test: which phase failed, and how. ``PLANTED_OUTCOMES`` names the file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

# What a broken file raises, and no promise that is not kept.
_NO_VERDICT = ("NameError", "ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError")
_passed: list[str] = []
_failed: list[dict[str, Any]] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what failed, in which phase; and which tests passed."""
    if report.failed:
        _failed.append({"test": report.nodeid, "is_verdict": report.when == "call" and not _said(report).startswith(_NO_VERDICT),
                        "said": f"{report.when}: {_said(report)}"[:300]})
    elif report.passed and report.when == "call":
        _passed.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be collected is no verdict."""
    if report.failed:
        _failed.append({"test": report.nodeid, "is_verdict": False, "said": f"collection: {str(report.longrepr)[-300:]}"})


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write it down; of several workers, whoever gathers from all does."""
    if not hasattr(session.config, "workerinput"):
        Path(os.environ["PLANTED_OUTCOMES"]).write_text(json.dumps({"passed": _passed, "failed": _failed}))


def _said(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash is not None else report.longrepr).strip()
