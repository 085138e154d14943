"""Chirp: a small platform that splits long answers, charges for them and takes files. For tests of
what agents see of all that, whatever a real platform's rules are."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from flask import Flask

from hub.channels.base import (
    AccountAccess,
    Channel,
    FileRule,
    Health,
    OutboundMessage,
    Parsed,
    Price,
    Sent,
    ThreadMessage,
    Way,
)
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.outbox import spending
from hub.outbox.models import Spending
from hub.tickets.models import Ticket
from tests.builders import create_account, create_department, inbound

ACCOUNT = "region"
LIMIT = 40
MOST_PARTS = 3
WHISPER_LIMIT = 100
FILES = FileRule(
    most=2,
    most_bytes={"image/png": 20_000, "image/jpeg": 20_000, "video/mp4": 50_000},
    alone=frozenset({"video/mp4"}),
    alt_text=True,
    note="Two pictures, or one film.",
)


class Chirp(Channel):
    """One public way, in up to three parts, and a private one in one piece. What is not Latin
    counts twice; a link makes a text dearer. `send` gives the next of `answers`."""

    slug: ClassVar[str] = "chirp"
    label = "Chirp (Birdsong)"
    icon = "megaphone"
    signs = True  # so that the lengths and parts which tests name are those of their texts
    sentences: Mapping[str, str] = {
        "sealed": "This chirp is sealed; open it on Chirp.",
        "muted": "Chirp has muted the account. An administrator must ask for its voice back.",
    }

    def __init__(self, ceiling: str | None = "50") -> None:
        self.ceiling = Price(amount=Decimal(ceiling), currency="USD") if ceiling else None
        self.answers: list[Any] = []
        self.sent: list[OutboundMessage] = []
        #: What is said there, for whoever looks for a message of unknown fate.
        self.said: list[Any] = []

    def ways(self, thread: Sequence[ThreadMessage], account: AccountAccess) -> list[Way]:
        chirp = Way(
            code="chirp",
            visibility="public",
            allowed=True,
            label="Chirp",
            hint="Everybody can hear it.",
            limit=LIMIT,
            most_parts=MOST_PARTS,
            files=FILES,
            target={"mode": "chirp"},
        )
        whisper = Way(
            code="whisper",
            visibility="private",
            allowed=True,
            label="Whisper",
            hint="Only the person can hear it.",
            limit=WHISPER_LIMIT,
            target={"mode": "whisper"},
        )
        return [chirp, whisper]

    def length(self, text: str, way: Way) -> int:
        return sum(1 if ord(character) < 0x1100 else 2 for character in text)

    def split(self, text: str, way: Way) -> list[str]:
        if way.code == "whisper" or self.length(text, way) <= LIMIT:
            return [text]
        first, *words = text.split()
        lines = [first]
        for word in words:
            longer = f"{lines[-1]} {word}"
            if self.length(longer, way) <= LIMIT - len(" 1/3"):
                lines[-1] = longer
            else:
                lines.append(word)
        return [f"{line} {number}/{len(lines)}" for number, line in enumerate(lines, start=1)]

    def price(
        self, account: AccountAccess, target: Mapping[str, str], text: str, *, part: int = 1
    ) -> Price:
        amount = "0.2" if "https://" in text else {"whisper": "0.01"}.get(target["mode"], "0.015")
        return Price(amount=Decimal(amount), currency="USD")

    def prices_as_of(self) -> date:
        return date(2026, 8, 24)

    def send(self, account: AccountAccess, message: OutboundMessage) -> Sent:
        self.sent.append(message)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return Sent(external_id=f"chirp-{len(self.sent)}")

    def said_since(
        self, account: AccountAccess, message: OutboundMessage, since: datetime
    ) -> Iterator[Parsed]:
        for value in self.said:
            if isinstance(value, Exception):
                raise value
            yield value

    def check(self, account: AccountAccess) -> Health:
        return Health()


@contextmanager
def spoken(app: Flask, channel: Chirp) -> Iterator[Chirp]:
    """The hub speaks Chirp while it is open."""
    channels = app.extensions["hub.channels"]
    channels[channel.slug] = channel
    try:
        yield channel
    finally:
        del channels[channel.slug]


def create_chirp_ticket(department: str = "transports", **message: Any) -> Ticket:
    """A ticket that a chirp of a citizen opened; `message` are values of the chirp."""
    create_department("accueil")
    create_account("chirp", external_id=ACCOUNT, name="@region")
    values = {"account": ACCOUNT, "visibility": "public", "conversation": "public:1", **message}
    ticket = intake.receive("chirp", inbound(**values)).ticket
    ticket.department = create_department(department)
    db.session.commit()
    return ticket


def spend(ticket: Ticket, amount: str) -> None:
    """The answers of the ticket's account have cost so many USD this month."""
    month = spending.month_of(now())
    account_id, cost = ticket.account_id, Decimal(amount)
    db.session.merge(Spending(account_id=account_id, month=month, currency="USD", amount=cost))
    db.session.commit()
