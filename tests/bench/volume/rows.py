"""The rows of years of work: people, tickets, what was said in them, and their history.

Everything is drawn from one seed, so that two runs measure the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from hub.tickets.models import DeliveryStatus, Direction, EventKind, State
from tests.bench.volume import words

Row = dict[str, Any]
YEARS = timedelta(days=3 * 365)
#: Which part of all tickets, the newest, is still worked on; half of them wait for an answer.
OPEN = 0.02
#: channel, visibility, share.
CHANNELS = (
    ("facebook", "public", 25),
    ("facebook", "private", 20),
    ("twitter", "public", 20),
    ("twitter", "private", 5),
    ("web", "private", 30),
)
#: How many messages a ticket has; three in the mean.
LENGTHS, LENGTH_SHARES = (2, 4, 6), (52, 42, 6)
POSTS = 2_000


@dataclass(frozen=True, slots=True)
class Council:
    """Ids of what is there already: departments by slug, accounts by channel, agents."""

    departments: Mapping[str, int]
    accounts: Mapping[str, int]
    agents: list[int]


@dataclass
class Tables:
    """Rows of each table, in the order in which they may be written."""

    contact: list[Row] = field(default_factory=list)
    identity: list[Row] = field(default_factory=list)
    ticket: list[Row] = field(default_factory=list)
    message: list[Row] = field(default_factory=list)
    event: list[Row] = field(default_factory=list)
    tag: list[Row] = field(default_factory=list)


class Years:
    """Makes so many tickets, the last of them now."""

    def __init__(self, council: Council, tickets: int, now: datetime, *, seed: int = 7) -> None:
        self._council, self._tickets, self._now = council, tickets, now
        self._draw = Random(seed)
        self._slugs = list(words.SHARES)
        self._shares = list(accumulate(words.SHARES.values()))
        self._messages = self._events = 0

    def publications(self) -> Iterator[Row]:
        """The council's posts."""
        for number in range(1, POSTS + 1):
            yield {
                "id": number,
                "account_id": self._council.accounts["facebook"],
                "external_id": f"post-{number}",
                "permalink": f"https://www.facebook.com/region/posts/{number}",
                "text": words.filled(self._draw, "Travaux à {place} en {month} : nos réponses."),
            }

    def chunks(self, size: int = 20_000) -> Iterator[Tables]:
        """All the rest, some tickets at a time."""
        for first in range(1, self._tickets + 1, size):
            tables = Tables()
            for number in range(first, min(first + size, self._tickets + 1)):
                self._add(number, tables)
            yield tables

    def _add(self, number: int, tables: Tables) -> None:
        draw, at = self._draw, self._now - YEARS * (1 - number / self._tickets)
        channel, visibility, _share = draw.choices(CHANNELS, [share for *_, share in CHANNELS])[0]
        slug = draw.choices(self._slugs, cum_weights=self._shares)[0]
        contact = self._person(number, channel, tables)
        length = draw.choices(LENGTHS, LENGTH_SHARES)[0]
        is_open = number > self._tickets * (1 - OPEN)
        asks = is_open and draw.random() < 0.5
        ticket = self._ticket(number, at, slug, channel, visibility, contact)
        said = self._talk(ticket, slug, contact, length - (length % 2 != asks), tables)
        answered = [m["posted_at"] for m in said if m["direction"] == Direction.OUT]
        ticket["first_reply_at"] = answered[0] if answered else None
        ticket["updated_at"] = said[-1]["posted_at"]
        if asks:
            waiting = said[-1]["posted_at"]
            state = State.NEW if len(said) == 1 else State.OPEN
            ticket |= {"state": state, "waiting_since": waiting}
            ticket["due_at"] = waiting + timedelta(hours=20)
        elif is_open:
            ticket["state"] = State.WAITING
        else:
            ticket |= {"state": State.CLOSED, "closed_at": said[-1]["posted_at"]}
            self._event(tables, ticket, EventKind.CLOSED, said[-1]["posted_at"], user=True)
        if not is_open or draw.random() < 0.5:
            ticket["assignee_id"] = draw.choice(self._council.agents)
        tables.ticket.append(ticket)
        if draw.random() < 0.15:
            tables.tag.append({"ticket_id": number, "name": draw.choice(words.TAGS)})

    def _person(self, number: int, channel: str, tables: Tables) -> int:
        """Two of three tickets are of somebody new on that channel."""
        if number % 3 == 2:
            return number - 1
        name = words.person(self._draw)
        tables.contact.append({"id": number, "name": name})
        for index, account in enumerate(self._council.accounts.values()):
            tables.identity.append(
                {
                    "id": 3 * number + index,
                    "account_id": account,
                    "external_id": f"person-{number}",
                    "contact_id": number,
                    "name": name,
                    "handle": name.replace(" ", "").lower() + str(number),
                }
            )
        return number

    def _ticket(
        self, number: int, at: datetime, slug: str, channel: str, visibility: str, contact: int
    ) -> Row:
        is_comment = (channel, visibility) == ("facebook", "public")
        return {
            "id": number,
            "channel": channel,
            "visibility": visibility,
            "account_id": self._council.accounts[channel],
            "department_id": self._council.departments[slug],
            "contact_id": contact,
            "publication_id": self._draw.randint(1, POSTS) if is_comment else None,
            "tracking_token": f"volume-{number}" if channel == "web" else None,
            "routed_because": "le mot « transport »",
            "language": "fr",
            "opened_at": at,
            "received_at": at,
            "indexed_at": self._now,
        }

    def _talk(self, ticket: Row, slug: str, contact: int, length: int, tables: Tables) -> list[Row]:
        at, said = ticket["received_at"], []
        for turn in range(max(1, length)):
            message = self._message(ticket, slug, contact, turn, at)
            said.append(message)
            tables.message.append(message)
            self._note(ticket, message, turn, tables)
            at = min(at + timedelta(minutes=self._draw.randint(20, 600)), self._now)
        ticket["subject"] = " ".join(said[0]["text"].split()[:9]) + "…"
        return said

    def _message(self, ticket: Row, slug: str, contact: int, turn: int, at: datetime) -> Row:
        self._messages += 1
        message = {
            "id": self._messages,
            "ticket_id": ticket["id"],
            "account_id": ticket["account_id"],
            "conversation": f"talk-{ticket['id']}",
            "visibility": ticket["visibility"],
            "external_id": f"said-{self._messages}",
            "language": "fr",
            "posted_at": at,
            "created_at": at,
        }
        draw = self._draw
        if turn % 2:
            answer = words.filled(draw, draw.choice(words.ANSWERS), slug)
            return message | {
                "direction": Direction.OUT,
                "text": answer,
                "user_id": draw.choice(self._council.agents),
                "delivery": DeliveryStatus.SENT,
                "sent_at": at,
                "way": "page",
            }
        first = words.question(draw, slug) if not turn else ""
        identity = 3 * contact + list(self._council.accounts).index(ticket["channel"])
        return message | {
            "direction": Direction.IN,
            "text": first or words.filled(draw, draw.choice(words.MORE)),
            "identity_id": identity,
        }

    def _note(self, ticket: Row, message: Row, turn: int, tables: Tables) -> None:
        at, number = message["posted_at"], message["id"]
        if not turn:
            self._event(tables, ticket, EventKind.OPENED, at)
            self._event(tables, ticket, EventKind.ROUTED, at, department="Transports", why="x")
        if turn % 2:
            visibility = {"visibility": ticket["visibility"]}
            self._event(
                tables, ticket, EventKind.REPLIED, at, user=True, message=number, **visibility
            )
            self._event(tables, ticket, EventKind.DELIVERY, at, message=number, status="sent")
        else:
            self._event(tables, ticket, EventKind.RECEIVED, at, message=number)

    def _event(
        self,
        tables: Tables,
        ticket: Row,
        kind: EventKind,
        at: datetime,
        *,
        user: bool = False,
        message: int | None = None,
        **data: str,
    ) -> None:
        self._events += 1
        tables.event.append(
            {
                "id": self._events,
                "ticket_id": ticket["id"],
                "at": at,
                "kind": kind,
                "user_id": self._draw.choice(self._council.agents) if user else None,
                "department_id": ticket["department_id"],
                "message_id": message,
                "data": data,
            }
        )
