"""The admin's personal access token, made once for the demo's service and kept in the data directory."""

from __future__ import annotations

from ls_expert_plugin.config import load
from ls_expert_plugin.demo.accounts import ADMIN, BrowserSession, demo_password


def main() -> None:
    """Sign in as the admin, make a token, keep it."""
    settings = load()
    session = BrowserSession(settings.label_studio_url)
    session.sign_in_or_up(ADMIN, demo_password(settings.data_dir))
    session.name(ADMIN)
    token = session.new_token()
    session.close()
    path = settings.data_dir / "secrets" / "label_studio_token"
    path.touch(mode=0o600)
    path.write_text(token)
