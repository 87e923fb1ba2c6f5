"""Parsers of settings' values: the text of an environment variable as what it stands for. Pure.

Each raises ``ValueError`` with what to write instead; the message never holds the value.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

MIN_SECRET_CHARS = 24


def text(raw: str) -> str:
    """Any text, as it was written."""
    return raw


def flag(raw: str) -> bool:
    """true or false, also 1, 0, yes, no."""
    try:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[raw.lower()]
    except KeyError:
        raise ValueError("write true or false") from None


def _address(raw: str) -> SplitResult:
    """The parts of an address whose port, if it has one, is one."""
    parts = urlsplit(raw)
    try:
        parts.port  # noqa: B018  (reading it is what checks it)
    except ValueError:
        raise ValueError("the port is a number up to 65535") from None
    return parts


def url(raw: str) -> str:
    """An http or https address, without its last slash."""
    parts = _address(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write an address like http://host:8080")
    if parts.query or parts.fragment:
        raise ValueError("write the address without ? or #")
    return raw.rstrip("/")


def path(raw: str) -> Path:
    """A path, made absolute from where the process was started."""
    return Path(raw).expanduser().absolute()


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number within these bounds, which belong to it."""
    def read(raw: str) -> int:
        try:
            value = int(raw)
        except ValueError:
            raise ValueError(f"write a whole number from {low} to {high}") from None
        if not low <= value <= high:
            raise ValueError(f"write a whole number from {low} to {high}")
        return value

    return read


def one_of(*allowed: str) -> Callable[[str], str]:
    """One of these words, as it is written."""
    def read(raw: str) -> str:
        if raw not in allowed:
            raise ValueError("write " + " or ".join(allowed))
        return raw

    return read


def secret(raw: str) -> str:
    """A text that is long enough to be a secret."""
    if len(raw) < MIN_SECRET_CHARS:
        raise ValueError(f"write at least {MIN_SECRET_CHARS} characters; `openssl rand -hex 32` makes some")
    return raw


def keys(raw: str) -> tuple[str, ...]:
    """Keys separated by commas; each 32 bytes in URL-safe base64."""
    keys = tuple(part.strip() for part in raw.split(",") if part.strip())
    if not all(re.fullmatch(r"[A-Za-z0-9_-]{43}=", key) for key in keys):
        raise ValueError("write keys as `ls-expert encryption new-key` makes them, separated by commas")
    return keys


def price(raw: str) -> tuple[float, float]:
    """Two numbers that are not negative, separated by a comma."""
    try:
        read, written = (float(part) for part in raw.split(","))
    except ValueError:
        raise ValueError("write two numbers, such as 0.15,0.60") from None
    if not (0 <= read < 1e6 and 0 <= written < 1e6):
        raise ValueError("write two numbers that are not negative, such as 0.15,0.60")
    return read, written


def smtp_url(raw: str) -> str:
    """The address of a mail server."""
    parts = _address(raw)
    if parts.scheme not in ("smtp", "smtps", "smtp+plain") or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("write smtp://name:password@host:587 (STARTTLS), smtps://… (TLS) or smtp+plain://host:25 (no encryption)")
    if parts.username and parts.scheme == "smtp+plain":
        raise ValueError("a name and password are not sent without encryption; use smtp:// or smtps://")
    return raw


def mailbox(raw: str) -> str:
    """An e-mail address and nothing else: it stands in links."""
    if not re.fullmatch(r"[^@\s<>\"'?&%,;:]+@[^@\s<>\"'?&%,;:]+", raw):
        raise ValueError("write an e-mail address like experts@example.org")
    return raw


def sender(raw: str) -> str:
    """A name and an e-mail address, or the address alone."""
    name, address = parseaddr(raw)
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address) or any(ord(character) < 32 for character in raw):
        raise ValueError("write an address like Experts <experts@example.org>")
    return raw


def networks(raw: str) -> tuple[str, ...]:
    """Addresses or networks in CIDR form, separated by commas."""
    try:
        return tuple(str(ipaddress.ip_network(part.strip())) for part in raw.split(",") if part.strip())
    except ValueError:
        raise ValueError("write IP addresses or networks, separated by commas: 10.0.3.7,10.0.4.0/28") from None
