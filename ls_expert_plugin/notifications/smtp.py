"""The one place that speaks SMTP.

``smtp://host`` means STARTTLS on port 587, ``smtps://host`` TLS from the start on 465, ``smtp+plain://host`` no encryption on 25, for a relay on
the same machine or network; a name and password never go over that one. Certificates are checked.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ls_expert_plugin.errors import MailError

if TYPE_CHECKING:
    import datetime as dt

    from ls_expert_plugin.notifications.messages import MailText

TIMEOUT_S = 15.0
PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


class RecipientRefused(MailError):
    """The server will not take a message for this address, now or later."""


class Later(MailError):
    """The server takes this message later, or another; it may take others now."""


@dataclass(frozen=True)
class MailServer:
    """Where messages go: an address as ``LS_EXPERT_SMTP_URL`` has it, and whom they come from."""

    url: str
    sender: str

    @property
    def shown(self) -> str:
        """The server without name and password."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}"

    @property
    def organisation(self) -> str:
        """Whom messages come from, by name: what stands before the address in ``LS_EXPERT_MAIL_FROM``, often nothing."""
        return parseaddr(self.sender)[0]

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection for some messages. Raises ``MailError`` when there is none to be had."""
        try:
            smtp = self._connect()
        except (OSError, smtplib.SMTPException) as problem:
            raise MailError(f"The mail server {self.shown} cannot be used: {_said(problem)}") from None
        try:
            yield Connection(self, smtp)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        context = ssl.create_default_context()
        if parts.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
        else:
            smtp = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        try:
            if parts.scheme == "smtp":
                smtp.starttls(context=context)
            if parts.username:
                smtp.login(unquote(parts.username), unquote(parts.password or ""))
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp


class Connection:
    """An SMTP connection that is open, to send messages through."""

    def __init__(self, server: MailServer, smtp: smtplib.SMTP) -> None:
        self._server, self._smtp = server, smtp

    def send(self, to: str, message: MailText, *, message_id: str, unsubscribe_url: str, now: dt.datetime) -> None:
        """Send one message. The same ``message_id`` sent twice is one message to a mailbox that compares them.

        Raises ``RecipientRefused`` (not for this address), ``Later`` (not this one now), ``MailError`` (none now).
        """
        try:
            mail = _mail(self._server.sender, to, message, message_id, unsubscribe_url, now)
            self._smtp.send_message(mail)
        except (MessageError, ValueError, IndexError, UnicodeError):
            raise RecipientRefused("This is no e-mail address.") from None
        except smtplib.SMTPRecipientsRefused as problem:
            codes = [code for code, _ in problem.recipients.values()]
            kind = RecipientRefused if all(code >= 500 for code in codes) else Later
            raise kind(f"The mail server {self._server.shown} does not take the address ({codes[0] if codes else 'no code'}).") from None
        except smtplib.SMTPNotSupportedError:
            raise RecipientRefused(f"The mail server {self._server.shown} takes no addresses with such letters.") from None
        except smtplib.SMTPResponseException as problem:
            raise Later(f"The mail server {self._server.shown} took no message: {_said(problem)}") from None
        except (OSError, smtplib.SMTPException) as problem:
            raise MailError(f"The mail server {self._server.shown} took no message: {_said(problem)}") from None


def _mail(sender: str, to: str, message: MailText, message_id: str, unsubscribe_url: str, now: dt.datetime) -> EmailMessage:
    name, address = parseaddr(sender)
    mail = EmailMessage()
    mail["From"] = Address(name, addr_spec=address)
    recipient = Address(addr_spec=to)
    if not recipient.username or not recipient.domain:
        raise ValueError("no address")
    mail["To"] = recipient
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message_id}@{address.rsplit('@', 1)[1]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
    mail["List-Unsubscribe"] = f"<{unsubscribe_url}>"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail


def _said(problem: Exception) -> str:
    """What went wrong, in words without secrets: servers repeat neither names nor passwords, but codes are enough."""
    if isinstance(problem, smtplib.SMTPAuthenticationError):
        return "it does not take the name and password"
    if isinstance(problem, smtplib.SMTPResponseException):
        return f"it answered {problem.smtp_code}"
    if isinstance(problem, smtplib.SMTPNotSupportedError):
        return "it offers no STARTTLS or no login; smtps:// is TLS from the start"
    if isinstance(problem, ssl.SSLCertVerificationError):
        return "its certificate is not trusted here"
    if isinstance(problem, smtplib.SMTPServerDisconnected):
        return "it hung up"
    return type(problem).__name__ if not isinstance(problem, OSError) else (problem.strerror or str(problem) or type(problem).__name__)
