"""The demo's credentials, made once for each data directory and readable by their owner only. Standard library only."""

from __future__ import annotations

import secrets
from pathlib import Path

from ls_expert_plugin.config.kept_text import kept


def demo_password(data_dir: Path) -> str:
    """The password of every demo account of ``make run``, on one's own machine; made at first use."""
    return kept(data_dir / "secrets" / "demo_password", f"expert-{secrets.token_hex(4)}")


def password_of(data_dir: Path, email: str) -> str:
    """The password of one demo account: the one of all where there is one (``make run``), otherwise its own, made at first use.

    In Docker ``compose.yaml`` puts the first account's there, which was not ours to make.
    """
    folder = data_dir / "secrets"
    own = folder / "passwords" / email.partition("@")[0]
    if not own.exists() and (folder / "demo_password").exists():
        return demo_password(data_dir)
    return kept(own, f"expert-{secrets.token_hex(8)}")


def keep_secret_key(label_studio_dir: Path) -> None:
    """Give a new Label Studio its ``SECRET_KEY``, where it looks for one.

    One in fifty that it makes by itself begins with ``$`` and is not read again (1.23.2): all tokens, ours included, would end with the first stop.
    """
    kept(label_studio_dir / ".env", f"SECRET_KEY={secrets.token_hex(32)}\n")
