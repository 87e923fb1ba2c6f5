"""The demo's credentials, made once for each data directory and readable by their owner only. Standard library only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def demo_password(data_dir: Path) -> str:
    """The password of every demo account of ``make run``, on one's own machine; made at first use."""
    return _kept(data_dir / "secrets" / "demo_password", f"expert-{secrets.token_hex(4)}")


def password_of(data_dir: Path, email: str) -> str:
    """The password of one demo account: the one of all where there is one (``make run``), otherwise its own, made at first use.

    In Docker ``compose.yaml`` puts the first account's there, which was not ours to make.
    """
    folder = data_dir / "secrets"
    own = folder / "passwords" / email.partition("@")[0]
    if not own.exists() and (folder / "demo_password").exists():
        return demo_password(data_dir)
    return _kept(own, f"expert-{secrets.token_hex(8)}")


def keep_secret_key(label_studio_dir: Path) -> None:
    """Give a new Label Studio its ``SECRET_KEY``, where it looks for one.

    One in fifty that it makes by itself begins with ``$`` and is not read again (1.23.2): all tokens, ours included, would end with the first stop.
    """
    _kept(label_studio_dir / ".env", f"SECRET_KEY={secrets.token_hex(32)}\n")


def _kept(path: Path, new: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(new)
    return new.strip()
