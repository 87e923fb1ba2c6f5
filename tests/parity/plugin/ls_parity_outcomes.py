"""A pytest plugin for both runs of Label Studio's own tests: writes each outcome as it comes, and keeps the run on this machine.

One JSON object a line: first ``{"collected": n}``, then one for each test, last ``{"finished": …}`` with what was loaded.
It is the same on both sides and knows nothing of the extension but the beginning of its modules' names.
"""

from __future__ import annotations

import importlib
import ipaddress
import json
import os
import pkgutil
import socket
import sys
import time
import warnings
from typing import Any, TextIO

import pytest

WRITE_TO, ONLY = "LS_PARITY_WRITE_TO", "LS_PARITY_ONLY"
OURS = "ls_expert_plugin"
_WHY_MAX_CHARS = 4000
# The worse one stands for a test that failed in more than one phase, or that is there twice under one name.
_ORDER = ("passed", "skipped", "failed", "error")


def pytest_configure(config: pytest.Config) -> None:
    """Installed before the first test is collected."""
    if WRITE_TO in os.environ:
        sys.addaudithook(_stay_on_this_machine)
        config.pluginmanager.register(Outcomes(open(os.environ[WRITE_TO], "w", encoding="utf-8")), "ls-parity-outcomes")  # noqa: SIM115


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: as on a machine without a network, so that no outcome depends on one."""
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        if not _is_known_here(arguments[0]):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    elif event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and address and not _is_reached_here(address[0]):
            raise ConnectionRefusedError(f"no network here: {address[0]}")


def _is_known_here(host: Any) -> bool:
    """Whether this name can be resolved without asking anybody: our own, or no name but an address, whosever."""
    return _address(host) is not None or _name(host) in ("", "localhost", socket.gethostname())


def _is_reached_here(host: Any) -> bool:
    address = _address(host)
    return _is_known_here(host) if address is None else address.is_loopback or address.is_unspecified


def _address(host: Any) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(_name(host).split("%")[0])
    except ValueError:
        return None


def _name(host: Any) -> str:
    return host.decode() if isinstance(host, bytes) else str(host or "")


class Outcomes:
    """Takes pytest's reports and writes one line for each test."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._now: dict[str, Any] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep only the tests that are asked for by name, where some are."""
        if ONLY in os.environ:
            with open(os.environ[ONLY], encoding="utf-8") as file:
                wanted = set(json.load(file))
            config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
            items[:] = [item for item in items if item.nodeid in wanted]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """How many there are; and every module of the SDK, before a test stops the clock.

        Some tests freeze the clock by replacing ``datetime``. A module of the SDK that is first imported then keeps the
        replacement in its models, and whatever uses it later fails: outcomes would depend on the order of the tests.
        """
        if "label_studio_sdk" in sys.modules:
            _import_all_of(sys.modules["label_studio_sdk"])
        self._write({"collected": len(session.items)})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read, or is skipped as a whole, counts as one test."""
        if report.outcome != "passed":
            self._write({"id": report.nodeid, "outcome": "error" if report.failed else "skipped", "seconds": 0, "why": _why(report)})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Put the three phases of a test together; write the line after the last."""
        if report.when == "setup":
            self._now = {"id": report.nodeid, "outcome": "passed", "seconds": 0.0, "why": ""}
        outcome = "error" if report.failed and report.when != "call" else report.outcome
        if _ORDER.index(outcome) > _ORDER.index(self._now["outcome"]):
            self._now["outcome"] = outcome
        if report.failed:
            self._now["why"] += _why(report)
        self._now["seconds"] = round(self._now["seconds"] + report.duration, 3)
        if report.when == "teardown":
            self._write(self._now)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """What this run was: the settings module, whether the extension was in force, what of it was loaded."""
        settings = getattr(sys.modules.get("django.conf"), "settings", None)
        expert = getattr(settings, "LS_EXPERT", None)
        self._write({"finished": {
            "exit_status": int(exitstatus), "settings": getattr(settings, "SETTINGS_MODULE", None),
            "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2] if settings else None,
            "enforcement": getattr(expert, "enforcement", None), "default_role": getattr(expert, "default_role", None),
            "processor_s": round(time.process_time()),
            "modules_of_ours": sorted(name for name in sys.modules if name.split(".")[0] == OURS),
        }})

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def _import_all_of(package: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.", onerror=lambda name: None):
            try:
                importlib.import_module(module.name)
            except ImportError:  # parts with needs of their own, which no test has either
                continue


def _why(report: Any) -> str:
    return str(report.longrepr)[-_WHY_MAX_CHARS:]
