"""X through the whole hub: what its webhooks and its lists bring, and what goes back."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from hub.accounts.models import Role
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.outbox.models import Spending
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.stand_in import XStandIn
from hub.tickets.models import DeliveryStatus, Direction, Message, Ticket
from tests.builders import create_department, create_user
from tests.x import facing

LONG = (
    "Bonjour, et merci de nous avoir écrit. La ligne 214 a bien changé d’horaires le 1er "
    "décembre : un car passe désormais toutes les 30 minutes entre 6 h 30 et 9 h, puis entre "
    "16 h et 19 h. Le dernier départ de Montvallée reste à 20 h 40. En cas de retard de plus de "
    "15 minutes, écrivez-nous avec le numéro de la course : nous le signalons le jour même au "
    "transporteur. Les horaires complets sont affichés à chaque arrêt, en gare routière et dans "
    "les mairies. Le service des transports reste à votre écoute, du lundi au vendredi, de 8 h 30 "
    "à 17 h 30. Vous pouvez aussi nous appeler. Très bonne journée à vous."
)


@pytest.fixture
def x(app: Flask, tmp_path: Path) -> Iterator[XStandIn]:
    """X, played by the sandbox, where no citizen has written yet; the council's account is
    connected to it, and never polled unless a test wants it."""
    create_department("accueil")
    with facing(app, tmp_path) as stand_in:
        never_polled()
        for post in stand_in.posts():
            if post.author_id != ACCOUNT_ID:
                stand_in.delete(post.id)
        yield stand_in


@pytest.fixture
def citizen(x: XStandIn) -> str:
    return next(person.id for person in x.people() if person.id != ACCOUNT_ID)


@pytest.fixture
def settle(x: XStandIn, work: Any) -> Callable[[], None]:
    """Gives a function: let X deliver and the workers work until all is quiet."""

    def run() -> None:
        for _round in range(30):
            work()
            if not x.deliver_pending():
                return
        raise AssertionError("X never stops delivering")

    return run


def never_polled() -> None:
    db.session.execute(update(Account).values(next_poll_at=now() + timedelta(days=1)))
    db.session.commit()


def polled() -> None:
    """From now on the account is polled."""
    db.session.execute(update(Account).values(next_poll_at=None))
    db.session.commit()


def replay(x: XStandIn, start: datetime, end: datetime) -> None:
    """Have X send again what it had to tell in this time."""
    headers = {"Authorization": f"Bearer {x.keys.bearer_token}"}
    base = f"{x.keys.base_url}/sandbox/x/2/webhooks"
    (webhook,) = requests.get(base, headers=headers, timeout=5).json()["data"]
    wanted = {
        "webhook_id": webhook["id"],
        "from_date": start.strftime("%Y%m%d%H%M"),
        "to_date": end.strftime("%Y%m%d%H%M"),
    }
    answer = requests.post(f"{base}/replay", json=wanted, headers=headers, timeout=5)
    assert answer.ok, answer.text


def received() -> int:
    db.session.rollback()
    count = select(func.count()).where(Message.direction == Direction.IN)
    return db.session.scalar(count) or 0


def the_ticket() -> Ticket:
    db.session.rollback()
    return db.session.scalars(select(Ticket)).one()


def answer(text: str, visibility: str) -> Message:
    return outbox.reply(the_ticket(), text, visibility=visibility, by=create_user())


def test_what_webhooks_did_not_bring_polling_does_and_a_replay_adds_nothing(x, settle):
    people = [person.id for person in x.people() if person.id != ACCOUNT_ID]
    x.switch(webhooks=False)
    start = now()
    for number in range(10):
        x.post(people[number % len(people)], f"@Montvallee question {number}")
    for number in range(5):
        x.write(people[number], f"Message privé {number}")
    settle()
    assert received() == 0

    polled()
    settle()
    assert received() == 15

    x.switch(webhooks=True)
    replay(x, start - timedelta(minutes=1), now() + timedelta(minutes=1))
    settle()
    assert received() == 15
    with time_machine.travel(now() + timedelta(minutes=10)):
        settle()
    assert received() == 15


def test_one_post_by_every_way_is_one_message(x, settle, citizen):
    x.switch(shape="both")
    x.post(citizen, "@Montvallee le car de 7 h 12 n’est pas passé")
    settle()
    polled()
    settle()
    assert received() == 1


def test_six_hundred_characters_stand_as_a_thread_of_three_under_the_mention(x, settle, citizen):
    assert len(LONG) >= 600
    mention = x.post(citizen, "@Montvallee quels horaires pour la 214 ?")
    settle()
    message = answer(LONG, "public")
    settle()

    thread = [post for post in x.posts() if post.id > mention.id]
    thread.sort(key=lambda post: int(post.id))
    db.session.refresh(message)
    assert message.delivery == DeliveryStatus.SENT
    assert [post.reply_to for post in thread] == [mention.id, thread[0].id, thread[1].id]
    assert [post.text[-6:] for post in thread] == [" (1/3)", " (2/3)", " (3/3)"]
    assert [part.external_id for part in message.parts] == [post.id for post in thread]
    assert received() == 1
    assert db.session.scalars(select(Ticket.id)).all() == [message.ticket_id]


def test_a_direct_message_of_six_hundred_characters_goes_in_one_piece(x, settle, citizen):
    x.write(citizen, "Quels horaires pour la 214 ?")
    settle()
    message = answer(LONG, "private")
    settle()
    db.session.refresh(message)
    assert message.delivery == DeliveryStatus.SENT
    assert [said.text for said in x.conversation(citizen) if said.from_account] == [LONG]


def test_the_citizens_answer_to_any_part_comes_back_to_the_ticket(x, settle, citizen):
    x.post(citizen, "@Montvallee quels horaires pour la 214 ?")
    settle()
    message = answer(LONG, "public")
    settle()
    db.session.refresh(message)
    x.switch(shape="account_activity")
    x.reply(citizen, message.parts[1].external_id, "Merci, et le samedi ?")
    settle()
    assert received() == 2
    assert the_ticket().waiting_since is not None


def test_a_post_that_its_author_deletes_is_blanked_within_a_day(x, settle, citizen):
    post = x.post(citizen, "@Montvallee mon fils Yann est malade depuis la cantine")
    settle()
    x.delete(post.id)
    with time_machine.travel(now() + timedelta(hours=21)):
        settle()
    message = db.session.scalars(select(Message)).one()
    assert (message.text, message.deleted_at is not None) == ("", True)
    assert the_ticket().subject == ""


def test_an_edited_post_keeps_its_ticket_and_what_it_said(x, settle, citizen):
    post = x.post(citizen, "@Montvallee le car de 7 h 12 est en retard")
    settle()
    x.edit(post.id, "@Montvallee le car de 7 h 21 est en retard")
    settle()
    polled()
    settle()
    message = db.session.scalars(select(Message)).one()
    assert "7 h 21" in message.text
    assert "7 h 12" in message.revisions[0].text


def test_an_encrypted_message_opens_a_ticket_that_says_how_to_answer(x, settle, citizen):
    x.write_encrypted(citizen)
    settle()
    message = db.session.scalars(select(Message)).one()
    assert (message.text, message.notice) == ("", "encrypted")
    assert any(way.allowed for way in outbox.ways(the_ticket()))


def test_pictures_that_the_delivery_left_out_are_asked_for(x, settle, citizen):
    x.post(citizen, "@Montvallee regardez cet arrêt", photos=["shelter.jpg", "pothole.jpg"])
    settle()
    message = db.session.scalars(select(Message)).one()
    assert [file.state for file in message.attachments] == ["stored", "stored"]
    assert message.revision == 0


def test_what_the_council_writes_on_x_itself_stops_the_clock(x, settle, citizen):
    post = x.post(citizen, "@Montvallee une question")
    settle()
    x.council_posts("Réponse depuis l’application", reply_to=post.id)
    settle()
    assert the_ticket().waiting_since is None


def test_a_lost_answer_is_found_by_polling_without_webhooks(x, settle, citizen):
    x.post(citizen, "@Montvallee une question")
    settle()
    x.switch(webhooks=False)
    with x.database.writing() as connection:
        FAULTS.arm(connection, "error_but_posted")
    message = answer("Voici la réponse.", "public")
    settle()
    db.session.refresh(message)
    assert message.delivery == DeliveryStatus.UNKNOWN
    polled()
    settle()
    db.session.refresh(message)
    assert message.delivery == DeliveryStatus.SENT
    assert len([post for post in x.posts() if post.text == "Voici la réponse."]) == 1


def test_an_expired_token_is_exchanged_once_and_the_answer_leaves(x, settle, citizen):
    x.post(citizen, "@Montvallee une question")
    settle()
    with time_machine.travel(now() + timedelta(hours=3)):
        x.advance(timedelta(hours=3))
        message = answer("Voici la réponse.", "public")
        settle()
        db.session.refresh(message)
        assert message.delivery == DeliveryStatus.SENT
    account = db.session.scalars(select(Account).where(Account.channel == "twitter")).one()
    assert account.broken_because == ""


def test_each_answer_is_counted_at_its_price(x, settle, citizen):
    x.post(citizen, "@Montvallee une question")
    settle()
    answer("Voici la réponse.", "public")
    settle()
    assert [str(amount.normalize()) for amount in db.session.scalars(select(Spending.amount))] == [
        "0.01"
    ]


def test_no_page_asks_x_anything_however_old_the_token(x, settle, citizen, signed_in, monkeypatch):
    x.post(citizen, "@Montvallee le car de 7 h 12 n’est pas passé")
    settle()
    ticket, browser = the_ticket().reference, signed_in(create_user(role=Role.ADMIN))
    asked: list[str] = []
    monkeypatch.setattr(requests.Session, "request", lambda *call, **_more: asked.append(call[2]))
    with time_machine.travel(now() + timedelta(hours=3)):
        pages = [
            browser.get(path) for path in ("/inbox", f"/tickets/{ticket}", "/settings/channels")
        ]
        preview = {"text": "Bonjour", "way": "public:reply"}
        pages.append(browser.post(f"/tickets/{ticket}/preview", data=preview))
    assert [page.status_code for page in pages] == [200] * 4
    assert asked == []
