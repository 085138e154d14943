"""Lists: whose they are, in which order, and that none of them reads more than it shows."""

import re
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from flask.testing import FlaskClient

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.inbox import columns, keyset, lists, reach
from hub.inbox.contents import ORDERS
from hub.inbox.selection import Position, Selection, View
from hub.outbox import actions as outbox
from hub.tickets import actions
from hub.tickets.models import Consultation, Follower, Ticket
from tests.builders import create_department, create_ticket, create_user
from tests.plans import plans_of, whole_reads_of
from tests.statements import counted

ROW = re.compile(r'<li class="ticket-row[^"]*" id="ticket-([^"]+)"')


@pytest.fixture
def mine(agent: User) -> Any:
    """Gives a function that makes a ticket of the agent's department."""

    def make(**values: Any) -> Ticket:
        return create_ticket(create_department("transports"), **values)

    return make


def held(user: User, view: View = View.TO_ANSWER, **filters: Any) -> list[str]:
    """The references of a list, from top to bottom."""
    selection = Selection(view=view, **filters)
    return [row.reference for row in lists.page(user, reach.of(user), selection).rows]


def count_of(user: User, view: View) -> int:
    return lists.counts(user, reach.of(user)).views[view]


# --- Order ------------------------------------------------------------


def test_what_is_due_first_comes_first_whichever_waits_longer(agent: User, mine: Any) -> None:
    old = mine(due_at=now() + timedelta(hours=3), waiting_since=now() - timedelta(days=1))
    urgent = mine(due_at=now() + timedelta(hours=1), waiting_since=now() - timedelta(hours=1))
    assert held(agent) == [urgent.reference, old.reference]


@pytest.mark.parametrize("view", [View.TO_ANSWER, View.UNASSIGNED])
def test_no_name_channel_or_following_moves_a_ticket(agent: User, mine: Any, view: View) -> None:
    tickets = [mine(due_at=now() + timedelta(hours=hours)) for hours in (1, 2, 3)]
    order = [ticket.reference for ticket in tickets]
    marks = [("Le Monde", "twitter", 3), ("Zoé", "web", 1), ("", "facebook", 0)]
    fans = [create_user() for _number in range(3)]
    for marked in permutations(marks):
        db.session.query(Follower).delete()
        for ticket, (name, channel, followers) in zip(tickets, marked, strict=True):
            ticket.contact.name, ticket.channel = name, channel
            db.session.add_all(
                Follower(ticket_id=ticket.id, user_id=fan.id) for fan in fans[:followers]
            )
        db.session.commit()
        assert held(agent, view) == order


@pytest.mark.parametrize("view", [View.MINE, View.UNASSIGNED])
def test_what_waits_for_the_citizen_comes_after_all_that_is_due(
    agent: User, mine: Any, view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ROWS", 2)
    tickets = [mine(due_at=due) for due in (None, now() + timedelta(days=400), None, now())]
    for ticket in tickets if view == View.MINE else []:
        actions.take(ticket, agent)
    order = [tickets[number].reference for number in (3, 1, 0, 2)]
    first = lists.page(agent, reach.of(agent), Selection(view=view))
    assert first.following is not None
    second = lists.page(agent, reach.of(agent), first.following)
    assert [row.reference for row in (*first.rows, *second.rows)] == order
    assert second.previous is not None
    again = lists.page(agent, reach.of(agent), second.previous)
    assert [row.reference for row in again.rows] == order[:2]


# --- Views ------------------------------------------------------------


def test_a_snoozed_ticket_is_out_of_the_lists_of_work_until_it_wakes(
    agent: User, mine: Any
) -> None:
    late = now() - timedelta(hours=1)
    sleeping, awake = mine(due_at=late), mine(due_at=late)
    for ticket in (sleeping, awake):
        actions.take(ticket, agent)
    sleeping.snoozed_until = now() + timedelta(days=1)
    db.session.commit()
    for view in (View.TO_ANSWER, View.LATE, View.MINE):
        assert held(agent, view) == [awake.reference]
        assert count_of(agent, view) == 1
    assert held(agent, View.SNOOZED) == [sleeping.reference]
    assert set(held(agent, View.ALL)) == {sleeping.reference, awake.reference}


def test_late_or_due_soon_holds_what_is_near_and_no_more(agent: User, mine: Any) -> None:
    late, soon = mine(due_at=now() - timedelta(hours=1)), mine(due_at=now() + timedelta(minutes=1))
    mine(due_at=now() + timedelta(days=30))
    assert held(agent, View.LATE) == [late.reference, soon.reference]
    assert count_of(agent, View.LATE) == 2


def test_consulted_are_those_one_is_asked_about_while_it_lasts(agent: User, mine: Any) -> None:
    far = create_department("lycees")
    asked, over, departments, strangers = (create_ticket(far) for _number in range(4))
    for ticket, values in (
        (asked, {"user_id": agent.id}),
        (over, {"user_id": agent.id, "ended_at": now()}),
        (departments, {"department_id": create_department("transports").id}),
        (strangers, {"user_id": create_user().id}),
    ):
        asker = create_user()
        db.session.add(
            Consultation(ticket_id=ticket.id, question="?", asked_by_id=asker.id, **values)
        )
    db.session.commit()
    assert set(held(agent, View.CONSULTED)) == {asked.reference, departments.reference}
    assert count_of(agent, View.CONSULTED) == 2
    assert held(agent) == []


def test_followed_are_mine_alone_and_none_that_left_my_sight(agent: User, mine: Any) -> None:
    followed, left, others = mine(), mine(), mine()
    left.department = create_department("lycees")
    for ticket, user in ((followed, agent), (left, agent), (others, create_user())):
        db.session.add(Follower(ticket_id=ticket.id, user_id=user.id))
    db.session.commit()
    assert held(agent, View.FOLLOWED) == [followed.reference]


def test_an_agent_of_two_departments_reads_both_in_one_order(monkeypatch: Any, agent: User) -> None:
    monkeypatch.setattr(lists, "ROWS", 3)
    places = [create_department("transports"), create_department("accueil")]
    made = [
        create_ticket(places[number % 2], due_at=now() + timedelta(minutes=number))
        for number in range(7)
    ]
    create_ticket(create_department("lycees"), due_at=now())
    selection: Selection | None = Selection()
    seen = []
    while selection:
        page = lists.page(agent, reach.of(agent), selection)
        seen += [row.reference for row in page.rows]
        selection = page.following
    assert seen == [ticket.reference for ticket in made]


# --- Filters ------------------------------------------------------------


def test_each_filter_narrows_a_list(agent: User, mine: Any) -> None:
    wanted = mine(
        priority="urgent", language="uk", visibility="public", channel="web", state="open"
    )
    actions.tag(wanted, "ligne 214", by=None)
    mine(opened_at=now() - timedelta(days=40))
    for name, value in (
        ("priority", "urgent"),
        ("language", "uk"),
        ("visibility", "public"),
        ("channel", "web"),
        ("state", "open"),
        ("tag", "ligne 214"),
        ("age", "today"),
        ("age", "week"),
    ):
        assert held(agent, View.ALL, **{name: value}) == [wanted.reference], name
        assert held(agent, **{name: value}) == [wanted.reference], name
    assert wanted.reference not in held(agent, View.ALL, age="older")


def test_a_list_that_was_not_looked_through_whole_says_so_and_goes_on(
    agent: User, mine: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ROWS", 1)
    monkeypatch.setattr(keyset, "LOOKED_THROUGH", 4)
    wanted = mine(language="uk", due_at=now() + timedelta(days=9))
    for _number in range(3):
        mine()
    page = lists.page(agent, reach.of(agent), Selection(language="uk"))
    assert (page.rows, page.looks_on) == ([], True)
    html = signed_in(agent).get("/inbox?language=uk").text
    assert "Look further" in html
    references = []
    while page.following:
        page = lists.page(agent, reach.of(agent), page.following)
        references += [row.reference for row in page.rows]
    assert references == [wanted.reference]


@pytest.mark.parametrize("tagged", [1, 5])
def test_a_tag_is_found_whether_few_or_many_have_it(
    agent: User, mine: Any, tagged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "RARE", 2)
    made = [mine() for _number in range(6)]
    for ticket in made[:tagged]:
        actions.tag(ticket, "crue", by=None)
    assert set(held(agent, tag="crue")) == {ticket.reference for ticket in made[:tagged]}


def test_filters_that_are_set_can_each_be_taken_away(
    agent: User, mine: Any, signed_in: Any
) -> None:
    mine()
    html = signed_in(agent).get("/inbox?view=all&channel=web&priority=high").text
    chips = re.findall(r'<a class="tag queue-chip" href="([^"]+)"', html)
    assert [chip.replace("&amp;", "&") for chip in chips] == [
        "/inbox?view=all&priority=high",
        "/inbox?view=all&channel=web",
    ]


# --- Beside a ticket ------------------------------------------------------------


def test_a_tickets_page_shows_the_list_that_its_address_names(
    agent: User, mine: Any, signed_in: Any
) -> None:
    shown, other = mine(channel="web"), mine(channel="web")
    mine()
    html = signed_in(agent).get(f"/tickets/{shown.reference}?view=all&channel=web").text
    column = html[html.index('id="column"') : html.index("pane-ticket")]
    assert set(ROW.findall(column)) == {shown.reference, other.reference}
    current = re.search(r'href="/tickets/([^?"]+)[^"]*" data-ticket-link aria-current="true"', html)
    assert current is not None
    assert current[1] == shown.reference
    assert f"/tickets/{other.reference}?view=all&amp;channel=web" in column


def test_a_ticket_without_a_list_in_its_address_shows_the_last_one(
    agent: User, mine: Any, signed_in: Any
) -> None:
    ticket, closed = mine(), mine()
    actions.close(closed, by=agent)
    client = signed_in(agent)
    client.get("/inbox?view=closed")
    html = client.get(f"/tickets/{ticket.reference}").text
    column = html[html.index('id="column"') : html.index("pane-ticket")]
    assert ROW.findall(column) == [closed.reference]
    assert 'href="/inbox?view=closed"' in html


def test_the_place_in_the_list_does_not_hide_messages(
    agent: User, mine: Any, signed_in: Any
) -> None:
    ticket = mine(message={"text": "Le car ne passe plus."})
    place = Position(now() - timedelta(days=400), 1)
    address = f"/tickets/{ticket.reference}?view=all&list_before={place}"
    thread = signed_in(agent).get(address).text.partition('id="thread"')[2]
    assert "Le car ne passe plus." in thread


def test_the_title_names_the_view_and_what_waits(agent: User, mine: Any, signed_in: Any) -> None:
    mine()
    mine()
    client: FlaskClient = signed_in(agent)
    assert "<title>Waiting for us (2) – " in client.get("/inbox").text
    assert "<title>Mine – " in client.get("/inbox?view=mine").text


def test_departments_tell_how_many_wait(supervisor: User, agent: User, mine: Any) -> None:
    answered = mine()
    mine()
    message = outbox.reply(answered, "Voici.", visibility="private", by=agent)
    actions.set_sent(message, external_id="sent", at=now())
    db.session.commit()
    create_ticket(create_department("lycees"))
    within = reach.of(supervisor)
    waiting = {found.slug: found.waiting for found in within.departments}
    assert (waiting["transports"], waiting["lycees"]) == (1, 1)
    assert within.waiting_in_all == 2


# --- What is read ------------------------------------------------------------


@pytest.mark.parametrize("view", list(View))
def test_no_list_reads_all_tickets(agent: User, supervisor: User, mine: Any, view: View) -> None:
    for _number in range(3):
        mine()
    for user in (agent, supervisor):
        within = reach.of(user)

        def read(selection: Selection) -> None:
            lists.page(user, within, selection)  # noqa: B023
            lists.counts(user, within)  # noqa: B023

        place = Position(now(), 1)
        for selection in (
            Selection(view=view),
            Selection(view=view, after=place),
            Selection(view=view, before=place, department="transports"),
            Selection(view=view, tag="crue", language="uk"),
        ):
            assert whole_reads_of("ticket", lambda: read(selection)) == []  # noqa: B023


@pytest.mark.parametrize(
    ("selection", "for_all", "for_agent"),
    [
        (Selection(), "*", "accueil transports"),
        (Selection(view=View.ALL, department="transports"), "transports", "transports"),
        (Selection(view=View.ALL, department="lycees"), "lycees", ""),
        (Selection(view=View.ALL, department="transports", channel="web"), "", ""),
        (Selection(view=View.MINE), "", ""),
    ],
)
def test_a_list_says_of_which_departments_it_holds_every_new_ticket(
    agent: User, supervisor: User, mine: Any, selection: Selection, for_all: str, for_agent: str
) -> None:
    mine()
    assert columns.takes_in(reach.of(supervisor), selection) == for_all
    assert sorted(columns.takes_in(reach.of(agent), selection).split()) == for_agent.split()


def test_counts_are_read_from_the_index_that_is_made_for_each(
    agent: User, mine: Any, engine_name: str
) -> None:
    if engine_name == "postgresql":
        pytest.skip("PostgreSQL chooses by what it knows of the tables, and these are small")
    mine()
    within = reach.of(agent)
    plans = "\n".join(
        plans_of("ticket", lambda: reach.of(agent), lambda: lists.counts(agent, within))
    )
    wanted = {f"ix_ticket_department_{name}" for name in ("waiting", "unassigned", "snoozed")}
    assert {name for name in wanted if name in plans} == wanted


def test_every_view_has_an_order(agent: User) -> None:
    assert set(ORDERS) == set(View)


@pytest.mark.parametrize("filters", [{}, {"channel": "web"}])
def test_a_plan_that_is_kept_knows_its_department(
    agent: User, mine: Any, filters: dict[str, str]
) -> None:
    number = mine().department_id
    with counted() as statements:
        held(agent, View.ALL, department="transports", **filters)
    assert any(f"ticket.department_id = {number} " in statement for statement in statements)
