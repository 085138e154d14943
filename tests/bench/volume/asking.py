"""One agent at work on a full hub: each page again and again, one request at a time."""

import asyncio
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from sqlalchemy import func, select

from hub.accounts import actions as accounts
from hub.accounts.models import Role, User
from hub.extensions import db
from hub.routing.models import Department
from hub.tickets import references
from hub.tickets.models import Ticket
from tests.bench import load, payloads
from tests.bench.installation import PASSWORD, Installation
from tests.bench.load import Client, Figures
from tests.bench.people import hidden, sign_in

#: Of the department that hardly anybody writes to.
RARE_AGENT = "agent.tourisme@region-montvallee.example"
SUPERVISOR = "nathalie.perrin@region-montvallee.example"
AGENT = "claire.morvan@region-montvallee.example"
FORM = "application/x-www-form-urlencoded"
#: A word of a quarter of all tickets, and one of a handful.
COMMON = "transport"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how long it may take (p95, milliseconds)."""

    name: str
    bar: float
    paths: list[str]
    email: str = SUPERVISOR


def add_rare_agent() -> None:
    """Somebody whose department hardly anybody writes to."""
    department = db.session.scalar(select(Department.id).where(Department.slug == "tourisme"))
    accounts.set_password(
        accounts.create_user(
            email=RARE_AGENT,
            name="Solenn Rare",
            role=Role.AGENT,
            title="",
            department_ids=[department],
        ),
        PASSWORD,
    )


def questions(rare_word: str) -> Iterator[Question]:
    """All pages that are measured, with their bars."""
    for email, who in ((SUPERVISOR, "all"), (AGENT, "agent"), (RARE_AGENT, "rare")):
        yield Question(f"list to answer, {who}", 40, ["/inbox"], email)
        yield Question(f"list of all, {who}", 40, ["/inbox?view=all"], email)
        yield Question(f"list closed, {who}", 40, ["/inbox?view=closed"], email)
    yield Question("list mine", 40, ["/inbox?view=mine"])
    yield Question("list filtered", 40, ["/inbox?view=all&department=tourisme&channel=web"])
    yield Question("a ticket's page", 40, _tickets(SUPERVISOR))
    yield Question("a ticket's page, agent", 40, _tickets(AGENT), AGENT)
    for email, who in ((SUPERVISOR, "all"), (RARE_AGENT, "rare")):
        yield Question(f"search, common, {who}", 120, [_search(COMMON)], email)
        yield Question(f"search, rare, {who}", 120, [_search(rare_word)], email)
        yield Question(f"search, both, {who}", 120, [_search(f"{COMMON} {rare_word}")], email)


def ask(installation: Installation, question: Question, times: int) -> Figures:
    """So many requests, one after the other, once some have warmed it up."""
    cookie = sign_in(installation.port, question.email)
    paths = question.paths * (1 + (times + times // 5) // len(question.paths))
    requests = [payloads.get(path, cookie) for path in paths]
    asyncio.run(load.one_by_one(installation.port, requests[: times // 5]))
    measured = requests[times // 5 : times + times // 5]
    return asyncio.run(load.one_by_one(installation.port, measured))


def replies(installation: Installation, times: int) -> Figures:
    """So many answers, each on a ticket of its own: the time of the request that stores it."""
    cookie = sign_in(installation.port, SUPERVISOR)
    return asyncio.run(_reply_to(installation.port, cookie, list(_answerable(times + 10))))


async def _reply_to(port: int, cookie: str, found: list[str]) -> Figures:
    client, figures = Client(port), Figures()
    for number, reference in enumerate(found):
        page = await client.ask(payloads.get(f"/tickets/{reference}", cookie))
        fields = hidden(page.body.decode())
        said = {"text": f"Bonjour, la réponse {number}.", "way": "private:page"}
        body = urlencode({**fields, **said}).encode()
        request = payloads.post(f"/tickets/{reference}/replies", body, cookie, media_type=FORM)
        if number < 10:  # warms it up
            await client.ask(request)
        else:
            await load.timed(client, request, figures, time.perf_counter())
    client.close()
    return figures


def _answerable(number: int) -> Iterator[str]:
    """Tickets of the form that are still worked on."""
    query = select(Ticket).where(Ticket.channel == "web", Ticket.state != "closed")
    yield from _references(db.session.scalars(query.order_by(Ticket.id.desc()).limit(number)))
    db.session.remove()


def _tickets(email: str, number: int = 60) -> list[str]:
    """Tickets of all years that this person sees."""
    user = db.session.scalar(select(User).where(User.email == email))
    assert user is not None
    highest = db.session.scalar(select(func.max(Ticket.id))) or 1
    draw = random.Random(3)
    query = select(Ticket).where(
        Ticket.id.in_(draw.sample(range(1, highest), min(4000, highest - 1)))
    )
    if not user.may(Role.SUPERVISOR):
        query = query.where(Ticket.department_id.in_(user.department_ids))
    found = list(_references(db.session.scalars(query.limit(number))))
    db.session.remove()
    return [f"/tickets/{reference}" for reference in found]


def _references(tickets: Iterable[Ticket]) -> Iterator[str]:
    return (references.reference(ticket.opened_at, ticket.id) for ticket in tickets)


def _search(text: str) -> str:
    return f"/search?q={quote(text)}"
