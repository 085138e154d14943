"""What tracking pages show once agents have linked people and merged or split their tickets."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.extensions import db
from hub.outbox import actions as outbox
from hub.regrouping import actions
from hub.regrouping.models import Regrouping
from hub.routing.models import Department
from hub.tickets import codes
from hub.tickets.models import Message, Ticket
from tests.builders import create_user
from tests.citizens.people import hidden_fields, send, texts

Council = Mapping[str, Department]


@pytest.fixture
def agent(council: Council) -> Any:
    return create_user(departments=[council["transports"]])


@pytest.fixture
def two(client: FlaskClient, council: Council) -> tuple[Ticket, Ticket]:
    """Two forms of one person, as agents have said: each has a page of its own."""
    send(client, message="Le car de Quimper", subject="transports")
    send(client, message="Le train de Rennes", subject="lycees", email="autre@courriel.example")
    first, second = db.session.scalars(select(Ticket).order_by(Ticket.id)).all()
    second.contact_id = first.contact_id
    db.session.commit()
    return first, second


def page(client: FlaskClient, ticket: Ticket) -> str:
    return texts(client.get(f"/suivi/{ticket.tracking_token}"))


def say_more(client: FlaskClient, ticket: Ticket, text: str) -> Any:
    path = f"/suivi/{ticket.tracking_token}"
    return client.post(path, data={**hidden_fields(client.get(path)), "message": text})


@pytest.mark.parametrize("older_goes", [True, False])
def test_each_page_shows_its_own_conversation_alone(client, two, agent, older_goes) -> None:
    source, target = two if older_goes else reversed(two)
    words = {ticket.id: "Quimper" if ticket == two[0] else "Rennes" for ticket in two}
    addresses = {ticket.id: page(client, ticket) for ticket in two}
    done = actions.merge(source, target, "the same", by=agent)
    for ticket, other in (two, two[::-1]):
        shown = page(client, ticket)
        assert words[ticket.id] in shown
        assert words[other.id] not in shown
        assert ticket.reference in shown
        assert other.tracking_token not in shown
    actions.undo(done, by=agent)
    assert {ticket.id: page(client, ticket) for ticket in two} == addresses


def test_a_message_on_the_old_page_comes_to_the_merged_ticket_and_leads_back_there(
    client, two, agent
) -> None:
    source, target = two
    actions.merge(source, target, "the same", by=agent)
    sent = say_more(client, source, "Encore en panne")
    assert sent.location.startswith(f"/suivi/{source.tracking_token}#")
    stored = db.session.scalars(select(Message).where(Message.text == "Encore en panne")).one()
    assert stored.ticket_id == target.id
    assert stored.identity.handle == "nolwenn@courriel.example"
    assert "Encore en panne" in page(client, source)
    assert "Encore en panne" not in page(client, target)


def test_an_answer_is_read_by_the_one_who_wrote_last(client, two, agent) -> None:
    source, target = two
    actions.merge(source, target, "the same", by=agent)
    say_more(client, source, "Encore en panne")
    outbox.reply(target, "Il roule de nouveau.", visibility="private", by=agent)
    assert "Il roule de nouveau." in page(client, source)
    assert "Il roule de nouveau." not in page(client, target)


@pytest.mark.parametrize(("target", "shown"), [({}, True), ({"email": "a@b.example"}, False)])
def test_a_code_stands_on_the_page_unless_it_went_by_e_mail(client, two, target, shown) -> None:
    message = outbox.say_automatically(two[0], f"Code: {codes.MASK}.", way="page", target=target)
    message.details = {codes.KEY: codes.new_seed()}
    message.next_at = two[0].opened_at
    db.session.commit()
    code = codes.code_of(message.details[codes.KEY])
    assert "Code:" in page(client, two[0])
    assert (f"Code: {code}." in page(client, two[0])) is shown


def test_what_was_split_off_stays_on_the_page_and_has_one_of_its_own(client, two, agent) -> None:
    ticket, _noise = two
    say_more(client, ticket, "Et la cantine ?")
    second = db.session.scalars(select(Message).where(Message.text == "Et la cantine ?")).one()
    made = actions.split(ticket, [second.id], "two matters", by=agent)
    outbox.reply(made, "La cantine rouvre.", visibility="private", by=agent)
    for shown in (page(client, ticket), page(client, made)):
        assert "Quimper" in shown
        assert "Et la cantine ?" in shown
        assert "La cantine rouvre." in shown
        assert "Rennes" not in shown
    actions.undo(db.session.scalars(select(Regrouping)).one(), by=agent)
    assert "La cantine rouvre." in page(client, made)


def test_a_ticket_that_was_split_off_and_took_in_another_shows_its_own(client, two, agent) -> None:
    ticket, other = two
    say_more(client, ticket, "Et la cantine ?")
    second = db.session.scalars(select(Message).where(Message.text == "Et la cantine ?")).one()
    made = actions.split(ticket, [second.id], "two matters", by=agent)
    actions.merge(other, made, "the same", by=agent)
    say_more(client, other, "Le train encore")
    assert "Le train encore" not in page(client, made)
    assert "cantine" in page(client, made)
    assert "cantine" not in page(client, other)
