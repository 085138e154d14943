"""Hiding a citizen's public message, the whole way: the button on the page, the worker, the
platform (played by the sandbox, over HTTP), and what the page says then. On each platform that
hides messages."""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from hub.accounts.models import User
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.outbox.hiding.models import Hiding
from hub.sandbox.meta import faults as meta_faults
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.x import faults as x_faults
from hub.sandbox.x.identities import ACCOUNT_ID, HANDLE
from hub.sandbox.x.stand_in import XStandIn
from hub.tickets.history import sentence
from hub.tickets.models import Event, EventKind, Message
from tests import x as wire_to_x
from tests.builders import create_department, create_user

TEXT = "Le chauffeur s’appelle Jean Martin et habite au 3."
CALM = "Merci pour le car de 7 h 12."
REASON = "Nomme un agent"


@dataclass(frozen=True)
class Platform:
    """A platform with a publication of the council's. `write` and `write_elsewhere` say what a
    citizen says under it, or in a post of their own, and give its id; `hidden`: what is hidden
    there; `refusal`: what the page tells of what cannot be."""

    name: str
    stand_in: Any
    faults: Any
    write: Callable[[str], str]
    write_elsewhere: Callable[[str], str]
    hidden: Callable[[], set[str]]
    refusal: str

    def spoil(self, fault: str, **values: Any) -> None:
        """The next call fails so."""
        with self.stand_in.database.writing() as connection:
            self.faults.FAULTS.arm(connection, fault, any_call=True, **values)

    def deliver(self) -> Any:
        return self.stand_in.deliver_pending()


@pytest.fixture(params=["facebook", "twitter"])
def platform(request: pytest.FixtureRequest, app: Flask, tmp_path: Path) -> Iterator[Platform]:
    if request.param == "facebook":
        yield _facebook(request.getfixturevalue("meta"))
        return
    with wire_to_x.facing(app, tmp_path) as x:
        db.session.execute(update(Account).values(next_poll_at=now() + timedelta(days=30)))
        db.session.commit()
        yield _twitter(x)


def _facebook(meta: MetaStandIn) -> Platform:
    post, person = meta.posts()[0].id, meta.people()[0].id
    return Platform(
        "Facebook",
        meta,
        meta_faults,
        write=lambda text: meta.comment(post, person, text).id,
        write_elsewhere=lambda text: meta.visitor_post(person, text).id,
        hidden=lambda: {comment.id for comment in meta.thread(post) if comment.hidden},
        refusal="Facebook did not do it (",
    )


def _twitter(x: XStandIn) -> Platform:
    post = x.council_posts("Les cars roulent mardi.").id
    person = next(person.id for person in x.people() if person.id != ACCOUNT_ID)
    return Platform(
        "X (Twitter)",
        x,
        x_faults,
        write=lambda text: x.reply(person, post, text).id,
        write_elsewhere=lambda text: x.post(person, f"@{HANDLE} {text}").id,
        hidden=lambda: {post.id for post in x.posts() if post.hidden},
        refusal="X hides only answers in conversations that the account began itself.",
    )


@pytest.fixture
def settle(platform: Platform, work: Callable[[], None]) -> Callable[[], None]:
    """Gives a function: let the platform deliver and the workers work until all is quiet."""

    def run() -> None:
        for _round in range(20):
            work()
            if not platform.deliver():
                return
        raise AssertionError(f"{platform.name} never stops delivering")

    return run


@pytest.fixture
def by(app: Flask) -> User:
    return create_user(name="Agathe Agent", departments=[create_department("accueil")])


@dataclass(frozen=True)
class OnPage:
    """One message as the page of its ticket shows it to somebody."""

    client: FlaskClient
    id: int
    external_id: str
    address: str

    def shown(self) -> str:
        page = html.unescape(self.client.get(self.address).text)
        found = re.search(rf'<article [^>]*id="message-{self.id}".*?</article>', page, re.DOTALL)
        assert found is not None
        return found[0]

    def words(self) -> str:
        return " ".join(re.sub(r"<[^>]+>", " ", self.shown()).split())

    def press(self, button: str, *, times: int = 1) -> None:
        """Send the form of this button with a reason; several times as colleagues would who have
        the page open."""
        forms = re.findall(r"<form .*?</form>", self.shown(), re.DOTALL)
        (form,) = [form for form in forms if re.search(rf"<span>{button}</span></button>", form)]
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w*)"', form))
        action = re.search(r'action="([^"]+)"', form)
        assert action is not None
        for _time in range(times):
            answer = self.client.post(action[1], data={**fields, "reason": REASON})
            assert answer.status_code == 303

    def history(self) -> list[tuple[str, int | None]]:
        """What was asked and done about it, and by whom."""
        db.session.rollback()
        kinds = [EventKind.HIDE_ASKED, EventKind.HIDDEN, EventKind.SHOWN]
        query = select(Event).where(Event.message_id == self.id, Event.kind.in_(kinds))
        return [(sentence(event), event.user_id) for event in db.session.scalars(query)]


@pytest.fixture
def open_page(settle: Callable[[], None], by: User, signed_in: Any) -> Callable[[str], OnPage]:
    """Gives a function: id of a citizen's message on the platform -> it, on the agent's page."""

    def come_in(external_id: str) -> OnPage:
        settle()
        found = select(Message).where(Message.external_id == external_id)
        stored = db.session.scalars(found).one()
        address = f"/tickets/{stored.ticket.reference}"
        return OnPage(signed_in(by), stored.id, external_id, address)

    return come_in


@pytest.fixture
def message(platform: Platform, open_page: Callable[[str], OnPage]) -> OnPage:
    """A public message of a citizen, beside another one of theirs."""
    platform.write(CALM)
    return open_page(platform.write(TEXT))


def test_it_is_hidden_there_and_shown_again(
    platform: Platform, message: OnPage, settle: Callable[[], None], by: User
) -> None:
    message.press("Hide it")
    assert platform.hidden() == set()
    assert f"{platform.name} is being asked." in message.words()
    assert "Hide it" not in message.words()

    settle()
    assert platform.hidden() == {message.external_id}
    assert "Hidden from the public" in message.words()
    assert "is being asked" not in message.words()
    asked, done = f"Asked to hide a message: {REASON}", "A message was hidden on the platform"
    assert message.history() == [(asked, by.id), (done, by.id)]

    message.press("Show it again")
    settle()
    assert platform.hidden() == set()
    assert "Hidden from the public" not in message.words()
    assert "Hide it on the platform" in message.words()
    asked = f"Asked to show a message again: {REASON}"
    done = "A message is shown again on the platform"
    assert message.history()[2:] == [(asked, by.id), (done, by.id)]


@pytest.mark.parametrize("fault", ["html_503", "rate_limited"])
def test_a_platform_that_cannot_do_it_now_is_asked_again(
    platform: Platform, message: OnPage, settle: Callable[[], None], fault: str
) -> None:
    platform.spoil(fault, seconds=60)
    message.press("Hide it")
    settle()
    assert platform.hidden() == set()
    assert f"{platform.name} is being asked." in message.words()
    with time_machine.travel(now() + timedelta(hours=2)):
        settle()
    assert platform.hidden() == {message.external_id}
    assert "Hidden from the public" in message.words()


def test_what_was_done_without_an_answer_is_noted_once(
    platform: Platform, message: OnPage, settle: Callable[[], None]
) -> None:
    platform.spoil("answer_lost")
    message.press("Hide it")
    settle()
    assert platform.hidden() == {message.external_id}
    with time_machine.travel(now() + timedelta(hours=2)):
        settle()
    assert "Hidden from the public" in message.words()
    assert "is being asked" not in message.words()
    assert len(message.history()) == 2


def test_a_refusal_is_told_and_it_can_be_asked_again(
    platform: Platform, message: OnPage, settle: Callable[[], None], by: User
) -> None:
    platform.spoil("token_dead", times=2)
    message.press("Hide it")
    settle()
    assert platform.hidden() == set()
    assert f"{platform.name} did not do it (" in message.words()
    assert "Hidden from the public" not in message.words()
    (asked, failed) = message.history()
    assert (asked[1], failed[1]) == (by.id, None)
    assert failed[0].startswith("The message could not be hidden or shown (")
    platform.spoil("token_dead", times=0)
    message.press("Hide it")
    settle()
    assert platform.hidden() == {message.external_id}
    assert "did not do it" not in message.words()
    assert db.session.query(Hiding).count() == 2


def test_what_a_platform_never_hides_is_told(
    platform: Platform, open_page: Callable[[str], OnPage], settle: Callable[[], None]
) -> None:
    message = open_page(platform.write_elsewhere(TEXT))
    message.press("Hide it")
    settle()
    assert platform.refusal in message.words()
    assert "Hidden from the public" not in message.words()


def test_what_cannot_be_done_within_a_day_is_given_up_and_told(
    platform: Platform, message: OnPage, settle: Callable[[], None]
) -> None:
    platform.spoil("html_503", times=1000)
    message.press("Hide it")
    settle()
    with time_machine.travel(now() + timedelta(hours=25)):
        settle()
        assert f"{platform.name} did not do it (" in message.words()
    assert db.session.scalars(select(Hiding.attempts)).all() == [2]


def test_of_two_colleagues_who_ask_the_first_counts(
    platform: Platform, message: OnPage, settle: Callable[[], None]
) -> None:
    message.press("Hide it", times=2)
    page = message.client.get(message.address).text
    assert "This message is so already, or cannot be hidden." in page
    settle()
    assert platform.hidden() == {message.external_id}
    assert len(message.history()) == 2
