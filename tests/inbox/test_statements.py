"""How many statements a page costs does not depend on how much there is."""

from datetime import timedelta
from typing import Any

import pytest

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.tickets import actions
from hub.tickets.models import (
    Attachment,
    Direction,
    FileState,
    Message,
    Revision,
    Tag,
    Ticket,
)
from hub.tickets.people import Contact
from tests.builders import create_department, create_ticket
from tests.statements import counted

#: Session, list, left column, stream: what a list may cost.
MOST_FOR_A_LIST = 9
MOST_FOR_A_TICKET = 24


def fill(ticket: Ticket, author: User, messages: int) -> None:
    """Messages of all kinds, with files and earlier versions."""
    for number in range(messages):
        direction = (Direction.IN, Direction.OUT, Direction.NOTE)[number % 3]
        message = Message(
            ticket=ticket,
            account_id=ticket.account_id,
            direction=direction,
            visibility="private",
            text=f"Message {number}",
            user_id=None if direction == Direction.IN else author.id,
            posted_at=now() - timedelta(hours=1),
            delivery="sent" if direction == Direction.OUT else None,
            attachments=[Attachment(kind="file", state=FileState.MISSING, label="A file")],
            revision=1,
            revisions=[Revision(number=1, text="Before", until=now())],
        )
        db.session.add(message)


def many_tickets(agent: User, count: int, like: Ticket, *, contact_id: int | None = None) -> None:
    """Tickets of many people, held by many colleagues, each with many messages."""
    for number in range(count):
        contact = Contact(name=f"Citizen {number}")
        colleague = User(email=f"{now()}{number}", name=f"Agent {number}", role="agent")
        db.session.add_all([contact, colleague])
        db.session.flush()
        ticket = Ticket(
            subject=f"Matter {number}",
            channel=like.channel,
            visibility=like.visibility,
            account_id=like.account_id,
            department_id=like.department_id,
            contact_id=contact_id or contact.id,
            assignee_id=(None, agent.id, colleague.id)[number % 3],
            state=("new", "open", "waiting", "closed")[number % 4],
            received_at=now(),
            waiting_since=now() if number % 4 < 2 else None,
        )
        db.session.add(ticket)
        fill(ticket, agent, 6)
    db.session.commit()


@pytest.mark.parametrize("view", ["to_answer", "all", "mine", "unassigned", "waiting", "closed"])
def test_a_list_costs_the_same_with_5_and_with_60_tickets(
    view: str, agent: User, signed_in: Any
) -> None:
    client = signed_in(agent)
    first = create_ticket(create_department("transports"))
    many_tickets(agent, 5, first)
    with counted() as few:
        assert client.get(f"/inbox?view={view}").status_code == 200
    many_tickets(agent, 55, first)
    with counted() as many:
        client.get(f"/inbox?view={view}")
    assert len(many) == len(few) <= MOST_FOR_A_LIST, many


def test_a_ticket_costs_the_same_with_few_and_with_many_messages(
    agent: User, signed_in: Any
) -> None:
    client = signed_in(agent)
    ticket = create_ticket(create_department("transports"))
    many_tickets(agent, 2, ticket, contact_id=ticket.contact_id)
    fill(ticket, agent, 5)
    db.session.commit()
    outbox.reply(ticket, "Bonjour.", visibility="private", by=agent)
    actions.tag(ticket, "ligne 214", by=agent)
    address = f"/tickets/{ticket.reference}"
    with counted() as few:
        assert client.get(address).status_code == 200
    fill(ticket, agent, 130)
    db.session.add_all(Tag(ticket_id=ticket.id, name=f"tag {number}") for number in range(30))
    many_tickets(agent, 10, ticket, contact_id=ticket.contact_id)
    with counted() as many:
        client.get(address)
    assert len(many) == len(few) <= MOST_FOR_A_TICKET, many
