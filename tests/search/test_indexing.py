"""When the index reads a ticket again, and what it survives."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.accounts.models import User
from hub.admin import backup, leaving, restore
from hub.channels.base import Author
from hub.extensions import db
from hub.intake import actions as intake
from hub.people import corrections, links
from hub.search import actions, documents, queries
from hub.tickets import actions as tickets
from hub.tickets.models import Ticket
from tests.admin.whole import empty_hub
from tests.builders import create_ticket, inbound

pytestmark = pytest.mark.usefixtures("app")

OTHER = Author(external_id="77", name="N. Tanguy")
TANGUY = Author(external_id="42", name="Nolwenn Tanguy", handle="nono_35")


def found(text: str) -> list[int]:
    db.session.rollback()
    return queries.find(queries.ask(text), by=None, limit=20)


def index() -> None:
    db.session.rollback()
    assert not actions.index_due(timedelta(minutes=1))


def test_a_worker_indexes_what_changed(work: Any) -> None:
    ticket = create_ticket(message={"text": "Une haie arrachée"})
    assert found("haies") == []
    work()
    assert found("haies") == [ticket.id]
    tickets.note(ticket, "Vu avec la mairie", by=None)
    work()
    assert found("haies mairie") == [ticket.id]
    assert not actions.is_due()


def test_a_ticket_that_changes_while_it_is_read_stays_due(monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = create_ticket(message={"text": "Une haie"})
    read = documents.of

    def and_somebody_writes(*arguments: Any) -> Any:
        seen = read(*arguments)
        monkeypatch.setattr(documents, "of", read)
        tickets.note(db.session.get_one(Ticket, ticket.id), "Entre-temps", by=None)
        return seen

    monkeypatch.setattr(documents, "of", and_somebody_writes)
    assert actions.index([ticket.id]) == 0
    assert actions.is_due()
    index()
    assert found("haie temps") == [ticket.id]


def test_a_new_name_is_found_in_all_tickets_of_the_person() -> None:
    old = create_ticket(message={"author": TANGUY, "conversation": "messenger:42"})
    new = create_ticket(message={"author": TANGUY, "conversation": "public:1_2:42"})
    other = create_ticket()
    index()
    renamed = Author(external_id="42", name="Nolwenn Kervella", handle="nono_35")
    intake.receive("facebook", inbound(author=renamed, conversation="messenger:42"))
    index()
    assert found("from:kervella") == [new.id, old.id]
    assert other.id not in found("kervella")


def test_a_corrected_name_and_a_linked_person_are_found(agent: User) -> None:
    mine = create_ticket(message={"author": TANGUY, "conversation": "messenger:42"})
    others = [create_ticket(message={"author": OTHER, "conversation": f"c:{n}"}) for n in "12"]
    index()
    corrections.correct(mine.contact, {"name": "Nolwenn Le Goff"}, by=agent)
    index()
    assert found('from:"Le Goff"') == [mine.id]
    link = links.link(mine.contact, others[0], reason="même adresse", by=agent)
    index()
    both = sorted([mine.id, *(ticket.id for ticket in others)], reverse=True)
    assert found("from:nono_35") == both
    links.undo(link, by=agent)
    index()
    assert found("from:nono_35") == [mine.id]


def test_a_restored_hub_indexes_everything_anew(
    tmp_path: Path, engine_name: str, new_database: Any
) -> None:
    ticket = create_ticket(message={"text": "Une haie"}).id
    index()
    db.session.rollback()
    backup.write(tmp_path / "b.tar.gz")
    with empty_hub(tmp_path / "new", new_database(engine_name)):
        restore.read(tmp_path / "b.tar.gz")
        assert found("haie") == []
        index()
        assert found("haie") == [ticket]


def test_what_was_erased_is_found_no_more() -> None:
    ticket = create_ticket(message={"text": "Une haie", "author": TANGUY})
    index()
    leaving.leave(ticket.account, erase=True)
    index()
    assert (found("haie"), found("tanguy"), found("from:nono_35")) == ([], [], [])


def test_one_ticket_that_cannot_be_indexed_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    some = [create_ticket(message={"text": "Une haie"}).id for _number in range(3)]
    write = actions.index

    def refuses_one(ticket_ids: list[int]) -> int:
        if some[1] in ticket_ids:
            raise ValueError("of this ticket nothing can be made")
        return write(ticket_ids)

    monkeypatch.setattr(actions, "index", refuses_one)
    index()
    assert found("haie") == [some[2], some[0]]


def test_a_thread_of_very_many_words_is_indexed_and_its_last_ones_are_in_phrases() -> None:
    ticket = create_ticket(message={"text": "tout premier message"})
    for number in range(12):
        words = " ".join(f"mot{number}x{index}" for index in range(2_000))
        tickets.note(ticket, words, by=None)
    index()
    assert found('"mot11x7 mot11x8"') == [ticket.id]
    assert found("premier mot0x1999") == [ticket.id]
    assert found(f'"{"e" * 30} x"') == []


def test_words_without_end_do_not_break_the_index() -> None:
    ticket = create_ticket(message={"text": "haie"})
    for number in range(14):
        words = " ".join(f"{'𝔞' * 30}{number}n{index}".replace("𝔞", "ж") for index in range(2_500))
        tickets.note(ticket, words, by=None)
    index()
    assert found("state:new") == [ticket.id]
    assert found("ж" * 30 + "13n7") == [ticket.id]
