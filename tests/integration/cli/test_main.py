"""`ls-expert` as a person types it: errors are one line that says what to do, and exit code 1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ls_expert_plugin import __version__

SECRETS = {f"LS_EXPERT_{name}": name.lower() * 4 for name in ("SECRET_KEY", "SHARED_SECRET", "WEBHOOK_SECRET")}


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ls_expert_plugin.cli.main", *arguments], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("command", ["serve", "worker", "ml-backend"])
def test_a_process_does_not_start_on_a_database_without_tables(command: str, tmp_path: Path) -> None:
    """It names the command that makes them; after that command it is another story."""
    environment = {**SECRETS, "LS_EXPERT_DATA_DIR": str(tmp_path)}
    done = _run(command, **environment)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1) and f"{tmp_path}/expert.sqlite3 yet. Run `ls-expert migrate --create`" in done.stderr
    migrated = _run("migrate", "--create", **environment)
    assert migrated.returncode == 0 and migrated.stdout.startswith(f"Created database {tmp_path}/expert.sqlite3, ")


def test_migrating_in_the_wrong_folder_makes_nothing(tmp_path: Path) -> None:
    """Not the database, not the folder for it; the sentence names where it looked, and how to make one there."""
    done = _run("migrate", LS_EXPERT_DATA_DIR=str(tmp_path / "data"))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"{tmp_path}/data/expert.sqlite3" in done.stderr and "migrate --create" in done.stderr and not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_broken_domain_pack_stops_the_start_with_file_line_and_field(command: str, tmp_path: Path) -> None:
    """One line, no traceback, nothing started."""
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "ours.yaml").write_text("id: ours\nversion: 1\ntitle: Ours\nspecialities: []\n")
    environment = {**SECRETS, "LS_EXPERT_DATA_DIR": str(tmp_path), "LS_EXPERT_DOMAINS_DIR": str(packs)}
    _run("migrate", "--create", **environment)
    done = _run(command, **environment)
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    assert f"{packs / 'ours.yaml'}:4: specialities:" in done.stderr


def test_each_mistake_in_the_settings_is_a_line(tmp_path: Path) -> None:
    """Unknown settings, missing secrets all at once, a database address that is none."""
    unknown = _run("serve", **SECRETS, LS_EXPERT_PUBLIK_URL="http://x")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1) and "LS_EXPERT_PUBLIK_URL" in unknown.stderr
    missing = _run("worker", LS_EXPERT_DATA_DIR=str(tmp_path))
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 4) and all(name in missing.stderr for name in SECRETS)
    address = _run("migrate", LS_EXPERT_DATABASE_URL="over there")
    assert (address.returncode, address.stderr.count("\n")) == (1, 1) and "LS_EXPERT_DATABASE_URL" in address.stderr
    demo = _run("demo", **SECRETS, LS_EXPERT_DATA_DIR=str(tmp_path))
    assert (demo.returncode, demo.stderr.count("\n")) == (1, 1) and "LS_EXPERT_DEMO" in demo.stderr


def test_it_says_its_version_and_its_commands() -> None:
    """Every process and chore is in the help."""
    assert _run("--version").stdout == f"ls-expert {__version__}\n"
    said = _run("--help").stdout
    for command in ("label-studio", "serve", "worker", "ml-backend", "migrate", "demo", "connect", "roles", "audit", "apply", "export-routing",
                    "explain", "export-person", "reviews", "recheck", "doctor"):
        assert command in said
