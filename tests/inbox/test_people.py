"""Who is who, as agents see it: suggestions, codes, linking by hand, and a person's page."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from hub.channels.base import Author
from hub.clock import now
from hub.extensions import db
from hub.inbox.people import candidates
from hub.intake import actions as intake
from hub.people import codes as awaited
from hub.people import links
from hub.people.models import IdentityCode
from hub.regrouping import actions as regrouping
from hub.regrouping.models import Regrouping
from hub.tickets import codes, outgoing
from hub.tickets.models import Event, Message, Ticket
from hub.tickets.people import Identity
from tests.builders import comment, create_department, create_ticket, create_user, inbound
from tests.plans import whole_reads_of

EMAIL = "nolwenn@courriel.example"


@pytest.fixture
def reader(app) -> Any:
    return create_user(departments=[create_department("transports")])


def person(
    number: int, name: str = "", *, department: str = "transports", **message: Any
) -> Ticket:
    author = Author(external_id=f"p{number}", name=name or f"Citizen {number}")
    values = {"conversation": f"c{number}", "author": author, **message}
    return create_ticket(create_department(department), message=values)


def suggested(ticket: Ticket, user: Any) -> list[tuple[str, list[str]]]:
    return [
        (one.contact.name, sorted(one.suggestion.reasons))
        for one in candidates.likely(ticket, user)
    ]


def spoken(code: IdentityCode) -> str:
    return codes.code_of(code.message.details["code"])


def only_code() -> IdentityCode:
    db.session.rollback()
    return db.session.scalars(select(IdentityCode)).one()


# --- Suggestions ------------------------------------------------------------------------------


def test_the_same_address_in_a_message_suggests_a_person(reader):
    here = person(1, text=f"Écrivez-moi : {EMAIL.upper()}")
    person(2, "N. T.", text=f"mon adresse est {EMAIL}.")
    person(3, text="autre@courriel.example")
    person(4, department="lycees", text=EMAIL)
    assert suggested(here, reader) == [("N. T.", ["email"])]


def test_the_same_name_suggests_a_person_where_both_wrote_about_the_same(reader):
    here = person(1, "Nolwenn Tanguy")
    person(2, "TANGUY Nolwenn")
    person(3, "Nolwenn Le Goff")
    elsewhere = person(4, "Nolwenn Tanguy", department="accueil")
    assert elsewhere.department.slug == "accueil"
    assert suggested(here, reader) == [("TANGUY Nolwenn", ["department", "name"])]


def test_the_same_name_months_before_is_somebody_else(reader):
    with time_machine.travel(now() - timedelta(weeks=10)):
        person(2, "Nolwenn Tanguy")
    assert suggested(person(1, "Nolwenn Tanguy"), reader) == []


def test_a_dismissed_suggestion_is_not_made_again_on_either_side(reader, signed_in):
    here, there = person(1, text=EMAIL), person(2, text=EMAIL)
    client = signed_in(reader)
    assert "May be the same person as" in client.get(f"/tickets/{here.reference}").text
    client.post(f"/tickets/{here.reference}/person/dismiss", data={"contact": there.contact_id})
    assert suggested(here, reader) == suggested(there, reader) == []


def test_suggestions_read_no_table_whole(reader):
    here = person(1, text=EMAIL)
    for number in range(2, 6):
        person(number, text=EMAIL)
    plans = whole_reads_of("identity", lambda: candidates.likely(here, reader))
    assert [plan for plan in plans if "clue" in plan] == []


# --- Codes ------------------------------------------------------------------------------------


def ask(client: Any, here: Ticket, there: Ticket, **options: Any) -> Any:
    place = f"/tickets/{here.reference}/person/code"
    return client.post(place, data={"contact": there.contact_id}, **options)


def say(ticket: Ticket, text: str) -> Message:
    message = db.session.scalars(
        select(Message).where(Message.ticket_id == ticket.id).order_by(Message.id).limit(1)
    ).one()
    identity = message.identity
    author = Author(external_id=identity.external_id, name=identity.name)
    return intake.receive(
        "facebook", inbound(conversation=message.conversation, author=author, text=text)
    )


@pytest.fixture
def asked(reader, signed_in) -> tuple[Ticket, Ticket, IdentityCode]:
    here, there = person(1, text=EMAIL), person(2, text=EMAIL)
    answer = ask(signed_in(reader), here, there)
    assert answer.location == f"/tickets/{here.reference}?ask=code#composer"
    return here, there, only_code()


def test_a_code_is_sent_to_the_other_identity_and_no_agent_reads_it(asked, reader, signed_in):
    here, there, code = asked
    client = signed_in(reader)
    assert code.message.ticket_id == there.id
    assert code.message.visibility == "private"
    number = spoken(code)
    assert codes.spoken(code.message).count(number) == 1
    for page in (f"/tickets/{there.reference}", f"/tickets/{here.reference}?ask=code"):
        assert number not in client.get(page).text
    assert codes.MASK in client.get(f"/tickets/{there.reference}").text
    assert "a code of six digits" in client.get(f"/tickets/{here.reference}?ask=code").text
    kept = [code.message.text, str(code.message.details), code.digest.hex()]
    events = [str(event.data) for event in db.session.scalars(select(Event))]
    assert not any(number in text for text in kept + events)


def test_the_platform_is_given_the_code(asked):
    code = asked[2]
    assert spoken(code) in outgoing.words(code.message).text


def test_who_tells_the_code_is_the_same_person(asked, work):
    here, there, code = asked
    noise = person(3)
    say(here, f"Voici : {spoken(code)[:3]} {spoken(code)[3:]} merci")
    awaited.identify(code.id)
    db.session.rollback()
    assert there.contact_id == here.contact_id != noise.contact_id
    events = db.session.scalars(select(Event).where(Event.kind == "identified")).all()
    assert {event.ticket_id for event in events} == {here.id, there.id}
    assert all(event.data["by_code"] for event in events)
    awaited.identify(code.id)
    assert len(db.session.scalars(select(Event).where(Event.kind == "identified")).all()) == 2


def test_a_worker_links_them_by_itself(asked, work):
    here, there, code = asked
    say(here, spoken(code))
    work()
    db.session.rollback()
    assert there.contact_id == here.contact_id


def test_a_code_told_elsewhere_says_nothing(asked):
    here, there, code = asked
    noise = person(3)
    for ticket in (there, noise):
        say(ticket, spoken(code))
    assert only_code().told_at is None
    assert here.contact_id != there.contact_id


def test_after_five_tries_the_code_is_good_for_nothing(asked):
    here, _there, code = asked
    number = spoken(code)
    wrong = f"{(int(number) + 1) % 10**6:06d}"
    say(here, " ".join([wrong] * 9 + [number]))
    assert only_code().tries == 5
    say(here, number)
    assert only_code().told_at is None


def test_after_a_day_the_code_is_good_for_nothing(asked):
    here, _there, code = asked
    with time_machine.travel(now() + timedelta(hours=25)):
        say(here, spoken(code))
    assert only_code().told_at is None


def test_an_agent_types_in_what_the_citizen_told(asked, reader, signed_in):
    here, there, code = asked
    client = signed_in(reader)
    path = f"/tickets/{here.reference}/person/told"
    wrong = f"{(int(spoken(code)) + 1) % 10**6:06d}"
    told = client.post(path, data={"code": wrong}, follow_redirects=True).text
    assert "This is not the code. Tries left: 4." in told
    client.post(path, data={"code": spoken(code)})
    db.session.rollback()
    assert there.contact_id == here.contact_id


def again(ticket: Ticket, conversation: str) -> Ticket:
    """Another ticket of the same citizen, who writes in another conversation."""
    identity = db.session.scalars(
        select(Message.identity_id).where(Message.ticket_id == ticket.id).limit(1)
    ).one()
    known = db.session.get_one(Identity, identity)
    author = Author(external_id=known.external_id, name=known.name)
    message = {"conversation": conversation, "author": author}
    return create_ticket(create_department("transports"), message=message)


def test_a_code_that_is_awaited_in_a_merged_ticket_is_heard_where_its_messages_are(
    asked, reader, work
):
    here, there, code = asked
    middle, last = again(here, "c11"), again(here, "c12")
    regrouping.merge(here, middle, "", by=reader)
    regrouping.merge(middle, last, "", by=reader)
    assert say(last, spoken(code)).ticket_id == last.id
    work()
    db.session.rollback()
    assert there.contact_id == last.contact_id
    told = select(Event.ticket_id).where(Event.kind == "identified")
    assert set(db.session.scalars(told)) == {last.id, there.id}


def test_after_the_undo_a_code_is_heard_at_the_old_place_and_no_longer_in_the_other(asked, reader):
    here, _there, code = asked
    target = again(here, "c11")
    done = regrouping.merge(here, target, "", by=reader)
    regrouping.undo(done, by=reader)
    say(target, spoken(code))
    assert only_code().told_at is None
    assert say(here, spoken(code)).ticket_id == here.id
    assert only_code().told_at is not None


def test_a_code_that_is_awaited_in_what_was_split_off_is_heard_once_that_is_undone(
    reader, signed_in
):
    here, there = person(1), person(2)
    made = regrouping.split(here, [say(here, "Et le bus ?").id], "", by=reader)
    ask(signed_in(reader), made, there)
    regrouping.undo(db.session.scalars(select(Regrouping)).one(), by=reader)
    assert say(here, spoken(only_code())).ticket_id == here.id
    assert only_code().told_at is not None


def test_both_codes_of_two_merged_tickets_can_be_told(asked, reader, signed_in):
    here, _there, first = asked
    target = again(here, "c11")
    ask(signed_in(reader), target, person(5, text=EMAIL))
    second = db.session.scalars(select(IdentityCode).order_by(IdentityCode.id.desc())).first()
    regrouping.merge(here, target, "", by=reader)
    say(target, spoken(first))
    say(target, spoken(second))
    db.session.rollback()
    assert first.told_at is not None
    assert second.told_at is not None
    assert (first.tries, second.tries) == (1, 2)


def test_an_agent_types_in_a_code_that_is_awaited_in_a_merged_ticket(asked, reader, signed_in):
    here, there, code = asked
    target = again(here, "c11")
    regrouping.merge(here, target, "", by=reader)
    client = signed_in(reader)
    assert "/person/told" in client.get(f"/tickets/{target.reference}").text
    client.post(f"/tickets/{target.reference}/person/told", data={"code": spoken(code)})
    db.session.rollback()
    assert there.contact_id == target.contact_id


def test_a_new_code_takes_the_place_of_one_of_a_merged_ticket(asked, reader, signed_in):
    here, there, first = asked
    target = again(here, "c11")
    regrouping.merge(here, target, "", by=reader)
    client = signed_in(reader)
    for _time in range(2):
        ask(client, target, there)
    db.session.rollback()
    assert first.ended_at is not None
    page = ask(client, target, there, follow_redirects=True).text
    assert "Enough codes were sent for today." in page


def test_three_codes_a_day_are_enough(asked, reader, signed_in):
    here, there, _code = asked
    client = signed_in(reader)
    for _time in range(2):
        ask(client, here, there)
    refused = ask(client, here, there, follow_redirects=True).text
    assert "Enough codes were sent for today." in refused
    sent = db.session.scalars(select(IdentityCode).order_by(IdentityCode.id)).all()
    assert [code.ended_at is None for code in sent] == [False, False, True]


def test_no_code_goes_by_a_public_way(reader, signed_in):
    here = person(1, text=EMAIL)
    create_department("accueil")
    there = intake.receive(
        "facebook", comment(author=Author(external_id="p9", name="P"), text=EMAIL)
    ).ticket
    ask(signed_in(reader), here, there)
    for message in db.session.scalars(select(Message).where(Message.direction == "out")):
        assert message.visibility == "private"


# --- By hand ----------------------------------------------------------------------------------


def test_a_person_is_found_by_name_reference_or_address_as_far_as_the_reader_may_see(reader):
    here = person(1)
    there = person(2, "Nolwenn Le Goff", text=f"{EMAIL} est mon adresse")
    hidden = person(3, "Nolwenn Le Goff", department="lycees", text=EMAIL)
    for words in ("goff nolwenn", "NOLWENN", EMAIL, there.reference):
        found = candidates.find(here, reader, words)
        assert [one.contact.id for one in found] == [there.contact_id]
    assert candidates.find(here, reader, hidden.reference) == []
    assert candidates.find(here, reader, "nolwenn martin") == []
    assert candidates.find(here, reader, "!!") == []


def test_two_people_are_linked_with_a_reason(reader, signed_in):
    here, there = person(1), person(2, "Nolwenn Le Goff")
    client = signed_in(reader)
    path = f"/tickets/{here.reference}/person/link"
    assert "Nolwenn Le Goff" in client.get(f"{path}?q=nolwenn").text
    refused = client.post(f"{path}?q=nolwenn", data={"contact": there.contact_id})
    assert refused.status_code == 422
    assert "Write how you know it." in refused.text
    client.post(f"{path}?q=nolwenn", data={"contact": there.contact_id, "reason": "she said so"})
    db.session.rollback()
    assert there.contact_id == here.contact_id
    assert (
        "counts as the same person (she said so)" in client.get(f"/tickets/{here.reference}").text
    )


# --- A person's page --------------------------------------------------------------------------


def test_tickets_of_other_departments_are_counted_and_not_shown(reader, signed_in):
    here = person(1)
    say(here, "Encore")
    for number in range(2):
        other = person(10 + number, department="lycees", text=f"Secret {number}")
        links.link(other.contact, here, reason="", by=reader)
    noise = person(5, department="lycees")
    client = signed_in(reader)
    for path in (f"/tickets/{here.reference}", f"/people/{here.contact_id}"):
        page = client.get(path).text
        assert "2 tickets in other departments" in page
        assert "Secret" not in page
    assert client.get(f"/people/{noise.contact_id}").status_code == 404


def test_a_persons_tickets_are_paged_open_ones_first(reader, signed_in):
    here = person(1)
    for number in range(45):
        ticket = person(100 + number, text=f"Matter {number}.")
        ticket.contact_id, ticket.state = here.contact_id, "closed" if number % 2 else "new"
    db.session.commit()
    seen: list[str] = []
    client, path = signed_in(reader), f"/people/{here.contact_id}"
    while path:
        page = client.get(path).text
        seen += re.findall(r'/tickets/([\w-]+)"', page.split('id="person-tickets"')[1])
        further = re.search(r'href="(/people/\d+\?after=[^"]+)"', page)
        path = further[1] if further else ""
    assert len(seen) == len(set(seen)) == 46
    states = [
        db.session.scalars(select(Ticket.state).where(Ticket.id == int(ref.split("-")[1]))).one()
        for ref in seen
    ]
    assert states == sorted(states, key=lambda state: state == "closed")


def test_what_is_known_is_corrected_with_its_history(reader, signed_in):
    here = person(1)
    client, path = signed_in(reader), f"/people/{here.contact_id}"
    client.post(path, data={"name": "Nolwenn Tanguy", "email": EMAIL, "postal_address": ""})
    page = client.get(path).text
    assert "Citizen 1" in page
    assert EMAIL in page
    assert client.post(path, data={"email": "no address"}).status_code == 422


def test_a_link_is_undone_on_the_persons_page(reader, signed_in):
    here, there = person(1), person(2)
    old = there.contact_id
    done = links.link(there.contact, here, reason="she said so", by=reader)
    client = signed_in(reader)
    moved = client.get(f"/people/{old}")
    assert moved.location == f"/people/{here.contact_id}"
    assert "she said so" in client.get(moved.location).text
    client.post(f"/people/{here.contact_id}/links/{done.id}/undo")
    db.session.rollback()
    assert there.contact_id == old != here.contact_id
