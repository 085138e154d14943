"""The mail catcher: takes every e-mail the hub sends, and sends none of them on."""

import asyncio
import json
import signal
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from hub import clock
from hub.sandbox.database import Database
from hub.sandbox.values import instant, milliseconds

#: Larger than any answer with its attachments.
LARGEST_MAIL = 40 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One caught e-mail. `recipients` are the envelope's, hidden copies included."""

    id: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[str, ...]
    raw: bytes


class Catcher:
    """Keeps each mail in the sandbox's database. (The method's name is aiosmtpd's.)"""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)  # decode_data is off
        keep(
            self.database,
            sender=envelope.mail_from or "",
            recipients=envelope.rcpt_tos,
            raw=envelope.content,
        )
        return "250 Message caught"


async def catch(database: Database, port: int, ready: Callable[[], None]) -> None:
    """Listen on this machine alone until SIGTERM or SIGINT; `ready` is called once it does.

    Raises OSError when the port is taken.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopped.set)
    server = await loop.create_server(
        lambda: SMTP(Catcher(database), data_size_limit=LARGEST_MAIL), "127.0.0.1", port
    )
    ready()
    await stopped.wait()
    server.close()


def keep(database: Database, *, sender: str, recipients: list[str], raw: bytes) -> None:
    with database.writing() as connection:
        connection.execute(
            "INSERT INTO mail (received_at, sender, recipients, raw) VALUES (?, ?, ?, ?)",
            (milliseconds(clock.now()), sender, json.dumps(recipients), raw),
        )


def caught(database: Database, latest: int = 100) -> list[Mail]:
    """The latest mails, newest first."""
    with database.reading() as connection:
        rows = connection.execute("SELECT * FROM mail ORDER BY id DESC LIMIT ?", (latest,))
        return [_mail(row) for row in rows]


def count(connection: sqlite3.Connection) -> int:
    """How many were caught."""
    return int(connection.execute("SELECT count(*) FROM mail").fetchone()[0])


def one(database: Database, mail_id: int) -> Mail | None:
    with database.reading() as connection:
        row = connection.execute("SELECT * FROM mail WHERE id = ?", (mail_id,)).fetchone()
        return None if row is None else _mail(row)


def _mail(row: sqlite3.Row) -> Mail:
    message = message_from_bytes(row["raw"], policy=policy.default)
    assert isinstance(message, EmailMessage)
    return Mail(
        id=row["id"],
        received_at=instant(row["received_at"]),
        sender=row["sender"],
        recipients=tuple(json.loads(row["recipients"])),
        subject=str(message.get("Subject", "")),
        text=_text(message),
        attachments=tuple(part.get_filename() or "" for part in message.iter_attachments()),
        raw=row["raw"],
    )


def _text(message: EmailMessage) -> str:
    """The plain part; the source of the HTML one when there is no other."""
    body = message.get_body(preferencelist=("plain", "html"))
    return "" if body is None else str(body.get_content()).replace("\r\n", "\n")
