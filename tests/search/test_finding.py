"""Finding tickets, the same on both databases."""

from datetime import timedelta

import pytest
import time_machine

from hub.accounts.models import Role, User
from hub.channels.base import Author, Deleted
from hub.extensions import db
from hub.intake import actions as intake
from hub.search import actions, engines, queries
from hub.tickets import actions as tickets
from hub.tickets import consulting
from hub.tickets.models import Conversation, Message, Ticket
from tests.builders import (
    PAGE_ID,
    at,
    create_department,
    create_ticket,
    create_user,
    inbound,
)
from tests.plans import plans_of

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def bins(app: object) -> Ticket:
    return create_ticket(
        create_department("environnement", name="Environnement et déchets"),
        message={
            "text": "Bonjour, les poubelles n'ont pas été ramassées à la gare routière.\nMerci",
            "author": Author(external_id="42", name="Nolwenn Tanguy", handle="nono_35"),
        },
    )


@pytest.fixture
def bus(app: object) -> Ticket:
    return create_ticket(
        create_department("transports"),
        message={"text": "Le bus de la ligne 214 est encore en retard", "visibility": "public"},
    )


def index() -> None:
    db.session.rollback()
    assert not actions.index_due(timedelta(minutes=1))


def found(text: str, by: User | None = None, **more: int) -> list[int]:
    db.session.rollback()
    return queries.find(queries.ask(text), by=by, **{"limit": 20, **more})


def ids(*some: Ticket) -> list[int]:
    return sorted((ticket.id for ticket in some), reverse=True)


@pytest.mark.parametrize(
    "text",
    [
        "ramassé",
        "RAMASSEES poubelle",
        '"gares routières"',
        "« été ramassées à la gare »",
        "poubel*",
        "poub* -bus",
        "tanguy",
        "from:nolwenn",
        'from:"Nolwenn Tanguy"',
        "from:nono_35",
        "from:tang*",
        "-from:citoyenne",
        "department:environnement",
        "service:« environnement et déchets »",
        "-department:transports",
        "tag:Propreté",
        "propreté",
        "state:closed",
        "-state:new",
        "note confidentielle",
        "poubelles note",
        "langue:français routière",
    ],
)
def test_a_ticket_is_found_and_the_other_is_not(text: str, bins: Ticket, bus: Ticket) -> None:
    tickets.tag(bins, "propreté", by=None)
    tickets.note(bins, "Une note confidentielle", by=None)
    tickets.close(bins, by=None)
    index()
    assert found(text) == ids(bins)


@pytest.mark.parametrize(
    "text",
    [
        '"routière gare"',
        '"merci tanguy"',
        "from:tan",
        "from:poubelles",
        '"nolwenn bonjour"',
        "poubelles bus",
        "tag:prop",
        "department:environnement -poubelles",
        "poubelles state:closed",
        "poubelles channel:twitter",
        "zzz",
    ],
)
def test_nothing_else_is_found(text: str, bins: Ticket, bus: Ticket) -> None:
    create_department("accueil")
    index()
    assert found(text) == []


def test_words_of_several_messages_find_their_ticket_once(bins: Ticket, bus: Ticket) -> None:
    follow_up = inbound(
        text="Toujours rien rue Lamartine, la gare déborde",
        conversation=conversation_of(bins),
        author=Author(external_id="42", name="Nolwenn Tanguy"),
    )
    intake.receive("facebook", follow_up)
    index()
    assert found("lamartine ramassées gare") == ids(bins)


def conversation_of(ticket: Ticket) -> str:
    return db.session.query(Conversation.key).filter_by(ticket_id=ticket.id).scalar()


def test_days_are_those_of_the_council(app: object) -> None:
    with time_machine.travel(at("2026-11-10 12:00"), tick=False):
        late = create_ticket(message={"posted_at": at("2026-10-31 22:30")})  # 31 Oct, 23:30
        early = create_ticket(message={"posted_at": at("2026-10-31 23:30")})  # 1 Nov, 0:30
        index()
        assert found("before:2026-11-01") == ids(late)
        assert found("after:01/11/2026") == ids(early)
        assert found("after:2026-10 before:2026-12") == ids(late, early)
        assert found("after:2027 before:2026") == []


def test_a_reference_is_found_whole_or_begun_before_it_is_indexed(
    bins: Ticket, bus: Ticket
) -> None:
    year, number, letter = bins.reference.split("-")
    for typed in (bins.reference.lower(), f"{year}-{number}", f" {year}{number}{letter} "):
        assert found(typed) == ids(bins), typed
    begun = f"{year}-{number[:-1]}"
    assert found(begun) == ids(*(one for one in (bins, bus) if one.reference.startswith(begun)))
    assert found(f"{int(year) - 1}-{number}") == []
    assert found(f"{year}-000000") == []


def test_an_agent_finds_what_they_may_read_alone(bins: Ticket, bus: Ticket, agent: User) -> None:
    lost = create_ticket(create_department("accueil"), message={"text": "Bus perdu"})
    index()
    chief = create_user(role=Role.SUPERVISOR)
    assert found("bus", agent) == ids(bus, lost)
    assert found("bus", create_user()) == ids(lost)
    assert found("poubelles", agent) == []
    assert found("poubelles", chief) == ids(bins)


def test_those_who_are_asked_about_a_ticket_find_it_while_they_are(
    bins: Ticket, bus: Ticket, agent: User
) -> None:
    chief = create_user(role=Role.SUPERVISOR)
    asked = consulting.consult(bins, "Une idée ?", asked=agent, by=chief)
    index()
    assert found("poubelles", agent) == ids(bins)
    assert found(bins.reference, agent) == ids(bins)
    assert found("-zzz", agent) == ids(bins, bus)
    consulting.end(asked, by=agent)
    assert found("poubelles", agent) == []


def test_a_transfer_shows_at_once_to_whom_a_ticket_no_longer_belongs(
    bus: Ticket, agent: User
) -> None:
    index()
    tickets.transfer(bus, create_department("lycees"), "à eux", by=None)
    assert found("bus", agent) == []


def test_pages_go_on_below_the_last_ticket(app: object) -> None:
    some = [create_ticket(message={"text": f"Une inondation, la {n}e"}) for n in range(5)]
    index()
    first = found("inondations", limit=2)
    assert first == ids(*some[3:])
    assert found("inondations", limit=2, below=first[-1]) == ids(*some[1:3])


@pytest.mark.parametrize("question", ["gare", "state:new", "gare -bus"])
def test_what_is_not_among_the_newest_is_found_in_its_order(
    question: str, bins: Ticket, bus: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets.close(bus, by=None)
    some = [create_ticket(message={"text": "Une gare inondée"}) for _number in range(4)]
    index()
    monkeypatch.setattr(engines, "NEAR", 3)
    monkeypatch.setattr(queries, "NEAR", 2)
    assert found(question) == ids(bins, *some)
    assert found(question, limit=3) == ids(*some[1:])
    assert found(question, below=some[0].id) == ids(bins)


def test_what_was_deleted_is_found_no_more(bins: Ticket) -> None:
    index()
    message = bins_message(bins)
    intake.delete(
        "facebook", Deleted(account=PAGE_ID, external_id=message, deleted_at=at("2026-11-23 08:00"))
    )
    index()
    assert found("poubelles") == []
    assert found("tanguy") == ids(bins)


def bins_message(ticket: Ticket) -> str:
    return db.session.query(Message.external_id).filter_by(ticket_id=ticket.id).scalar()


def test_the_index_is_used(bins: Ticket, bus: Ticket, engine_name: str) -> None:
    index()
    asked = queries.ask("poubelles")

    def plans() -> list[str]:
        return plans_of(engines.NAME, lambda: queries.find(asked, by=None, limit=20))

    assert not [plan for plan in plans() if "Seq Scan on search_document" in plan]
    if engine_name == "postgresql":  # of two rows it reads the key as gladly
        without_key = "ALTER TABLE search_document DROP CONSTRAINT pk_search_document"
        db.session.connection().exec_driver_sql(without_key)  # until the rollback
        used = "ix_search_document_words"
    else:
        used = "VIRTUAL TABLE INDEX"
    assert any(used in plan for plan in plans())
    db.session.rollback()
