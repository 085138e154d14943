"""The agents' pages for merging, splitting and linking tickets."""

from typing import Any

import pytest
from sqlalchemy import select

from hub.channels.base import Author
from hub.extensions import db
from hub.intake import actions as intake
from hub.regrouping import actions, queries
from hub.regrouping.models import Regrouping, TicketLink
from hub.tickets.models import Message, Ticket
from tests.builders import create_department, create_ticket, create_user, inbound

CITIZEN = Author(external_id="25000000000000777", name="Nolwenn Tanguy")


def open_ticket(conversation: str, text: str = "Bonjour", department: str = "transports") -> Ticket:
    message = {"conversation": conversation, "author": CITIZEN, "text": text}
    return create_ticket(create_department(department), message=message)


@pytest.fixture
def two(app) -> tuple[Ticket, Ticket]:
    return open_ticket("a", "The bus"), open_ticket("b", "The train")


def posts(client: Any, path: str, **values: Any) -> Any:
    return client.post(path, data=values)


def test_a_ticket_is_merged_into_one_that_was_chosen(agent, signed_in, two):
    client = signed_in(agent)
    source, target = two
    page = client.get(f"/tickets/{source.reference}/merge").text
    assert target.reference in page
    answer = posts(
        client, f"/tickets/{source.reference}/merge", other=target.reference, reason="the same"
    )
    assert answer.location == f"/tickets/{target.reference}"
    old = client.get(f"/tickets/{source.reference}").text
    assert f"The messages of this ticket are in {target.reference}" in old
    assert "composer-text" not in old
    new = client.get(f"/tickets/{target.reference}").text
    assert "The bus" in new
    assert "Has the messages of" in new


def test_a_merge_is_undone_from_either_ticket(agent, signed_in, two):
    client = signed_in(agent)
    source, target = two
    done = actions.merge(source, target, "", by=agent)
    posts(client, f"/tickets/{target.reference}/regroupings/{done.id}/undo")
    assert queries.folded_into(source) is None
    assert "The bus" in client.get(f"/tickets/{source.reference}").text


def test_a_reference_may_be_typed_and_is_refused_in_words(agent, signed_in, two):
    client = signed_in(agent)
    source, _target = two
    stranger = create_ticket(create_department("transports"))
    for typed, sentence in (
        ("", "Choose a ticket, or write its reference."),
        ("2026-999999-A", "There is no ticket with this reference in your departments."),
        (source.reference, "This is the ticket itself."),
        (stranger.reference, "Link the two people first"),
    ):
        answer = posts(client, f"/tickets/{source.reference}/merge", reference=typed)
        assert answer.status_code == 422
        assert sentence in answer.text


def test_tickets_of_other_departments_are_neither_offered_nor_taken(app, signed_in, two):
    source, _target = two
    elsewhere = open_ticket("c", "Elsewhere", department="lycees")
    client = signed_in(create_user(departments=[create_department("transports")]))
    for name in ("merge", "link"):
        assert elsewhere.reference not in client.get(f"/tickets/{source.reference}/{name}").text
        answer = posts(client, f"/tickets/{source.reference}/{name}", reference=elsewhere.reference)
        assert answer.status_code == 422
    assert client.get(f"/tickets/{elsewhere.reference}/merge").status_code == 404
    assert db.session.scalars(select(Regrouping)).all() == []


def test_ticked_messages_go_into_a_new_ticket(agent, signed_in, two):
    client = signed_in(agent)
    ticket, _noise = two
    second = intake.receive("facebook", inbound(conversation="a", author=CITIZEN, text="School"))
    page = client.get(f"/tickets/{ticket.reference}/split").text
    assert "The bus" in page
    assert "School" in page
    assert "The train" not in page
    refused = posts(client, f"/tickets/{ticket.reference}/split")
    assert refused.status_code == 422
    assert "Choose at least one message of the citizen" in refused.text
    answer = posts(client, f"/tickets/{ticket.reference}/split", message=second.id)
    made = db.session.get_one(Message, second.id).ticket
    assert answer.location == f"/tickets/{made.reference}"
    assert "Split off from" in client.get(answer.location).text


def test_linked_tickets_show_each_other_until_the_link_is_removed(agent, signed_in, two):
    client = signed_in(agent)
    one, other = two
    posts(client, f"/tickets/{one.reference}/link", other=other.reference, kind="duplicate")
    for ticket, shown in (two, two[::-1]):
        page = client.get(f"/tickets/{ticket.reference}").text
        assert "Duplicate of" in page
        assert shown.reference in page
    posts(client, f"/tickets/{other.reference}/unlink", other=one.reference)
    assert db.session.scalars(select(TicketLink)).all() == []


def test_a_linked_ticket_of_another_department_is_counted_and_not_shown(agent, signed_in, two):
    one, _other = two
    elsewhere = open_ticket("c", "Elsewhere", department="lycees")
    actions.link(one, elsewhere, "related", by=agent)
    reader = create_user(departments=[create_department("transports")])
    facts = signed_in(reader).get(f"/tickets/{one.reference}").text
    assert "1 linked ticket in another department" in facts
    assert "Elsewhere" not in facts
