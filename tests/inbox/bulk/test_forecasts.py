"""What is told of one answer to many before it is sent, against what then leaves. The signature
below each answer counts like its text."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from hub.accounts.models import User
from hub.channels.base import Author
from hub.clock import now
from hub.extensions import db
from hub.formats import money
from hub.inbox.bulk import actions as bulk
from hub.inbox.bulk import answering, choosing
from hub.inbox.bulk.answering import Forecast
from hub.inbox.bulk.models import BulkItem
from hub.outbox.models import Spending
from hub.tickets.models import Ticket
from tests.builders import create_department, create_user
from tests.chirp import MOST_PARTS, WHISPER_LIMIT, Chirp, create_chirp_ticket

TRANSPORTS, LYCEES = "Cars", "Direction des lycées et de la vie lycéenne"
#: Unsigned, one part, and three where the short signature finds room.
ONE_PART = "Le car de 7 h 12 roule demain."
THREE_PARTS = "Le car de sept heures ne passera pas demain matin ; prenez celui de huit heures."

Work = Callable[[], None]


@pytest.fixture
def author(chirp: Chirp) -> User:
    """Who signs with a short line for one of the two tickets, and a long one for the other."""
    chirp.signs = False
    departments = [
        create_department("transports", name=TRANSPORTS),
        create_department("lycees", name=LYCEES),
    ]
    return create_user(name="Ida Roy", departments=departments)


@pytest.fixture
def tickets(author: User) -> list[Ticket]:
    return [_asked("transports"), _asked("lycees")]


def _asked(department: str, name: str = "Nolwenn Tanguy") -> Ticket:
    """A ticket of a citizen of its own."""
    citizen = f"{department}-{name}"
    author = Author(external_id=citizen, name=name)
    return create_chirp_ticket(department, conversation=f"public:{citizen}", author=author)


def forecast(tickets: list[Ticket], text: str, mode: str, by: User) -> Forecast:
    return answering.forecast(tickets, text, mode, by=by)


def refused(found: Forecast) -> list[tuple[list[str], str]]:
    return [([ticket.reference for ticket in one.tickets], one.reason) for one in found.blocked]


def sent(tickets: list[Ticket], text: str, mode: str, by: User, work: Work) -> dict[str, str]:
    """Send it, and let all that can leave do so. Gives reference -> why it got no answer."""
    references = [ticket.reference for ticket in tickets]
    with time_machine.travel(now(), tick=False) as clock:
        job = bulk.draft_answer(choosing.ticked(by, references), by=by)
        bulk.send_answer(job, text=text, mode=mode, close=False)
        for _second in range(len(tickets) + 1):
            work()
            clock.shift(timedelta(seconds=1))
    db.session.rollback()
    items = db.session.scalars(select(BulkItem).where(BulkItem.job_id == job.id))
    return {item.ticket.reference: item.detail for item in items if item.detail}


def spent() -> str:
    db.session.rollback()
    return money(db.session.scalars(select(Spending.amount)).one(), "USD")


def test_what_only_its_signature_makes_too_long_is_refused(
    tickets: list[Ticket], author: User, chirp: Chirp, work: Work
) -> None:
    excess = 5
    text = "o" * (WHISPER_LIMIT + excess - len(f"\n\nIda Roy, {LYCEES}"))
    found = forecast(tickets, text, "private", author)
    ((references, reason),) = refused(found)
    assert (found.count, references) == (1, [tickets[1].reference])
    assert f"takes {WHISPER_LIMIT} characters here: {excess} are too many" in reason
    assert found.example == f"{text}\n\nIda Roy, {TRANSPORTS}"
    assert sent(tickets, text, "private", author, work) == {references[0]: reason}
    assert [message.text for message in chirp.sent] == [found.example]


def test_the_parts_that_it_adds_are_paid_for(
    tickets: list[Ticket], author: User, chirp: Chirp, work: Work
) -> None:
    found = forecast(tickets, ONE_PART, "same", author)
    assert (found.count, refused(found)) == (2, [])
    assert sent(tickets, ONE_PART, "same", author, work) == {}
    parts = len(chirp.sent)
    assert parts == 5  # one each without it
    assert found.cost == money(Decimal("0.015") * parts, "USD") == spent()


def test_a_part_too_many_is_refused(
    tickets: list[Ticket], author: User, chirp: Chirp, work: Work
) -> None:
    found = forecast(tickets, THREE_PARTS, "same", author)
    ((references, reason),) = refused(found)
    assert (found.count, references) == (1, [tickets[1].reference])
    assert "would need 4 parts, and the platform takes at most 3" in reason
    assert sent(tickets, THREE_PARTS, "same", author, work) == {references[0]: reason}
    assert len(chirp.sent) == MOST_PARTS
    assert found.cost == spent()


def test_a_link_in_it_is_paid_for(tickets: list[Ticket], author: User, work: Work) -> None:
    author.title = "https://region.example"
    db.session.commit()
    text = "Il roule."
    found = forecast(tickets, text, "private", author)
    assert sent(tickets, text, "private", author, work) == {}
    assert found.cost == spent() == money(Decimal("0.4"), "USD")


def test_a_platform_that_signs_by_itself_is_told_no_signature(
    tickets: list[Ticket], author: User, chirp: Chirp, work: Work
) -> None:
    chirp.signs = True
    found = forecast(tickets, ONE_PART, "same", author)
    assert (found.count, found.example) == (2, ONE_PART)
    sent(tickets, ONE_PART, "same", author, work)
    assert [message.text for message in chirp.sent] == [ONE_PART] * 2
    assert found.cost == money(Decimal("0.03"), "USD") == spent()


def test_a_signature_alone_is_no_answer(tickets: list[Ticket], author: User, work: Work) -> None:
    """Of a person who is not known by a name, nothing is left of a text that is a name."""
    nameless = _asked("transports", name="42")
    all_of_them = [nameless, *tickets]
    found = forecast(all_of_them, "{prénom}", "private", author)
    assert (found.count, refused(found)) == (2, [([nameless.reference], "Write a reply.")])
    assert found.example.startswith("Nolwenn")
    refusals = sent(all_of_them, "{prénom}", "private", author, work)
    assert refusals == {nameless.reference: "Write a reply."}
