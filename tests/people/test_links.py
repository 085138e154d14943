"""Two identities are one person's, and two people's again."""

from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hub.channels.base import Author
from hub.extensions import db
from hub.intake import actions as intake
from hub.people import links
from hub.people.models import Clue, IdentityLink
from hub.people.refusals import (
    CannotIdentify,
    LinkedOn,
    SamePerson,
    TicketsTogether,
    UndoneAlready,
)
from hub.regrouping import actions as regrouping
from hub.tickets import actions as tickets
from hub.tickets.models import Event, EventKind, Message, Ticket
from hub.tickets.people import Contact, Identity
from tests.alongside import alongside
from tests.builders import create_department, create_ticket, create_user, inbound

_numbers = count(1)


@pytest.fixture
def agent(app):
    return create_user(departments=[create_department("transports")])


def person(name: str = "") -> Ticket:
    """A ticket of somebody new."""
    number = next(_numbers)
    author = Author(external_id=f"p{number}", name=name or f"Citizen {number}")
    message = {"conversation": f"c{number}", "author": author}
    return create_ticket(create_department("transports"), message=message)


def identity_of(ticket: Ticket) -> Identity:
    query = select(Identity).join(Message).where(Message.ticket_id == ticket.id)
    return db.session.scalars(query.order_by(Message.id).limit(1)).one()


def writes(identity: Identity, conversation: str, **values: Any) -> Ticket:
    author = Author(external_id=identity.external_id, name=identity.name)
    message = inbound(author=author, conversation=conversation, **values)
    return intake.receive("facebook", message).ticket


def kinds(ticket: Ticket) -> list[str]:
    return list(db.session.scalars(select(Event.kind).where(Event.ticket_id == ticket.id)))


def test_a_link_brings_the_tickets_and_identities_of_the_other_person(agent):
    here, there, noise = person(), person("Nolwenn Tanguy"), person()
    contact = there.contact
    links.link(contact, here, reason="she said so", by=agent)
    assert there.contact_id == here.contact_id != noise.contact_id
    assert identity_of(there).contact_id == here.contact_id
    assert db.session.get(Contact, contact.id) is contact
    for ticket in (here, there):
        assert EventKind.IDENTIFIED in kinds(ticket)
    assert EventKind.IDENTIFIED not in kinds(noise)


def test_what_the_person_lacks_is_filled_in_and_taken_back(agent):
    here, there = person(), person()
    contact = there.contact
    contact.email = "nolwenn@courriel.example"
    db.session.commit()
    done = links.link(contact, here, reason="", by=agent)
    assert here.contact.email == "nolwenn@courriel.example"
    links.undo(done, by=agent)
    assert (here.contact.email, contact.email) == ("", "nolwenn@courriel.example")


def test_new_messages_of_a_linked_identity_open_tickets_of_the_person(agent):
    here, there = person(), person()
    links.link(there.contact, here, reason="", by=agent)
    new = writes(identity_of(there), "another conversation")
    assert new.contact_id == here.contact_id
    assert new.id not in {here.id, there.id}


def test_an_undone_link_takes_along_what_came_since(agent):
    here, there, noise = person(), person(), person()
    contact, old = there.contact, here.contact
    done = links.link(contact, here, reason="", by=agent)
    since = writes(identity_of(there), "since")
    mine = writes(identity_of(here), "mine")
    links.undo(done, by=agent)
    assert {there.contact_id, since.contact_id} == {contact.id}
    assert {here.contact_id, mine.contact_id} == {old.id}
    assert identity_of(since).contact_id == contact.id
    assert noise.contact_id not in {contact.id, old.id}
    for ticket in (here, there, since):
        assert EventKind.SEPARATED in kinds(ticket)
    with pytest.raises(UndoneAlready):
        links.undo(done, by=agent)


def test_an_identity_that_became_known_in_a_linked_ticket_goes_back_with_it(agent):
    here, there = person(), person()
    contact = there.contact
    done = links.link(contact, here, reason="", by=agent)
    conversation = db.session.scalars(
        select(Message.conversation).where(Message.ticket_id == there.id)
    ).one()
    again = Author(external_id="another id of hers", name="N. T.")
    intake.receive("facebook", inbound(author=again, conversation=conversation))
    new = intake.receive("facebook", inbound(author=again, conversation="and elsewhere")).ticket
    assert new.contact_id == here.contact_id
    links.undo(done, by=agent)
    assert {there.contact_id, new.contact_id} == {contact.id}
    assert {one.contact_id for one in db.session.scalars(select(Identity))} == {
        contact.id,
        here.contact_id,
    }
    assert identity_of(new).contact_id == contact.id


def test_of_two_links_in_a_chain_the_later_is_undone_first(agent):
    one, two, three = person(), person(), person()
    contacts = [ticket.contact for ticket in (one, two, three)]
    first = links.link(contacts[0], two, reason="", by=agent)
    second = links.link(contacts[1], three, reason="", by=agent)
    assert {one.contact_id, two.contact_id} == {contacts[2].id}
    with pytest.raises(LinkedOn):
        links.undo(first, by=agent)
    links.undo(second, by=agent)
    assert {one.contact_id, two.contact_id} == {contacts[1].id}
    links.undo(first, by=agent)
    assert [ticket.contact_id for ticket in (one, two, three)] == [c.id for c in contacts]


def test_of_two_links_with_one_person_either_is_undone_first(agent):
    one, two, three = person(), person(), person()
    contact = one.contact
    first = links.link(contact, three, reason="", by=agent)
    links.link(two.contact, three, reason="", by=agent)
    links.undo(first, by=agent)
    assert one.contact_id == contact.id
    assert two.contact_id == three.contact_id


def test_one_person_is_not_linked_with_itself(agent):
    here = person()
    with pytest.raises(SamePerson):
        links.link(here.contact, here, reason="", by=agent)


def test_tickets_that_were_merged_are_parted_before_the_people_are(agent):
    here, there = person(), person()
    done = links.link(there.contact, here, reason="", by=agent)
    merged = regrouping.merge(there, here, "", by=agent)
    with pytest.raises(TicketsTogether) as refused:
        links.undo(done, by=agent)
    assert refused.value.reference == here.reference
    regrouping.undo(merged, by=agent)
    links.undo(done, by=agent)
    assert there.contact_id != here.contact_id


def test_a_ticket_that_is_opened_while_people_are_linked_is_the_persons(app, agent):
    here, there = person(), person()
    identity = identity_of(there)
    key = (identity.external_id, identity.name)
    db.session.commit()

    def write(number: int) -> None:
        message = inbound(
            author=Author(external_id=key[0], name=key[1]), conversation=f"meanwhile {number}"
        )
        intake.receive("facebook", message)

    threads = [alongside(app, lambda n=n: write(n)) for n in range(4)]
    links.link(there.contact, here, reason="", by=agent)
    for thread in threads:
        thread.join()
    db.session.rollback()
    owners = set(db.session.scalars(select(Ticket.contact_id)))
    assert owners == {here.contact_id}


def test_names_and_addresses_are_kept_folded_for_finding(agent):
    ticket = person("Nolwenn Le Goff")
    writes(identity_of(ticket), "x", text="Écrivez-moi à Nolwenn.LeGoff@Courriel.example, merci")
    found = {(clue.kind, clue.value) for clue in db.session.scalars(select(Clue))}
    assert ("name", "goff le nolwenn") in found
    assert ("word", "nolwenn") in found
    assert ("email", "nolwenn.legoff@courriel.example") in found


# --- Laws ---------------------------------------------------------------------------------------


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 3)), max_size=8))
def test_any_sequence_of_links_is_undone_to_where_it_began(agent, steps):
    began = [person() for _ in range(4)]
    contacts = [ticket.contact_id for ticket in began]
    identities = [identity_of(ticket) for ticket in began]
    for is_link, one, other in steps:
        standing = list(
            db.session.scalars(select(IdentityLink).where(IdentityLink.undone_at.is_(None)))
        )
        try:
            if is_link:
                links.link(began[one].contact, began[other], reason="", by=agent)
            elif standing:
                links.undo(standing[one % len(standing)], by=agent)
        except CannotIdentify:
            continue
        for ticket, identity in zip(began, identities, strict=True):
            assert identity.contact_id == ticket.contact_id
    later = select(IdentityLink).where(IdentityLink.undone_at.is_(None))
    for done in db.session.scalars(later.order_by(IdentityLink.id.desc())).all():
        links.undo(done, by=agent)
    assert [ticket.contact_id for ticket in began] == contacts
    assert [identity.contact_id for identity in identities] == contacts


def test_closing_and_writing_go_on_as_before_in_a_linked_ticket(agent):
    here, there = person(), person()
    links.link(there.contact, here, reason="", by=agent)
    tickets.close(there, by=agent)
    conversation = db.session.scalars(
        select(Message.conversation).where(Message.ticket_id == there.id)
    ).one()
    assert writes(identity_of(there), conversation).id == there.id
    assert there.state == "open"
