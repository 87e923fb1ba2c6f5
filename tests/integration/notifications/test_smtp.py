"""SMTP: encryption, certificates and passwords, and a server that is not there."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from ls_expert_plugin.errors import MailError
from ls_expert_plugin.notifications.messages import MailText
from ls_expert_plugin.notifications.smtp import MailServer, RecipientRefused
from tests.support.builders.mail import PORTAL, SENDER
from tests.support.builders.routing import NOW
from tests.support.fakes.smtp_server import Server, running_server
from tests.support.servers.postgresql import free_port

pytestmark = pytest.mark.database


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that takes everything."""
    with running_server() as running:
        yield running


class Authority:
    """A certificate for localhost, and who vouches for it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.file))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self.context)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Made for this test."""
    return Authority(tmp_path)


def _send(url: str, to: str = "7@example.org") -> None:
    with MailServer(url, SENDER).connection() as connection:
        connection.send(to, MailText("Hello", "Grüße, 你好.\n", "<p>Grüße, 你好.</p>\n"), message_id="one", unsubscribe_url=f"{PORTAL}/consent", now=NOW)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_name_and_password_go_encrypted_to_a_server_whose_certificate_is_trusted(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """By STARTTLS or TLS from the start; a certificate nobody vouches for ends it before the password is said."""
    with running_server(**{"starttls" if scheme == "smtp" else "tls": authority.context}) as server:
        url = f"{scheme}://mia:p%40ss%2Fword@127.0.0.1:{server.port}"
        with pytest.raises(MailError, match="certificate is not trusted"):
            _send(url)
        assert server.logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        _send(url)
        assert server.logins == [("mia", "p@ss/word")] and server.encrypted == [True] and "你好" in server.to("7@example.org")[0]
        with pytest.raises(MailError, match="does not take the name and password") as caught:
            _send(url.replace("word", "wrong"))
        assert "wrong" not in caught.value.message and "mia" not in caught.value.message


def test_a_server_without_encryption_gets_nothing_unless_the_setting_says_so(server: Server) -> None:
    """``smtp://`` means STARTTLS, whatever the server offers."""
    with pytest.raises(MailError, match="offers no STARTTLS"):
        _send(f"smtp://127.0.0.1:{server.port}")
    assert server.taken == []
    _send(f"smtp+plain://127.0.0.1:{server.port}")
    assert len(server.taken) == 1
    with pytest.raises(RecipientRefused):
        _send(f"smtp+plain://127.0.0.1:{server.port}", "no address")


def test_nobody_there_is_said_with_the_servers_name_alone() -> None:
    """Without name and password."""
    with pytest.raises(MailError) as caught:
        _send(f"smtps://mia:secret@127.0.0.1:{free_port()}")
    assert "127.0.0.1" in caught.value.message and "refused" in caught.value.message and "secret" not in caught.value.message
