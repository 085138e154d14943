"""The channel and the sandbox's Meta, over HTTP: what is delivered, read and sent agrees."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask_babel import Babel
from werkzeug.serving import make_server

from config import Settings
from hub import sandbox
from hub.channels.base import (
    AccountAccess,
    Echo,
    InboundMessage,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    ThreadMessage,
    WindowClosed,
)
from hub.channels.facebook import create
from hub.channels.facebook.channel import Facebook
from hub.sandbox.meta.identities import PAGE_ID, PAGE_TOKEN, PEOPLE
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.meta.values import AppSettings
from tests.channels.facebook.wire import APP_ID, SECRET, VERIFY_TOKEN

NOW = datetime(2026, 11, 10, 8, 40, tzinfo=UTC)
ACCESS = AccountAccess(external_id=PAGE_ID, credentials={"access_token": PAGE_TOKEN})
MAELLE, YANIS = PEOPLE[0].id, PEOPLE[1].id


class World:
    """Meta, and the channel that speaks with it; `delivered` is what the channel read of the
    webhooks so far."""

    def __init__(self, settings: Settings) -> None:
        environ = {
            "FACEBOOK_APP_ID": APP_ID,
            "FACEBOOK_APP_SECRET": SECRET,
            "FACEBOOK_VERIFY_TOKEN": VERIFY_TOKEN,
        }
        app = AppSettings(
            app_id=APP_ID, app_secret=SECRET, verify_token=VERIFY_TOKEN, base_url="http://hub.test"
        )
        self.meta = MetaStandIn(sandbox.open_database(settings), app, deliver=self._deliver)
        self.delivered: list[Any] = []
        flask = Flask("sandbox-alone")
        Babel(flask)
        sandbox.register(flask, settings, meta=self.meta)
        self.server = make_server("127.0.0.1", 0, flask, threaded=True)
        graph_url = f"http://127.0.0.1:{self.server.server_port}/sandbox/graph"
        channel = create({**environ, "FACEBOOK_GRAPH_URL": graph_url})
        assert isinstance(channel, Facebook)
        self.channel = channel

    def _deliver(self, headers: Any, body: bytes) -> int:
        self.channel.verify(headers, body)
        self.channel.check_envelope(body)
        self.delivered += self.channel.parse(body)
        return 200

    def webhooks(self) -> list[Any]:
        """What was delivered since the last look, as values."""
        self.meta.deliver_pending()
        values, self.delivered = self.delivered, []
        return values

    def answer(
        self, heard: InboundMessage, code: str, text: str, marker: str = "7f3c1e", **others: Any
    ) -> Any:
        """Answer by the way of this code, as the hub would."""
        ways = self.channel.ways([as_thread(heard)], ACCESS)
        way = next(way for way in ways if way.code == code)
        message = OutboundMessage(
            marker=marker, visibility=way.visibility, text=text, target=way.target, **others
        )
        return self.channel.send(ACCESS, message)

    def read_back(self) -> list[Any]:
        return list(self.channel.backfill(ACCESS, NOW - timedelta(minutes=1)))


def as_thread(message: InboundMessage) -> ThreadMessage:
    return ThreadMessage(
        direction="in",
        visibility=message.visibility,
        external_id=message.external_id,
        conversation=message.conversation,
        posted_at=message.posted_at,
        author_id=message.author.external_id,
        reply_to=message.reply_to,
    )


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    settings = Settings(
        secret_key="for tests",
        sandbox=True,
        development=True,
        instance_dir=tmp_path,
        base_url="http://hub.test",
        environ={
            "FACEBOOK_APP_ID": APP_ID,
            "FACEBOOK_APP_SECRET": SECRET,
            "FACEBOOK_VERIFY_TOKEN": VERIFY_TOKEN,
        },
    )
    with time_machine.travel(NOW, tick=False):
        world = World(settings)
        thread = threading.Thread(target=world.server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield world
        finally:
            world.server.shutdown()
            thread.join()
            world.server.server_close()


def post_of(world: World) -> str:
    return f"{PAGE_ID}_122200000000014"


def test_a_public_answer_comes_back_as_an_echo_of_its_comment(world):
    world.meta.comment(post_of(world), MAELLE, "Et le dimanche ?")
    (heard,) = world.webhooks()

    sent = world.answer(heard, "comment", "Bonjour, oui, toutes les heures.")
    (echo,) = world.webhooks()

    assert isinstance(echo, Echo)
    assert (echo.external_id, echo.reply_to) == (sent.external_id, heard.external_id)
    assert echo.text == "Bonjour, oui, toutes les heures."


def test_an_answer_to_a_visitors_post_comes_back_under_the_post(world):
    world.meta.visitor_post(YANIS, "Nid-de-poule à Saint-Aubin")
    (heard,) = world.webhooks()

    sent = world.answer(heard, "comment", "Bonjour, nous y allons.")
    (echo,) = world.webhooks()

    assert echo.external_id == sent.external_id
    assert echo.publication.external_id == heard.external_id


def test_a_messenger_answer_comes_back_with_its_marker(world):
    world.meta.write(MAELLE, "Où en est mon dossier ?")
    (heard,) = world.webhooks()

    sent = world.answer(heard, "messenger", "Bonjour, il est complet.")
    echo = next(value for value in world.webhooks() if isinstance(value, Echo))

    assert (echo.external_id, echo.marker) == (sent.external_id, "7f3c1e")
    assert echo.conversation == heard.conversation == sent.conversation


def test_a_private_reply_names_the_conversation_the_answer_comes_by(world):
    world.meta.comment(post_of(world), MAELLE, "Mon dossier est perdu !")
    (heard,) = world.webhooks()

    sent = world.answer(heard, "private_reply", "Bonjour, quel est son numéro ?")
    echo = next(value for value in world.webhooks() if isinstance(value, Echo))
    world.meta.write(MAELLE, "Le 4217.")
    (answer,) = [value for value in world.webhooks() if isinstance(value, InboundMessage)]

    assert (echo.external_id, echo.marker) == (sent.external_id, "7f3c1e")
    assert answer.conversation == sent.conversation == echo.conversation


def test_a_second_private_reply_is_refused_by_meta_too(world):
    world.meta.comment(post_of(world), MAELLE, "Mon dossier est perdu !")
    (heard,) = world.webhooks()
    world.answer(heard, "private_reply", "Bonjour, quel est son numéro ?")

    with pytest.raises(Refused) as caught:
        world.answer(heard, "private_reply", "Toujours là ?", marker="8a")
    assert caught.value.code == "already_replied"


def test_meta_closes_the_window_when_the_hub_does(world):
    world.meta.write(MAELLE, "Où en est mon dossier ?")
    (heard,) = world.webhooks()
    target = {"mode": "messenger", "psid": MAELLE, "tag": ""}
    late = OutboundMessage(marker="9", visibility="private", text="Bonjour", target=target)

    with time_machine.travel(NOW + timedelta(hours=25), tick=False):
        (way,) = world.channel.ways([as_thread(heard)], ACCESS)
        assert not way.allowed
        with pytest.raises(WindowClosed):
            world.channel.send(ACCESS, late)


def test_a_comment_that_was_removed_can_no_longer_be_answered(world):
    comment = world.meta.comment(post_of(world), MAELLE, "Oups")
    (heard,) = world.webhooks()
    world.meta.remove_comment(comment.id)

    with pytest.raises(Refused) as caught:
        world.answer(heard, "comment", "Bonjour")
    assert caught.value.code == "gone"


@pytest.mark.parametrize("code", ["comment", "private_reply", "messenger"])
def test_what_is_looked_for_is_what_was_delivered(world, code):
    world.meta.write(YANIS, "Bonsoir")
    if code == "messenger":
        world.meta.write(MAELLE, "Bonjour")
    else:
        world.meta.comment(post_of(world), MAELLE, "Et le dimanche ?")
    *_, heard = world.webhooks()
    sent = world.answer(heard, code, "À 9 h.")
    (echo,) = [value for value in world.webhooks() if isinstance(value, Echo)]
    way = next(w for w in world.channel.ways([as_thread(heard)], ACCESS) if w.code == code)
    wanted = OutboundMessage(marker="", visibility=way.visibility, text="", target=way.target)
    (found,) = world.channel.said_since(ACCESS, wanted, NOW - timedelta(minutes=5))
    same = ("external_id", "visibility", "text", "conversation", "reply_to")
    assert [getattr(found, name) for name in same] == [getattr(echo, name) for name in same]
    assert found.external_id == sent.external_id
    assert list(world.channel.said_since(ACCESS, wanted, NOW + timedelta(minutes=5))) == []


def test_a_second_try_of_a_private_reply_that_arrived_is_not_taken_for_a_refusal(world):
    world.meta.comment(post_of(world), MAELLE, "Et le dimanche ?")
    (heard,) = world.webhooks()
    world.answer(heard, "private_reply", "À 9 h.")
    with pytest.raises(OutcomeUnknown):
        world.answer(heard, "private_reply", "À 9 h.", tried_at=NOW)


def test_what_is_read_back_is_what_was_delivered(world):
    post = post_of(world)
    first = world.meta.comment(post, MAELLE, "Et le dimanche ?")
    world.meta.comment(post, YANIS, "Pareil pour moi", parent=first.id)
    world.meta.comment(post, YANIS, photo="coach.jpg")
    world.meta.visitor_post(YANIS, "Nid-de-poule à Saint-Aubin")
    world.meta.write(MAELLE, "Où en est mon dossier ?")
    heard = [value for value in world.webhooks() if isinstance(value, InboundMessage)]
    world.answer(heard[0], "comment", "Bonjour, oui.")
    world.answer(heard[-1], "messenger", "Bonjour, il est complet.")
    heard += [value for value in world.webhooks() if isinstance(value, Echo)]

    read = [value for value in world.read_back() if isinstance(value, InboundMessage | Echo)]

    assert {value.external_id: told(value) for value in read} == {
        value.external_id: told(value) for value in heard
    }


def told(value: Any) -> tuple[Any, ...]:
    """What must be the same by both ways. Reading tells no marker, and pictures under other
    addresses."""
    files = [file.kind for file in value.files]
    who = value.author.external_id if isinstance(value, InboundMessage) else None
    return (type(value), value.conversation, value.visibility, value.text, who, files)


def test_a_page_in_order_has_no_problem(world):
    world.channel.subscribe(ACCESS)

    assert world.channel.check(ACCESS).problems == ()
