"""The channel and the sandbox's X, over HTTP: what is asked, answered and understood agrees."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask_babel import Babel

from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    Deleted,
    Echo,
    Edited,
    InboundMessage,
    OutboundFile,
    OutboundMessage,
    Refused,
    RetryLater,
    ThreadMessage,
)
from hub.channels.twitter import create, oauth, sending, webhooks
from hub.channels.twitter.client import AccountApi, AppApi
from hub.channels.twitter.settings import TwitterSettings
from hub.channels.twitter.terms import Terms
from hub.clock import now
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.identities import ACCOUNT_ID, HANDLE, OAUTH1_CREDENTIALS
from hub.sandbox.x.stand_in import XStandIn
from tests.x import serving

JPEG = b"\xff\xd8\xff\xe0 a picture"
FILM = b"\x00\x00\x00\x18ftypmp42 a film"


class World:
    """X, the channel that speaks with it, and the council's account."""

    def __init__(self, x: XStandIn, environ: dict[str, str]) -> None:
        self.x = x
        self.settings = TwitterSettings.from_environ(environ)
        self.channel = create(environ)
        self.credentials = oauth.tokens(x.grant())
        others = [person.id for person in x.people() if person.id != ACCOUNT_ID]
        self.citizen, self.other = others[0], others[1]

    @property
    def access(self) -> AccountAccess:
        return AccountAccess(
            external_id=ACCOUNT_ID, credentials=self.credentials, renewed=self._renewed
        )

    def _renewed(self) -> AccountAccess:
        self.credentials = dict(self.channel.renew(self.access))
        return self.access

    def poll(self, cursor: Any = None) -> tuple[list[Any], Any]:
        values: list[Any] = []
        for step in self.channel.poll(self.access, cursor or {}):
            values += step.values
            cursor = step.cursor
        return values, cursor

    def heard(self, external_id: str) -> InboundMessage:
        """What a poll brings of one post or message."""
        values, _ = self.poll()
        return next(value for value in values if getattr(value, "external_id", "") == external_id)

    def answer(self, heard: InboundMessage, code: str, text: str, **more: Any) -> Any:
        """Answer by the way of this code, as the hub would, without waiting for films."""
        message = ThreadMessage(
            direction="in",
            visibility=heard.visibility,
            external_id=heard.external_id,
            conversation=heard.conversation,
            posted_at=heard.posted_at,
            author_id=heard.author.external_id,
            details=heard.details,
        )
        found = self.channel.ways([message], self.access)
        way = next(way for way in found if way.code == code)
        said = OutboundMessage(
            marker="7f3c1e", visibility=way.visibility, text=text, target=way.target, **more
        )
        api = AccountApi(self.settings, self.access)
        return sending.send(api, said, Terms.of(self.settings.access), pause=lambda _seconds: None)

    def arm(self, fault: str) -> None:
        with self.x.database.writing() as connection:
            FAULTS.arm(connection, fault)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    reader = Flask("reader")
    Babel(reader, default_locale="en")
    with reader.app_context(), serving(tmp_path, lambda _headers, _body: 200) as (x, environ):
        yield World(x, environ)


def a_file(content: bytes, media_type: str, alt_text: str = "") -> OutboundFile:
    return OutboundFile(
        name="file",
        media_type=media_type,
        size=len(content),
        alt_text=alt_text,
        read=lambda: content,
    )


# --- Asking --------------------------------------------------------------------------------------


@pytest.mark.parametrize("naming", ["tweet", "post"])
def test_posts_and_messages_come_by_polling_once(world, naming):
    world.x.switch(naming=naming)
    cursor = world.poll()[1]
    post = world.x.post(world.citizen, f"@{HANDLE} le car n’est pas venu", photos=["bus.jpg"])
    own = world.x.council_posts("Travaux lundi.")
    message = world.x.write(world.citizen, "Bonjour")
    world.x.advance(timedelta(minutes=6))
    cursor["direct_messages"].pop("not_before")

    values, cursor = world.poll(cursor)

    assert [value.external_id for value in values] == [post.id, own.id, message.id]
    assert [type(value) for value in values] == [InboundMessage, Echo, InboundMessage]
    assert values[0].author.handle
    assert values[0].details["summoned"] == "explicit"
    assert values[0].files[0].url
    assert world.poll(cursor)[0] == []


def test_an_account_by_oauth_1_asks_and_answers(world):
    world.credentials = dict(OAUTH1_CREDENTIALS)
    post = world.x.post(world.citizen, f"@{HANDLE} bonjour")

    sent = world.answer(world.heard(post.id), "reply", "Bonjour.")

    assert sent.external_id in {one.id for one in world.x.posts()}


def test_a_place_in_the_timeline_that_x_refuses_loses_nothing(world):
    cursor = world.poll()[1]
    post = world.x.post(world.citizen, f"@{HANDLE} bonjour")
    world.arm("since_id_refused")

    values, _ = world.poll(cursor)

    assert post.id in [value.external_id for value in values]


def test_an_access_that_has_ended_is_renewed_on_the_way(world):
    before = world.credentials
    world.x.advance(timedelta(hours=3))
    post = world.x.post(world.citizen, f"@{HANDLE} bonjour")

    assert world.heard(post.id)
    assert world.credentials["access_token"] != before["access_token"]
    assert world.credentials["refresh_token"] != before["refresh_token"]
    world.credentials = before
    with pytest.raises(AccountBroken) as caught:
        world.poll()
    assert caught.value.code == "token_dead"


def test_what_was_deleted_or_hidden_is_gone_and_what_was_edited_is_as_it_stands(world):
    posts = [world.x.post(world.citizen, f"@{HANDLE} numéro {n}") for n in range(3)]
    hidden = world.x.post(world.other, f"@{HANDLE} à moi")
    world.x.delete(posts[0].id)
    world.x.edit(posts[1].id, f"@{HANDLE} corrigé")
    world.x.set_person(world.other, protected=True)

    ids = [post.id for post in [*posts, hidden]]
    found = list(world.channel.look(world.access, ids))

    gone = {value.external_id for value in found if isinstance(value, Deleted)}
    assert gone == {posts[0].id, hidden.id}
    (edited,) = [value for value in found if isinstance(value, Edited)]
    assert edited.message.external_id == posts[1].id
    assert "corrigé" in edited.message.text
    (standing,) = [value for value in found if isinstance(value, InboundMessage)]
    assert standing.external_id == posts[2].id


def test_names_and_publications_are_told(world):
    own = world.x.council_posts("Travaux lundi.")
    others = world.x.post(world.citizen, "Rien à voir")

    author = world.channel.author(world.access, world.citizen)

    assert author is not None
    assert author.name
    assert world.channel.publication(world.access, own.id).text == "Travaux lundi."
    assert world.channel.publication(world.access, others.id) is None
    assert world.channel.author(world.access, "5") is None


def test_a_backfill_brings_what_there_is_since_then(world):
    since = now() - timedelta(minutes=1)
    post = world.x.post(world.citizen, f"@{HANDLE} bonjour")
    message = world.x.write(world.citizen, "Bonjour")

    found = [value.external_id for value in world.channel.backfill(world.access, since)]

    assert found == [post.id, message.id]


def test_the_picture_of_a_message_is_given_to_the_account_alone(world):
    said = world.x.write(world.citizen, "", photo="bus.jpg")
    (file,) = world.heard(said.id).files

    headers = world.channel.file_headers(world.access, file.url)

    assert requests.get(file.url, headers=headers, timeout=5).status_code == 200
    assert requests.get(file.url, timeout=5).status_code == 401


# --- Answering -----------------------------------------------------------------------------------


def test_a_reply_stands_under_its_post_and_a_part_under_the_part_before(world):
    post = world.x.post(world.citizen, f"@{HANDLE} bonjour")
    heard = world.heard(post.id)

    first = world.answer(heard, "reply", "Bonjour (1/2)")
    second = world.answer(heard, "reply", "Au revoir (2/2)", previous=first.external_id)

    posts = {one.id: one for one in world.x.posts()}
    assert posts[first.external_id].reply_to == post.id
    assert posts[second.external_id].reply_to == first.external_id


def test_pictures_and_films_stand_with_the_reply(world):
    heard = world.heard(world.x.post(world.citizen, f"@{HANDLE} bonjour").id)
    pictures = (a_file(JPEG, "image/jpeg", "L’arrêt"), a_file(JPEG, "image/jpeg"))

    with_pictures = world.answer(heard, "reply", "Voici.", files=pictures)
    with_film = world.answer(heard, "reply", "Voilà.", files=(a_file(FILM, "video/mp4"),))

    posts = {one.id: one for one in world.x.posts()}
    assert len(posts[with_pictures.external_id].media) == 2
    assert len(posts[with_film.external_id].media) == 1
    with world.x.reading() as store:
        first = store.media(posts[with_pictures.external_id].media[0])
    assert (first.alt_text, first.content) == ("L’arrêt", JPEG)


def test_a_film_that_x_cannot_prepare_is_refused_and_nothing_is_said(world):
    heard = world.heard(world.x.post(world.citizen, f"@{HANDLE} bonjour").id)
    before = len(world.x.posts())
    world.arm("media_fails")

    with pytest.raises(Refused) as caught:
        world.answer(heard, "reply", "Voilà.", files=(a_file(FILM, "video/mp4"),))

    assert caught.value.code == "file_refused"
    assert len(world.x.posts()) == before


def test_a_message_goes_to_the_person_with_its_picture(world):
    heard = world.heard(world.x.write(world.citizen, "Bonjour").id)

    sent = world.answer(heard, "dm", "Bonjour !", files=(a_file(JPEG, "image/jpeg"),))

    assert sent.conversation == heard.conversation
    said = world.x.conversation(world.citizen)[-1]
    assert (said.id, said.text) == (sent.external_id, "Bonjour !")
    assert said.media


def test_refusals_are_told_as_what_they_are(world):
    heard = world.heard(world.x.post(world.citizen, f"@{HANDLE} bonjour").id)
    world.answer(heard, "reply", "Une fois.")
    with pytest.raises(Exception, match="duplicate"):
        world.answer(heard, "reply", "Une fois.")

    implicit = world.x.reply(world.citizen, world.x.council_posts("Lundi.").id, "Ah bon")
    with pytest.raises(Refused, match="not_summoned"):
        world.answer(world.heard(implicit.id), "reply", "Oui.")

    world.x.delete(heard.external_id)
    with pytest.raises(Refused, match="gone"):
        world.answer(heard, "reply", "Trop tard.")

    private = world.heard(world.x.write(world.citizen, "Bonjour").id)
    world.x.set_person(world.citizen, blocks=True)
    with pytest.raises(Refused, match="dm_refused"):
        world.answer(private, "dm", "Bonjour.")


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("rate_limited", RetryLater, "rate_limited"),
        ("credits_depleted", AccountBroken, "credits"),
        ("html_503", Exception, "unclear"),
        ("error_but_posted", Exception, "unclear"),
        ("answer_lost", Exception, "no_answer"),
    ],
)
def test_faults_are_told_as_what_they_are(world, fault, kind, code):
    heard = world.heard(world.x.post(world.citizen, f"@{HANDLE} bonjour").id)
    world.arm(fault)

    with pytest.raises(kind, match=code):
        world.answer(heard, "reply", "Bonjour.")


# --- Webhooks and health -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["array", "object", "nested"])
def test_what_x_delivers_is_subscribed_to_listed_and_ended(world, shape):
    world.x.switch(subscription_answer=shape)
    app, account = AppApi(world.settings), AccountApi(world.settings, world.access)
    for one in webhooks.webhooks(app):
        webhooks.remove(app, one.webhook_id)
    for one in webhooks.subscriptions(app):
        webhooks.unsubscribe(app, one.subscription_id)
    world.x._ask = lambda _url, query: (200, world.channel.handshake(query)[0])

    hook = webhooks.register(app, f"{world.x.keys.base_url}{webhooks.PATH}")
    for event in webhooks.EVENTS:
        webhooks.subscribe(account, ACCOUNT_ID, hook.webhook_id, event)
    with pytest.raises(Refused, match="subscription_duplicate"):
        webhooks.subscribe(account, ACCOUNT_ID, hook.webhook_id, webhooks.EVENTS[0])

    assert webhooks.webhooks(app) == [hook]
    assert {one.event for one in webhooks.subscriptions(app)} == set(webhooks.EVENTS)
    assert webhooks.validate(app, hook.webhook_id)
    assert world.channel.check(world.access).problems == ()
    webhooks.subscribe_all(account, hook.webhook_id)
    assert webhooks.subscribed_to_all(app, hook.webhook_id)[0].user_id == ACCOUNT_ID
    webhooks.unsubscribe_all(app, hook.webhook_id, ACCOUNT_ID)
    assert webhooks.subscribed_to_all(app, hook.webhook_id) == []
