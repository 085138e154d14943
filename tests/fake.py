"""A platform of the tests' own: it does what a test says and remembers what it was asked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from hub.channels.base import (
    AccountAccess,
    Author,
    Channel,
    Echo,
    Health,
    InboundMessage,
    OutboundMessage,
    Parsed,
    Polled,
    Price,
    Rechecks,
    Refused,
    Sent,
    ThreadMessage,
    Way,
)
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from tests.builders import inbound

ACCOUNT = "900"
CITIZEN = "51"
#: What a platform does next: give this, raise this, or call this and give what comes of it.
Answer = Any

_posts = count(1)


class Fake(Channel):
    """Its answers are lists that a test fills; what is not said there has a harmless default.

    A text is split at each "|". A post costs 0.015 USD, with a link 0.2, once `prices` is True.
    """

    slug = "fake"
    label = "Fake"
    sentences: Mapping[str, str] = {}
    poll_every = timedelta(minutes=2)
    rechecks = Rechecks(every=timedelta(hours=6), during=timedelta(days=30))

    def __init__(self) -> None:
        #: One list of answers for each poll: Polled, or something to raise or to call.
        self.polls: list[list[Answer]] = []
        self.cursors: list[Mapping[str, Any]] = []
        #: What is known of a message that is looked at, by its id; nothing is said of others.
        self.standing: dict[str, Answer] = {}
        self.looked_at: list[list[str]] = []
        #: What the platform holds, whenever it is asked for all since an instant.
        self.held: list[Answer] = []
        self.backfilled: list[datetime] = []
        #: What a check gives, or raises, and how often it was made.
        self.health: Answer = Health()
        self.checks = 0
        self.answers: list[Answer] = []
        #: One list of answers for each look for a message of unknown fate; None: it does not tell.
        self.said: list[list[Answer]] | None = None
        self.looked_for: list[tuple[OutboundMessage, datetime]] = []
        self.sent: list[OutboundMessage] = []
        self.renewals: list[Answer] = []
        self.renewed_with: list[Mapping[str, str]] = []
        self.used: list[Mapping[str, str]] = []
        self.prices = False
        self.most_parts = 5
        #: Until when its ways are open.
        self.closes_at: datetime | None = None
        self.in_transaction: list[str] = []

    def poll(self, account: AccountAccess, cursor: Mapping[str, Any]) -> Iterator[Polled]:
        self.used.append(account.credentials)
        self.cursors.append(cursor)
        for step in self.polls.pop(0) if self.polls else []:
            self._note_transaction("poll")
            yield _given(step)
            self._note_transaction("poll, after a step")

    def look(self, account: AccountAccess, external_ids: Sequence[str]) -> Iterator[Parsed]:
        self._note_transaction("look")
        self.looked_at.append(list(external_ids))
        for external_id in external_ids:
            if external_id in self.standing:
                yield _given(self.standing[external_id])
                self._note_transaction("look, after a value")

    def said_since(
        self, account: AccountAccess, message: OutboundMessage, since: datetime
    ) -> Iterator[Parsed]:
        self._note_transaction("said_since")
        self.looked_for.append((message, since))
        if self.said is None:
            raise Refused("cannot-look")
        for value in self.said.pop(0) if self.said else []:
            yield _given(value)
            self._note_transaction("said_since, after a value")

    def backfill(self, account: AccountAccess, since: datetime) -> Iterator[Parsed]:
        self.backfilled.append(since)
        for value in self.held:
            self._note_transaction("backfill")
            yield _given(value)
        self._note_transaction("backfill, after a value")

    def send(self, account: AccountAccess, message: OutboundMessage) -> Sent:
        self._note_transaction("send")
        self.sent.append(message)
        answer = self.answers.pop(0) if self.answers else Sent(external_id=f"out{next(_posts)}")
        return _given(answer)

    def renew(self, account: AccountAccess) -> Mapping[str, str]:
        self._note_transaction("renew")
        self.renewed_with.append(account.credentials)
        return _given(self.renewals.pop(0))

    def author(self, account: AccountAccess, external_id: str) -> Author | None:
        return None

    def check(self, account: AccountAccess) -> Health:
        self._note_transaction("check")
        self.checks += 1
        return _given(self.health)

    def ways(self, thread: Sequence[ThreadMessage], account: AccountAccess) -> list[Way]:
        return [
            Way(
                code=code,
                visibility=visibility,
                allowed=True,
                limit=280,
                most_parts=self.most_parts,
                closes_at=self.closes_at,
                target={"to": CITIZEN},
            )
            for code, visibility in (("reply", "public"), ("dm", "private"))
        ]

    def split(self, text: str, way: Way) -> list[str]:
        return text.split("|")

    def price(
        self, account: AccountAccess, target: Mapping[str, str], text: str, *, part: int = 1
    ) -> Price | None:
        if not self.prices:
            return None
        return Price(amount=Decimal("0.2" if "https://" in text else "0.015"), currency="USD")

    def prices_as_of(self) -> date | None:
        return date(2026, 11, 1)

    def _note_transaction(self, where: str) -> None:
        if db.session().in_transaction():
            self.in_transaction.append(where)


def _given(answer: Answer) -> Any:
    if isinstance(answer, BaseException):
        raise answer
    return answer() if isinstance(answer, Callable) else answer


def account() -> Account:
    """The council's account, as it stands in the database now."""
    db.session.expire_all()
    return db.session.query(Account).filter_by(channel="fake").one()


def mention(**values: Any) -> InboundMessage:
    """A public message to the council's account."""
    number = next(_posts)
    return inbound(
        **{
            "account": ACCOUNT,
            "external_id": f"in{number}",
            "conversation": f"public:{number}:{CITIZEN}",
            "visibility": "public",
            "author": Author(external_id=CITIZEN, name="Nolwenn Tanguy", handle="nolwenn"),
            **values,
        }
    )


def echo(text: str, external_id: str, **values: Any) -> Echo:
    """A public message of the council's account."""
    return Echo(
        **{
            "account": ACCOUNT,
            "external_id": external_id,
            "visibility": "public",
            "text": text,
            "posted_at": now(),
            **values,
        }
    )


def in_hours(hours: float) -> datetime:
    return now() + timedelta(hours=hours)
