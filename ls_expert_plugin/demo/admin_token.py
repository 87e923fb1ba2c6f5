"""The admin's personal access token, made once for the demo's service and kept in the data directory."""

from __future__ import annotations

from pathlib import Path

from ls_expert_plugin.config import load
from ls_expert_plugin.demo.accounts import ADMIN, BrowserSession
from ls_expert_plugin.demo.credentials import password_of


def main() -> None:
    """Sign in as the admin, make a token, keep it."""
    settings = load()
    session = BrowserSession(settings.label_studio_url)
    session.sign_in(ADMIN, password_of(settings.data_dir, ADMIN.email))
    session.name(ADMIN)
    keep_token(settings.data_dir / "secrets" / "label_studio_token", session)
    session.close()


def keep_token(path: Path, session: BrowserSession) -> str:
    """The token kept there; a new one of whoever is signed in where there is none. The file is whole or not there."""
    if not path.exists():
        making = path.with_name(path.name + ".making")
        making.touch(mode=0o600)
        making.write_text(session.new_token())
        making.replace(path)
    return path.read_text().strip()
