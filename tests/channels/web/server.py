"""A mail server on this machine, as strict or as faulty as a test wants it."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Server:
    """What it answers to each step (None: takes it), and what it was given.

    `at_data`: "silent" never answers to the data, "gone" hangs up instead.
    (The names of the methods are aiosmtpd's.)
    """

    to_sender: str | None = None
    to_recipient: str | None = None
    to_data: str | None = None
    at_data: str = ""
    taken: list[Envelope] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.to_sender or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.to_recipient or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.at_data == "silent":
            await asyncio.sleep(5)
        if self.at_data == "gone":
            server.transport.close()
        if self.to_data is None:
            self.taken.append(envelope)
            self.encrypted.append(session.ssl is not None)
        return self.to_data or "250 Taken"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        if (data.login, data.password) != (b"hub@region.example", b"p@ss:word"):
            return AuthResult(success=False, handled=False)
        self.signed_in.append(data.login.decode())
        return AuthResult(success=True)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def listening(
    server: Server, *, tls: ssl.SSLContext | None = None, sign_in: bool = False
) -> Iterator[Server]:
    """Serve on a free port. `tls`: offer STARTTLS with this certificate; `sign_in`: offer AUTH."""
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=tls,
        authenticator=server.authenticate if sign_in else None,
        auth_require_tls=False,
    )
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()
