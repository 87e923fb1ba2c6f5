"""An SMTP server on loopback that does as it is told.

    with running_server() as server:
        server.taken                       # the messages it took, parsed
        server.answers_to["a@x"] = "450 Later"   # for this recipient
        server.hangs_up = 1                # takes that many messages, and hangs up instead of saying so
        server.takes.clear()               # takes a message (``arrived`` says so) and says nothing until ``takes`` is set
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.servers.postgresql import free_port


class Server:
    """What the server was sent, and what it answers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[tuple[str, EmailMessage]] = []
        self.answers_to: dict[str, str] = {}
        self.hangs_up = 0
        self.arrived, self.takes = threading.Event(), threading.Event()
        self.takes.set()
        self.logins: list[tuple[str, str]] = []
        self.encrypted: list[bool] = []

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802  # aiosmtpd's name
        """Take the recipient, or give the answer that was asked for."""
        if address in self.answers_to:
            return self.answers_to[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.taken.append((envelope.rcpt_tos[0], mail))
        assert isinstance(server.transport, asyncio.Transport)
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        self.arrived.set()
        await asyncio.to_thread(self.takes.wait, 30)
        if self.hangs_up:
            self.hangs_up -= 1
            server.transport.abort()
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Only mia with her password."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=self.logins[-1] == ("mia", "p@ss/word"), handled=False)

    def to(self, address: str) -> list[str]:
        """The texts that somebody got: of each message the plain part."""
        return [part_of(mail, "plain") for recipient, mail in self.taken if recipient == address]


def part_of(mail: EmailMessage, kind: str) -> str:
    """The plain or the html part of a message, as somebody reads it."""
    part = mail.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


@contextmanager
def running_server(port: int | None = None, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """The server, until the block ends. With a context it asks for a name and password, once encrypted."""
    server = Server(port or free_port())
    more: dict[str, Any] = {"authenticator": server.authenticate, "auth_required": bool(starttls)} if starttls or tls else {}
    if starttls:
        more |= {"tls_context": starttls, "require_starttls": True}
    if tls:
        more |= {"auth_require_tls": False}  # aiosmtpd counts only STARTTLS
    controller = Controller(server, hostname="127.0.0.1", port=server.port, ssl_context=tls, **more)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
