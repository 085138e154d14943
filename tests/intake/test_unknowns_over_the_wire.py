"""Answers whose fate was unknown, over the stand-ins: each is said once, whatever was lost."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from hub.channels import accounts
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.outbox import sending
from hub.sandbox.meta.faults import FAULTS as META_FAULTS
from hub.sandbox.meta.identities import PAGE_ID
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.x.faults import FAULTS as X_FAULTS
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.stand_in import XStandIn
from hub.tickets.models import DeliveryStatus, Direction, Message, Ticket
from tests.builders import create_department
from tests.x import facing

MAELLE, YANIS = "25000000000000701", "25000000000000702"


class Platform:
    """A stand-in whose echoes never come: only looking finds out what it holds."""

    ways: tuple[str, ...]
    citizens: tuple[str, str]

    def ask(self, citizen: str, way: str) -> None:
        """A citizen writes, so that this way to answer them is open."""

    def said(self) -> list[str]:
        """All that the council has said there."""

    def arm(self, name: str, **options: Any) -> None:
        """Let the next call go wrong."""

    def hear(self) -> None:
        """Let what the citizens wrote come in."""


class Facebook(Platform):
    ways = ("comment", "messenger", "private_reply")
    citizens = (MAELLE, YANIS)

    def __init__(self, meta: MetaStandIn) -> None:
        self.meta = meta

    def ask(self, citizen: str, way: str) -> None:
        if way == "messenger":
            self.meta.write(citizen, "Une question")
        else:
            post = self.meta.posts()[self.ways.index(way)]
            self.meta.comment(post.id, citizen, "Une question")

    def said(self) -> list[str]:
        comments = [text for post in self.meta.posts() for text in self.meta.thread(post.id)]
        public = [comment.text for comment in comments if comment.author_id == PAGE_ID]
        people = [self.meta.conversation(citizen) for citizen in self.citizens]
        return public + [said.text for talk in people for said in talk if said.from_page]

    def arm(self, name: str, **options: Any) -> None:
        with self.meta.database.writing() as connection:
            META_FAULTS.arm(connection, name, **options)

    def hear(self) -> None:
        self.meta.deliver_pending()
        self.meta.subscribe_page(())


class X(Platform):
    ways = ("reply", "dm")

    def __init__(self, x: XStandIn) -> None:
        self.x = x
        people = [person.id for person in x.people() if person.id != ACCOUNT_ID]
        self.citizens = (people[0], people[1])

    def ask(self, citizen: str, way: str) -> None:
        if way == "dm":
            self.x.write(citizen, "Une question")
        else:
            self.x.post(citizen, "@Montvallee une question")

    def said(self) -> list[str]:
        public = [post.text for post in self.x.posts() if post.author_id == ACCOUNT_ID]
        people = [self.x.conversation(citizen) for citizen in self.citizens]
        return public + [said.text for talk in people for said in talk if said.from_account]

    def arm(self, name: str, **options: Any) -> None:
        with self.x.database.writing() as connection:
            X_FAULTS.arm(connection, name, **options)

    def hear(self) -> None:
        self.x.deliver_pending()
        self.x.switch(webhooks=False)


@pytest.fixture
def facebook(meta: MetaStandIn) -> Facebook:
    return Facebook(meta)


@pytest.fixture
def x(app: Flask, tmp_path: Path) -> Iterator[X]:
    create_department("accueil")
    with facing(app, tmp_path) as stand_in:
        db.session.execute(update(Account).values(next_poll_at=now() + timedelta(days=9)))
        db.session.commit()
        for post in stand_in.posts():
            if post.author_id != ACCOUNT_ID:
                stand_in.delete(post.id)
        yield X(stand_in)


@pytest.fixture
def wait(work: Any) -> Callable[[float], None]:
    """Gives a function: the workers work at so many minutes from now."""

    def pass_(minutes: float) -> None:
        db.session.rollback()
        with time_machine.travel(now() + timedelta(minutes=minutes)):
            work()

    return pass_


def asked(platform: Platform, work: Any, *ways: str) -> list[Ticket]:
    """The tickets of two citizens for each way, in the order in which they asked."""
    for way in ways:
        for citizen in platform.citizens:
            platform.ask(citizen, way)
    platform.hear()
    work()
    return list(db.session.scalars(select(Ticket).order_by(Ticket.id)))


def answer(ticket: Ticket, way: str, text: str = "") -> Message:
    visibility = "public" if way in {"comment", "reply"} else "private"
    said = text or f"Réponse par {way}."
    return outbox.reply(ticket, said, visibility=visibility, way=way, by=None)


def fates() -> list[str | None]:
    db.session.rollback()
    query = select(Message.delivery).where(Message.direction == Direction.OUT)
    return list(db.session.scalars(query.order_by(Message.id)))


def lose(platform: Platform, ticket: Ticket, way: str, fault: str, work: Any) -> None:
    platform.arm(fault)
    answer(ticket, way)
    work()


@pytest.mark.parametrize("name", ["facebook", "x"])
def test_what_was_lost_on_either_side_of_the_platform_is_said_once(
    request: pytest.FixtureRequest, name: str, work: Any, wait: Callable[[float], None]
) -> None:
    """By each way, to two people in the same words: the first arrives and its confirmation is
    lost, the second never arrives."""
    platform: Platform = request.getfixturevalue(name)
    tickets = asked(platform, work, *platform.ways)
    for number, way in enumerate(platform.ways):
        lose(platform, tickets[2 * number], way, "error_but_posted", work)
        lose(platform, tickets[2 * number + 1], way, "html_503", work)
    pairs = len(platform.ways)
    assert fates() == [DeliveryStatus.UNKNOWN] * 2 * pairs
    wait(1)
    assert fates() == [DeliveryStatus.SENT, DeliveryStatus.UNKNOWN] * pairs
    assert len(platform.said()) == len(set(platform.said()))
    wait(4)
    assert fates() == [DeliveryStatus.SENT] * 2 * pairs
    for way in platform.ways:
        assert platform.said().count(f"Réponse par {way}.") == 2
    assert [ticket.waiting_since for ticket in tickets] == [None] * 2 * pairs


def test_an_account_that_loses_its_rights_meanwhile_is_asked_once_it_has_them_again(
    facebook: Facebook, work: Any, wait: Callable[[float], None]
) -> None:
    first, _second = asked(facebook, work, "comment")
    lose(facebook, first, "comment", "error_but_posted", work)
    facebook.arm("token_dead")
    wait(1)
    page = db.session.scalars(select(Account)).one()
    assert page.broken_because == "password_changed"
    wait(600)
    assert fates() == [DeliveryStatus.UNKNOWN]
    credentials = accounts.access(page).credentials
    accounts.connect("facebook", PAGE_ID, name=page.name, credentials=credentials)
    wait(601)
    assert fates() == [DeliveryStatus.SENT]
    assert facebook.said().count("Réponse par comment.") == 1


def test_a_thread_goes_on_after_the_part_that_was_found(
    x: X, work: Any, wait: Callable[[float], None]
) -> None:
    first, _second = asked(x, work, "reply")
    words = " ".join(f"Le car {number} passe à la gare." for number in range(22))
    message = answer(first, "reply", words)
    texts = [part.text for part in message.parts]
    sending.send(message.id)
    x.arm("error_but_posted")
    work()
    assert (len(texts), fates()) == (3, [DeliveryStatus.UNKNOWN])
    wait(1)
    assert fates() == [DeliveryStatus.SENT]
    posts = {post.id: post for post in x.x.posts()}
    last = posts[message.parts[2].external_id or ""]
    middle = posts[last.reply_to or ""]
    thread = [posts[middle.reply_to or ""].text, middle.text, last.text]
    assert thread == texts
    assert [text for text in x.said() if text in texts] == texts[::-1]
