"""Passwords of the demo's accounts."""

from __future__ import annotations

from pathlib import Path

from ls_expert_plugin.demo.accounts import ADMIN, EXPERTS, NEWCOMER
from ls_expert_plugin.demo.credentials import demo_password, password_of

ACCOUNTS = (ADMIN, NEWCOMER, *EXPERTS)


def test_in_docker_each_account_has_a_password_of_its_own(tmp_path: Path) -> None:
    """The admin's is the one that was put there; nobody else's is it, and each is kept, for its owner alone to read."""
    own = tmp_path / "secrets" / "passwords" / "admin"
    own.parent.mkdir(parents=True)
    own.write_text("chosen by whoever runs it")
    made = [password_of(tmp_path, account.email) for account in ACCOUNTS]
    assert made[0] == "chosen by whoever runs it" and len(set(made)) == len(ACCOUNTS)
    assert made == [password_of(tmp_path, account.email) for account in ACCOUNTS]
    assert {path.stat().st_mode & 0o077 for path in own.parent.iterdir() if path != own} == {0}


def test_on_ones_own_machine_there_is_one_password(tmp_path: Path) -> None:
    """As `make run` tells it."""
    shared = demo_password(tmp_path)
    assert {password_of(tmp_path, account.email) for account in ACCOUNTS} == {shared}
