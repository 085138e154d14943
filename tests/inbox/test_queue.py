"""The list: what it holds, in which order, and how one goes through it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient

from hub.accounts.models import User
from hub.channels.base import Author
from hub.clock import now
from hub.extensions import db
from hub.inbox import lists, reach
from hub.inbox.selection import Position, Selection, View
from hub.outbox import actions as outbox
from hub.tickets import actions
from hub.tickets.models import Message, Ticket
from tests.builders import at, create_department, create_ticket, create_user

#: On a Tuesday, by day and by night.
OPEN, CLOSED = at("2026-11-24 14:00"), at("2026-11-24 21:00")

ROW = re.compile(r'<li class="ticket-row[^"]*" id="ticket-([^"]+)"')


@pytest.fixture
def mine(agent: User) -> Any:
    """Gives a function that makes a ticket of the agent's department."""

    def make(**values: Any) -> Ticket:
        return create_ticket(create_department("transports"), **values)

    return make


def shown(client: FlaskClient, address: str = "/inbox", **options: Any) -> list[str]:
    """The references in a list, from top to bottom."""
    response = client.get(address, **options)
    assert response.status_code == 200
    return ROW.findall(response.get_data(as_text=True))


def link(client: FlaskClient, address: str, rel: str) -> str | None:
    """Where the list's link to its previous ("prev") or next page leads."""
    html = client.get(address).get_data(as_text=True)
    found = re.search(rf'href="([^"]+)" rel="{rel}"', html)
    return found[1].replace("&amp;", "&") if found else None


# --- Order ------------------------------------------------------------


@time_machine.travel(OPEN, tick=False)
def test_the_citizen_who_has_waited_longest_comes_first(
    agent: User, mine: Any, signed_in: Any
) -> None:
    middle = mine(message={"posted_at": now() - timedelta(hours=2)}).reference
    newest = mine(message={"posted_at": now() - timedelta(hours=1)}).reference
    oldest = mine(message={"posted_at": now() - timedelta(hours=3)}).reference
    assert shown(signed_in(agent)) == [oldest, middle, newest]


@time_machine.travel(OPEN, tick=False)
def test_those_who_wait_since_the_same_second_come_in_the_order_they_were_filed(
    agent: User, mine: Any, signed_in: Any
) -> None:
    instant = now() - timedelta(hours=1)
    filed = [mine(message={"posted_at": instant}).reference for _number in range(3)]
    assert shown(signed_in(agent)) == filed


@time_machine.travel(CLOSED, tick=False)
def test_those_who_wrote_in_one_night_have_one_deadline_and_come_in_the_order_they_were_filed(
    agent: User, mine: Any, signed_in: Any
) -> None:
    made = [mine(message={"posted_at": now() - timedelta(minutes=n)}) for n in (90, 30, 60)]
    assert len({ticket.due_at for ticket in made}) == 1
    assert shown(signed_in(agent)) == [ticket.reference for ticket in made]


def test_neither_names_nor_channels_nor_insistence_change_the_order(
    agent: User, mine: Any, signed_in: Any
) -> None:
    client = signed_in(agent)
    tickets = [mine(message={"posted_at": now() - timedelta(hours=n)}) for n in range(5, 1, -1)]
    before = shown(client)
    for ticket, name, channel in zip(
        tickets, ["Zoé", "Le Monde", "Anonyme", "Albert"], ["web", "facebook"] * 2, strict=True
    ):
        ticket.contact.name, ticket.channel = name, channel
    _write_again(tickets[-1])
    db.session.commit()
    assert shown(client) == before


# --- Views ------------------------------------------------------------


def test_an_answered_ticket_leaves_the_list_of_those_to_answer(
    agent: User, mine: Any, signed_in: Any
) -> None:
    answered, unanswered = mine(), mine()
    _answer(answered, agent)
    client = signed_in(agent)
    assert shown(client) == [unanswered.reference]
    assert shown(client, "/inbox?view=waiting") == [answered.reference]


def test_mine_are_those_i_hold_and_have_not_closed(agent: User, mine: Any, signed_in: Any) -> None:
    held, closed, colleagues = mine(), mine(), mine()
    mine()
    for ticket in (held, closed):
        actions.take(ticket, agent)
    actions.close(closed, by=agent)
    actions.take(colleagues, create_user())
    assert shown(signed_in(agent), "/inbox?view=mine") == [held.reference]


def test_unassigned_are_the_open_ones_that_nobody_holds(
    agent: User, mine: Any, signed_in: Any
) -> None:
    free, held, closed = mine(), mine(), mine()
    actions.take(held, agent)
    actions.close(closed, by=agent)
    assert shown(signed_in(agent), "/inbox?view=unassigned") == [free.reference]


def test_closed_and_all(agent: User, mine: Any, signed_in: Any) -> None:
    open_one, closed = mine(), mine()
    actions.close(closed, by=agent)
    client = signed_in(agent)
    assert shown(client, "/inbox?view=closed") == [closed.reference]
    assert set(shown(client, "/inbox?view=all")) == {open_one.reference, closed.reference}


@pytest.mark.parametrize("view", list(View))
def test_an_empty_list_says_what_to_do_next(view: str | None, agent: User, signed_in: Any) -> None:
    html = signed_in(agent).get("/inbox", query_string={"view": view}).get_data(as_text=True)
    assert 'class="empty-state"' in html


def test_the_left_column_counts_what_each_list_holds(agent: User, mine: Any) -> None:
    held, answered = mine(), mine()
    mine()
    actions.take(held, agent)
    _answer(answered, agent)
    create_ticket(create_department("lycees"))
    assert lists.counts(agent, reach.of(agent)).views == {
        View.TO_ANSWER: 2,
        View.LATE: 0,
        View.UNDECIDED: 0,
        View.MINE: 1,
        View.DRAFTS: 0,
        View.UNASSIGNED: 2,
        View.WAITING: 1,
        View.CONSULTED: 0,
        View.SNOOZED: 0,
    }


def test_counting_stops_where_nobody_would_read_on(
    agent: User, mine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "MOST_COUNTED", 2)
    monkeypatch.setattr(lists, "MOST_COUNTED", 2)
    for _number in range(3):
        mine()
    found = lists.counts(agent, reach.of(agent)).views
    assert (found[View.TO_ANSWER], found[View.UNASSIGNED]) == (2, 2)


# --- Who sees what ------------------------------------------------------------


def test_agents_see_their_departments_and_the_fallback_one(
    agent: User, mine: Any, signed_in: Any
) -> None:
    own = mine().reference
    fallback = create_ticket(create_department("accueil")).reference
    create_ticket(create_department("lycees"))
    assert set(shown(signed_in(agent))) == {own, fallback}


def test_supervisors_see_all_departments(supervisor: User, mine: Any, signed_in: Any) -> None:
    references = {mine().reference, create_ticket(create_department("lycees")).reference}
    assert set(shown(signed_in(supervisor))) == references


# --- Filters ------------------------------------------------------------


def test_a_list_can_be_narrowed_by_department_channel_and_state(
    supervisor: User, mine: Any, signed_in: Any
) -> None:
    wanted = mine(state="open").reference
    mine()
    mine(channel="web", state="open")
    create_ticket(create_department("lycees"), state="open")
    address = "/inbox?department=transports&channel=facebook&state=open"
    assert shown(signed_in(supervisor), address) == [wanted]


def test_a_filter_that_nothing_fits_offers_the_whole_list(
    agent: User, mine: Any, signed_in: Any
) -> None:
    mine()
    html = signed_in(agent).get("/inbox?channel=nowhere").get_data(as_text=True)
    assert not ROW.findall(html)
    empty = html[html.index('class="empty-state"') :]
    assert 'href="/inbox"' in empty[:800]


@pytest.mark.parametrize(
    "query",
    [
        "view=none",
        "state=none",
        "department=%00",
        "channel=%00",
        "after=x",
        "before=-",
        "after=99999999999999999999-1",
        "after=1-99999999999999999999",
        "view=all&after=&before=",
    ],
)
def test_an_address_that_makes_no_sense_still_gives_a_list(
    query: str, agent: User, mine: Any, signed_in: Any
) -> None:
    reference = mine().reference
    assert shown(signed_in(agent), f"/inbox?{query}") == [reference]


# --- Paging ------------------------------------------------------------


@pytest.mark.parametrize("view", [None, "all"])
def test_every_ticket_is_met_once_going_forwards_and_backwards(
    view: str | None, agent: User, mine: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ROWS", 3)
    instant = at("2026-11-10 08:40")
    for number in range(8):  # equal instants across the edge of a page
        mine(due_at=instant, updated_at=instant + timedelta(seconds=number // 4))
    client = signed_in(agent)
    start = f"/inbox?view={view}" if view else "/inbox"
    forwards = list(_pages(client, start, "next"))
    assert [len(page) for _address, page in forwards] == [3, 3, 2]
    references = [reference for _address, page in forwards for reference in page]
    assert len(set(references)) == 8
    backwards = list(_pages(client, forwards[-1][0], "prev"))
    assert [page for _address, page in reversed(backwards)] == [page for _a, page in forwards]


def test_the_first_page_has_no_previous_and_the_last_no_next(
    agent: User, mine: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ROWS", 2)
    for _number in range(3):
        mine()
    client = signed_in(agent)
    assert link(client, "/inbox", "prev") is None
    following = link(client, "/inbox", "next")
    assert following is not None
    assert link(client, following, "next") is None
    first = link(client, following, "prev")
    assert first is not None
    assert link(client, first, "prev") is None


def test_paging_keeps_the_view_and_the_filters(
    agent: User, mine: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ROWS", 1)
    mine()
    mine()
    following = link(signed_in(agent), "/inbox?view=all&channel=facebook", "next")
    assert following is not None
    assert "view=all" in following
    assert "channel=facebook" in following


@pytest.mark.parametrize("text", ["", "1", "-1", "1-", "a-1", "1-a", "²-1", "1-2-3"])
def test_a_position_that_no_list_wrote_is_none(text: str) -> None:
    assert Position.parse(text) is None


def test_a_position_survives_its_address() -> None:
    position = Position(at("2026-11-10 08:40") + timedelta(microseconds=123457), 42)
    assert Position.parse(str(position)) == position


def test_a_selection_survives_its_address() -> None:
    selection = Selection(
        View.MINE, "lycees", "web", "open", tag="ligne 214", age="older", before=Position(now(), 7)
    )
    assert Selection.of(selection.args()) == selection


# --- Rows ------------------------------------------------------------


def test_a_row_names_the_person_and_shows_what_they_wrote(
    agent: User, mine: Any, signed_in: Any
) -> None:
    mine(message={"text": "Car scolaire\nIl ne passe plus.", "author": _author("Zoé Le Goff")})
    html = signed_in(agent).get("/inbox").get_data(as_text=True)
    assert "Zoé Le Goff" in html
    assert "Car scolaire" in html


def test_a_person_without_a_name_is_called_by_their_handle(agent: User, mine: Any) -> None:
    ticket = mine(message={"author": Author(external_id="9", name="", handle="@zoe")})
    ticket.contact.name = ""
    db.session.commit()
    (row,) = lists.page(agent, reach.of(agent), Selection()).rows
    assert row.contact == "@zoe"


def test_a_ticket_without_a_word_says_so(agent: User, mine: Any, signed_in: Any) -> None:
    mine(message={"text": ""})
    html = signed_in(agent).get("/inbox").get_data(as_text=True)
    title = re.search(r'class="ticket-title"[^>]*>([^<]*)<', html)
    assert title is not None
    assert title[1].startswith("(")


def test_markup_in_a_message_is_only_text(agent: User, mine: Any, signed_in: Any) -> None:
    mine(message={"text": "<img src=x onerror=alert(1)>"})
    html = signed_in(agent).get("/inbox").get_data(as_text=True)
    assert "<img src=x" not in html


@pytest.mark.parametrize("delivery", ["failed", "unknown"])
def test_a_reply_that_did_not_surely_arrive_is_marked(
    delivery: str, agent: User, mine: Any, signed_in: Any
) -> None:
    message = outbox.reply(mine(), "Bonjour.", visibility="private", by=agent)
    db.session.get_one(Message, message.id).delivery = delivery
    db.session.commit()
    assert f"sign-delivery-{delivery}" in signed_in(agent).get("/inbox").get_data(as_text=True)


# --- Fragments ------------------------------------------------------------


def test_an_open_list_is_given_its_rows_and_counts_alone(
    agent: User, mine: Any, signed_in: Any
) -> None:
    reference = mine().reference
    response = signed_in(agent).get("/inbox?known=0", headers={"HX-Request": "true"})
    html = response.get_data(as_text=True)
    assert ROW.findall(html) == [reference]
    assert "<html" not in html
    assert 'id="views"' in html
    assert response.headers["Cache-Control"] == "private, no-store"


def test_new_tickets_are_announced_by_number(agent: User, mine: Any, signed_in: Any) -> None:
    known = mine().id
    mine()
    mine()
    create_ticket(create_department("lycees"))
    html = signed_in(agent).get(f"/inbox?known={known}", headers={"HX-Request": "true"}).text
    news = re.search(
        r'<p id="queue-news"[^>]*role="status"[^>]*><a href="/inbox">([^<]*)</a></p>', html
    )
    assert news is not None
    assert news[1].startswith("2 ")


def test_a_fragment_is_refused_to_those_who_signed_out(agent: User, client: FlaskClient) -> None:
    assert client.get("/inbox", headers={"HX-Request": "true"}).status_code == 401


# --- Steps ------------------------------------------------------------


def _author(name: str) -> Author:
    return Author(external_id=name, name=name)


def _answer(ticket: Ticket, by: User) -> None:
    message = outbox.reply(ticket, "Voici.", visibility="private", by=by)
    actions.set_sent(message, external_id=f"sent-{message.id}", at=now())
    db.session.commit()


def _write_again(ticket: Ticket) -> None:
    for number in range(3):
        db.session.add(
            Message(
                ticket=ticket,
                account_id=ticket.account_id,
                direction="in",
                visibility="private",
                text=f"ALORS ?! {number}",
                posted_at=now(),
            )
        )
    actions.settle_clocks(ticket)
    ticket.updated_at = now()


def _pages(client: FlaskClient, address: str, rel: str) -> Iterator[tuple[str, list[str]]]:
    following: str | None = address
    while following:
        yield following, shown(client, following)
        following = link(client, following, rel)
