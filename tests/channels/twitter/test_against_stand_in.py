"""The channel and the sandbox's X, over HTTP: what is delivered, read and sent agrees."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import time_machine
from flask import Flask
from flask_babel import Babel

from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    BadSignature,
    ChannelError,
    Deleted,
    Echo,
    Edited,
    InboundMessage,
    OutboundFile,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    RetryLater,
    ThreadMessage,
    Unknown,
    Way,
)
from hub.channels.http import Http
from hub.channels.twitter import create, hiding, oauth, webhooks
from hub.channels.twitter.channel import Twitter
from hub.channels.twitter.client import AccountApi, AppApi
from hub.channels.twitter.media import upload
from hub.channels.twitter.settings import TwitterSettings
from hub.channels.twitter.terms import Terms
from hub.sandbox import pictures
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.identities import ACCOUNT_ID, HANDLE, OAUTH1_CREDENTIALS, PEOPLE
from hub.sandbox.x.oddities import ODDITIES
from hub.sandbox.x.stand_in import XStandIn
from tests.x import serving

NOW = datetime(2026, 11, 10, 8, 40, tzinfo=UTC)
MAELLE, YANIS = PEOPLE[0].id, PEOPLE[1].id


class World:
    """X, and the channel that speaks with it; `delivered` is what the channel read of the
    webhooks so far."""

    x: XStandIn
    clock: time_machine.Traveller

    def __init__(self) -> None:
        self.delivered: list[Any] = []
        self.environ: Mapping[str, str] = {}
        self.access = AccountAccess(external_id=ACCOUNT_ID)

    def join(self, x: XStandIn, environ: Mapping[str, str]) -> None:
        """Begin to speak with this X."""
        self.x, self.environ = x, environ
        x._ask = self._prove
        self.settle_on()
        self.let_in(oauth.tokens(x.grant()))

    def settle_on(self, **others: str) -> None:
        """Speak with X by other settings."""
        channel = create({**self.environ, **others})
        assert isinstance(channel, Twitter)
        self.channel = channel

    def let_in(self, credentials: Mapping[str, str]) -> None:
        self.access = AccountAccess(
            external_id=ACCOUNT_ID, name=HANDLE, credentials=credentials, renewed=self._renewed
        )

    def deliver(self, headers: Mapping[str, str], body: bytes) -> int:
        self.channel.verify(headers, body)
        self.channel.check_envelope(body)
        self.delivered += self.channel.parse(body)
        return 200

    def heard(self) -> list[Any]:
        """What was delivered since the last look, as values."""
        self.x.deliver_pending()
        values, self.delivered = self.delivered, []
        return values

    def polled(self, cursor: Mapping[str, Any] | None = None) -> tuple[list[Any], Any]:
        """What a poll brings, and its last cursor."""
        values: list[Any] = []
        at: Any = cursor or {}
        for step in self.channel.poll(self.access, at):
            values += step.values
            at = step.cursor
        return values, at

    def ways(self, message: InboundMessage) -> dict[str, Way]:
        found = self.channel.ways([as_thread(message)], self.access)
        return {way.code: way for way in found}

    def answer(self, message: InboundMessage, code: str, text: str, **others: Any) -> Any:
        """Answer by the way of this code, as the hub would."""
        way = self.ways(message)[code]
        return self.channel.send(
            self.access,
            OutboundMessage(
                marker="7f3c1e",
                visibility=way.visibility,
                text=text,
                target=way.target,
                **others,
            ),
        )

    def problems(self) -> tuple[str, ...]:
        """What a check of the account finds; its sentences name times, as pages do."""
        app = Flask("words")
        Babel(app)
        with app.app_context():
            return self.channel.check(self.access).problems

    def arm(self, name: str, **options: Any) -> None:
        with self.x.database.writing() as connection:
            FAULTS.arm(connection, name, **options)

    def _renewed(self) -> AccountAccess:
        self.let_in(self.channel.renew(self.access))
        return self.access

    def _prove(self, url: str, query: Mapping[str, str]) -> tuple[int, str]:
        return 200, self.channel.handshake(query)[0]


def as_thread(message: InboundMessage) -> ThreadMessage:
    return ThreadMessage(
        direction="in",
        visibility=message.visibility,
        external_id=message.external_id,
        conversation=message.conversation,
        posted_at=message.posted_at,
        author_id=message.author.external_id,
        author_handle=message.author.handle,
        reply_to=message.reply_to,
        details=message.details,
    )


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    made = World()
    with (
        time_machine.travel(NOW, tick=False) as clock,
        serving(tmp_path, made.deliver) as (x, environ),
    ):
        made.join(x, environ)
        made.clock = clock
        yield made


def only(values: list[Any], kind: type) -> Any:
    (found,) = [value for value in values if isinstance(value, kind)]
    return found


# --- Answers


def test_a_public_answer_comes_back_as_an_echo_of_its_post(world):
    world.x.post(MAELLE, f"@{HANDLE} le car n°12 est en retard")
    (heard,) = world.heard()

    sent = world.answer(heard, "reply", "Bonjour, il arrive & il attend.")
    (echo,) = world.heard()

    assert isinstance(echo, Echo)
    assert (echo.external_id, echo.reply_to) == (sent.external_id, heard.external_id)
    assert echo.text == "Bonjour, il arrive & il attend."


def test_a_long_answer_becomes_a_thread_in_order(world):
    world.x.post(MAELLE, f"@{HANDLE} que faites-vous pour la ligne 7 ?")
    (heard,) = world.heard()
    text = "Nous avons bien reçu votre message et nous y travaillons. " * 11
    way = world.ways(heard)["reply"]
    parts = world.channel.split(text.strip(), way)

    sent: list[str] = []
    for part in parts:
        previous = sent[-1] if sent else None
        sent.append(world.answer(heard, "reply", part, previous=previous).external_id)

    assert len(parts) == 3
    posts = {post.id: post for post in world.x.posts()}
    assert [posts[one].reply_to for one in sent] == [heard.external_id, *sent[:2]]
    assert [posts[one].text for one in sent] == parts


def test_a_private_answer_comes_back_to_the_same_conversation(world):
    world.x.write(MAELLE, "Où est ma carte ?")
    (heard,) = world.heard()

    sent = world.answer(heard, "dm", "Bonjour, elle est partie.")
    (echo,) = world.heard()

    assert (echo.external_id, echo.visibility) == (sent.external_id, "private")
    assert echo.conversation == heard.conversation == sent.conversation


def test_an_answer_in_x_itself_is_told_as_one(world):
    mention = world.x.post(MAELLE, f"@{HANDLE} bonjour")
    world.x.council_posts("Bonjour à vous", reply_to=mention.id)
    world.x.council_writes(MAELLE, "Et en privé aussi")
    _, public, private = world.heard()
    assert (public.reply_to, public.text) == (mention.id, "Bonjour à vous")
    assert private.conversation == f"dm:{MAELLE}"


def test_self_serve_access_answers_who_summoned_the_council(world):
    own = world.x.council_posts("Du nouveau sur la ligne 214")
    world.x.quote(YANIS, own.id, "À lire")
    world.x.reply(MAELLE, own.id, "Et le samedi ?")
    quoting, direct = [value for value in world.heard() if isinstance(value, InboundMessage)]

    assert world.answer(quoting, "reply", "Merci !").external_id
    assert world.answer(direct, "reply", "Oui, aussi.").external_id
    world.x.switch(implicit_summons=False)
    with pytest.raises(Refused) as caught:
        world.answer(direct, "reply", "Oui.")
    assert caught.value.code == "not_summoned"


def test_enterprise_access_answers_everybody(world):
    world.settle_on(TWITTER_ACCESS="enterprise")
    world.x.switch(level="enterprise")
    own = world.x.council_posts("Du nouveau sur la ligne 214")
    world.x.reply(MAELLE, own.id, "Et le samedi ?")
    heard = only(world.heard(), InboundMessage)
    assert world.answer(heard, "reply", "Oui.").external_id


def letter(**others: Any) -> OutboundFile:
    found = pictures.rendered("letter.jpg")
    assert found is not None
    file = OutboundFile(
        name="lettre.jpg", media_type="image/jpeg", size=len(found[0]), alt_text="Une lettre",
        read=lambda: found[0],
    )  # fmt: skip
    return replace(file, **others)


def test_a_picture_goes_with_its_words_in_public_and_in_private(world):
    world.x.post(MAELLE, f"@{HANDLE} quel formulaire ?")
    world.x.write(MAELLE, "Quel formulaire ?")
    public, private = world.heard()

    said = world.answer(public, "reply", "Celui-ci.", files=(letter(),)).external_id
    world.answer(private, "dm", "Celui-ci.", files=(letter(),))

    with world.x.reading() as store:
        (media,) = store.post(said).media
        assert store.media(media).alt_text == "Une lettre"
        assert store.messages(MAELLE)[-1].media
    assert [file.kind for echo in world.heard() for file in echo.files] == ["image"]


def test_a_film_is_sent_in_pieces_and_waited_for(world):
    found = pictures.rendered("bus.mp4")
    film = letter(name="car.mp4", media_type="video/mp4", size=len(found[0]), read=lambda: found[0])
    settings = TwitterSettings.from_environ(world.environ)
    waits: list[float] = []

    (media_id,) = upload(
        AccountApi(settings, world.access),
        (film,),
        "tweet",
        Terms.of("pay_per_use").post_files,
        pause=waits.append,
    )

    assert waits == [1, 1]
    with world.x.reading() as store:
        assert store.media(media_id).state == "succeeded"


# --- The same by every way in


def everything_citizens_do(world: World) -> None:
    own = world.x.council_posts("Du nouveau sur la ligne 214 & ailleurs")
    world.x.post(MAELLE, f"@{HANDLE} voir maregion.fr & merci", photos=["shelter.jpg"] * 3)
    world.x.post(YANIS, f"@{HANDLE} le car passe", video="bus.mp4")
    world.x.reply(MAELLE, own.id, f"Et le samedi ? @{HANDLE}")
    world.x.quote(YANIS, own.id, f"@{HANDLE} à lire")
    world.x.post(MAELLE, f"@{HANDLE} " + "c’est très long à dire " * 20, photos=["letter.jpg"])
    world.x.write(MAELLE, "Voici & merci", photo="letter.jpg")
    world.x.write(YANIS, "Bonjour")


def told(value: InboundMessage) -> tuple[Any, ...]:
    """What must be the same by every way; pictures may have other addresses in private."""
    public = value.visibility == "public"
    files = [(file.kind, file.url if public else "") for file in value.files]
    return (
        value.conversation, value.visibility, value.text, value.author.external_id, value.reply_to,
        value.posted_at, files, value.publication and value.publication.external_id,
    )  # fmt: skip


def whole(world: World, values: list[Any]) -> dict[str, tuple[Any, ...]]:
    """The messages by id, completed as the hub does it: what was left out is asked for."""
    found = [value for value in values if isinstance(value, InboundMessage)]
    left_out = [value.external_id for value in found if value.incomplete]
    if left_out:
        found += list(world.channel.look(world.access, left_out))
    return {value.external_id: told(value) for value in found}


@pytest.mark.parametrize("naming", ["tweet", "post"])
def test_what_is_delivered_polled_and_read_back_is_the_same(world, naming):
    world.x.switch(naming=naming)
    _, cursor = world.polled()
    world.clock.shift(360)  # direct messages are asked for seldom
    everything_citizens_do(world)
    delivered = whole(world, world.heard())
    polled = whole(world, world.polled(cursor)[0])
    read = whole(world, list(world.channel.backfill(world.access, NOW)))
    assert len(delivered) == 7
    assert polled == delivered
    assert read == delivered


def test_both_products_tell_the_same(world):
    world.x.switch(shape="account_activity")
    everything_citizens_do(world)
    older = world.heard()
    assert [value for value in older if isinstance(value, Unknown)] == []
    newer = whole(world, list(world.channel.backfill(world.access, NOW)))
    assert without_conversations(whole(world, older)) == without_conversations(newer)


def without_conversations(messages: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """The older product knows no conversations: a thread may go by its parent's id there."""
    return {key: value[1:] for key, value in messages.items()}


def test_what_webhooks_missed_is_found_by_polling_and_not_doubled_by_a_replay(world):
    _, cursor = world.polled()
    world.clock.shift(360)  # direct messages are asked for seldom
    world.x.switch(webhooks=False)
    for number in range(10):
        world.x.post(MAELLE, f"@{HANDLE} numéro {number}")
    for number in range(5):
        world.x.write(YANIS, f"Message {number}")
    assert world.heard() == []

    polled, _ = world.polled(cursor)
    ids = {value.external_id for value in polled if isinstance(value, InboundMessage)}
    assert len(ids) == 15

    world.x.switch(webhooks=True)
    app = AppApi(TwitterSettings.from_environ(world.environ))
    (hook,) = webhooks.webhooks(app)
    body = {"webhook_id": hook.webhook_id, "from_date": "202611100840", "to_date": "202611100850"}
    app.post("webhooks/replay", body)
    replayed = [value for value in world.heard() if isinstance(value, InboundMessage)]
    assert {value.external_id for value in replayed} == ids


def test_a_poll_goes_on_where_the_last_one_ended(world):
    _, cursor = world.polled()
    world.x.post(MAELLE, f"@{HANDLE} un")
    first, cursor = world.polled(cursor)
    world.x.post(MAELLE, f"@{HANDLE} deux")
    second, cursor = world.polled(cursor)
    third, _ = world.polled(cursor)
    assert [[value.text[-2:] for value in values] for values in (first, second)] == [["un"], ["ux"]]
    assert third == []


def test_a_place_that_x_finds_too_old_stops_no_poll(world):
    world.x.post(MAELLE, f"@{HANDLE} un")
    _, cursor = world.polled()
    world.x.post(MAELLE, f"@{HANDLE} deux")
    world.arm("since_id_refused")
    found, cursor = world.polled(cursor)
    found += world.polled(cursor)[0]
    assert f"@{HANDLE} deux" in {value.text for value in found if isinstance(value, InboundMessage)}


# --- What changes afterwards


def test_an_edit_is_the_same_message_in_another_version(world):
    first = world.x.post(MAELLE, f"@{HANDLE} bonjur")
    world.x.edit(first.id, f"@{HANDLE} bonjour")
    heard, edited = world.heard()
    assert isinstance(edited, Edited)
    assert edited.message.external_id == heard.external_id == first.id
    assert edited.message.text.endswith("bonjour")
    world.x.switch(shape="account_activity")
    third = world.x.edit(first.id, f"@{HANDLE} bonjour !")
    (again,) = world.heard()
    assert (again.message.external_id, again.message.details["post_id"]) == (first.id, third.id)


def test_who_looks_again_finds_what_was_deleted_or_hidden(world):
    posts = [world.x.post(one, f"@{HANDLE} bonjour") for one in (MAELLE, YANIS)]
    world.x.delete(posts[0].id)
    found = list(world.channel.look(world.access, [post.id for post in posts]))
    assert only(found, Deleted).external_id == posts[0].id
    assert only(found, InboundMessage).external_id == posts[1].id


def test_who_protects_their_posts_takes_them_back_and_who_blocks_the_council_does_not(world):
    hidden, said = (world.x.post(one, f"@{HANDLE} bonjour") for one in (MAELLE, YANIS))
    world.x.set_person(MAELLE, protected=True)
    world.x.set_person(YANIS, blocks=True)
    (value,) = world.channel.look(world.access, [hidden.id, said.id])
    assert isinstance(value, Deleted)
    assert value.external_id == hidden.id


def test_the_councils_own_deletion_is_told(world):
    post = world.x.council_posts("Erreur")
    world.x.delete(post.id)
    assert only(world.heard(), Deleted).external_id == post.id


def test_an_encrypted_message_is_a_message_nobody_can_read(world):
    world.x.write_encrypted(MAELLE)
    (heard,) = world.heard()
    assert (heard.text, heard.notice, heard.conversation) == ("", "encrypted", f"dm:{MAELLE}")


def test_people_and_publications_are_looked_up(world):
    own = world.x.council_posts("Du nouveau & plus")
    world.x.reply(MAELLE, own.id, "Ah ?")
    heard = only(world.heard(), InboundMessage)
    assert world.channel.author(world.access, MAELLE).handle == PEOPLE[0].handle
    assert world.channel.publication(world.access, own.id).text == "Du nouveau & plus"
    assert heard.publication.external_id == own.id


def test_the_picture_of_a_message_is_given_to_the_account(world):
    world.x.write(MAELLE, photo="letter.jpg")
    (heard,) = world.heard()
    (file,) = heard.files
    assert requests.get(file.url, timeout=5).status_code == 401
    headers = dict(world.channel.file_headers(world.access, file.url))
    assert requests.get(file.url, headers=headers, timeout=5).content.startswith(b"\xff\xd8")


# --- Access


def test_access_that_ended_is_renewed_on_the_way(world):
    world.x.post(MAELLE, f"@{HANDLE} bonjour")
    (heard,) = world.heard()
    before = world.access.credentials["access_token"]
    world.x.advance(timedelta(hours=3))

    world.answer(heard, "reply", "Bonjour.")

    assert world.access.credentials["access_token"] != before
    spent = {**world.access.credentials, "refresh_token": "spent"}
    with pytest.raises(AccountBroken) as caught:
        world.channel.renew(replace(world.access, credentials=spent))
    assert caught.value.code == "token_dead"


def test_an_account_by_oauth_1_can_do_the_same(world):
    world.let_in(OAUTH1_CREDENTIALS)
    world.x.post(MAELLE, f"@{HANDLE} bonjour")
    world.x.write(MAELLE, "Bonjour", photo="letter.jpg")
    public, private = world.heard()
    world.answer(public, "reply", "Bonjour à vous, 100 % & plus.", files=(letter(),))
    world.answer(private, "dm", "Bonjour.")
    assert len(world.heard()) == 2
    assert len(world.polled()[0]) >= 4
    assert world.channel.file_headers(world.access, private.files[0].url)["Authorization"]


def test_revoked_access_breaks_the_account(world):
    world.x.post(MAELLE, f"@{HANDLE} bonjour")
    (heard,) = world.heard()
    world.x.revoke()
    with pytest.raises(AccountBroken):
        world.answer(heard, "reply", "Bonjour.")


# --- Webhooks


def test_an_account_in_order_has_no_problem(world):
    assert world.problems() == ()


def test_a_webhook_that_x_no_longer_trusts_is_a_problem_until_it_proves_itself(world):
    world.x.invalidate_webhook()
    assert world.problems()
    app = AppApi(TwitterSettings.from_environ(world.environ))
    (hook,) = webhooks.webhooks(app)
    assert webhooks.validate(app, hook.webhook_id)
    assert world.problems() == ()


@pytest.mark.parametrize("shape", ["array", "object", "nested"])
def test_all_is_registered_anew_from_nothing(world, shape):
    world.x.switch(subscription_answer=shape)
    settings = TwitterSettings.from_environ(world.environ)
    app, account = AppApi(settings), AccountApi(settings, world.access)
    (hook,) = webhooks.webhooks(app)
    for one in webhooks.subscriptions(app):
        webhooks.unsubscribe(app, one.subscription_id)
    webhooks.remove(app, hook.webhook_id)

    new = webhooks.register(app, hook.url)
    for event in webhooks.EVENTS:
        webhooks.subscribe(account, ACCOUNT_ID, new.webhook_id, event)
    webhooks.subscribe_all(account, new.webhook_id)

    assert new.valid
    assert {one.event for one in webhooks.subscriptions(app)} == set(webhooks.EVENTS)
    assert [one.user_id for one in webhooks.subscribed_to_all(app, new.webhook_id)] == [ACCOUNT_ID]
    world.x.post(MAELLE, f"@{HANDLE} bonjour")
    assert len(world.heard()) == 1
    with pytest.raises(Refused) as caught:
        webhooks.subscribe(account, ACCOUNT_ID, new.webhook_id, webhooks.EVENTS[0])
    assert caught.value.code == "subscription_duplicate"
    with pytest.raises(Refused) as caught:
        webhooks.register(app, hook.url)
    assert caught.value.code == "webhook_duplicate"


# --- Hiding


@pytest.fixture
def nasty(world) -> str:
    """The id of a citizen's answer under a post of the account."""
    post = world.x.council_posts("Les cars roulent mardi.")
    answer = world.x.reply(MAELLE, post.id, "Mensonges")
    assert only(world.heard(), InboundMessage).external_id == answer.id
    return str(answer.id)


def are_hidden(world: World) -> set[str]:
    return {post.id for post in world.x.posts() if post.hidden}


def test_an_answer_under_an_own_post_is_hidden_and_shown_again(world, nasty):
    for hidden in (True, True, False, False):  # twice is no matter
        world.channel.hide(world.access, nasty, hidden=hidden)
        assert are_hidden(world) == ({nasty} if hidden else set())


def test_nothing_else_can_be_hidden(world, nasty):
    elsewhere = world.x.post(MAELLE, f"@{HANDLE} mensonges").id
    world.x.delete(nasty)
    for post_id, code in ((elsewhere, "cannot_hide"), (nasty, "gone")):
        with pytest.raises(Refused) as caught:
            world.channel.hide(world.access, post_id)
        assert caught.value.code == code
    assert are_hidden(world) == set()


def test_an_account_that_did_not_grant_it_is_told_so(world, nasty):
    world.let_in(oauth.tokens(world.x.grant("tweet.read tweet.write users.read offline.access")))
    with pytest.raises(Refused) as caught:
        world.channel.hide(world.access, nasty)
    assert caught.value.code == "permission_missing"


def test_an_account_of_oauth_1_hides_too(world, nasty):
    world.let_in(OAUTH1_CREDENTIALS)
    world.channel.hide(world.access, nasty)
    assert are_hidden(world) == {nasty}


def test_hiding_waits_for_the_end_of_its_window(world, nasty):
    for _time in range(50):
        world.channel.hide(world.access, nasty, hidden=False)
    with pytest.raises(RetryLater) as caught:
        world.channel.hide(world.access, nasty)
    assert (caught.value.code, are_hidden(world)) == ("rate_limited", set())
    world.clock.move_to(caught.value.at)
    world.channel.hide(world.access, nasty)
    assert are_hidden(world) == {nasty}


@pytest.mark.parametrize(
    ("fault", "error", "code", "is_done"),
    [
        ("html_503", OutcomeUnknown, "unclear", False),
        ("rate_limited", RetryLater, "rate_limited", False),
        ("credits_depleted", AccountBroken, "credits", False),
        ("error_but_posted", OutcomeUnknown, "unclear", True),
        ("answer_lost", OutcomeUnknown, "no_answer", True),
        ("answer_slow", OutcomeUnknown, "no_answer", True),
    ],
)
def test_what_goes_wrong_in_hiding_is_named_by_the_next_step(
    world, nasty, fault, error, code, is_done
):
    world.arm(fault, seconds=1, any_call=True)
    settings = TwitterSettings.from_environ(world.environ)
    api = AccountApi(settings, world.access, Http(read_seconds=0.3))
    with pytest.raises(ChannelError) as caught:
        hiding.hide(api, nasty, hidden=True)
    assert (type(caught.value), caught.value.code) == (error, code)
    assert are_hidden(world) == ({nasty} if is_done else set())


# --- What goes wrong


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("answer_lost", OutcomeUnknown, None),
        ("error_but_posted", OutcomeUnknown, "unclear"),
        ("html_503", OutcomeUnknown, "unclear"),
        ("rate_limited", RetryLater, "rate_limited"),
        ("credits_depleted", AccountBroken, "credits"),
    ],
)
def test_a_bad_day_of_x_is_named_by_the_next_step(world, fault, error, code):
    world.x.post(MAELLE, f"@{HANDLE} bonjour")
    (heard,) = world.heard()
    world.arm(fault, seconds=0.01)
    with pytest.raises(ChannelError) as caught:
        world.answer(heard, "reply", "Bonjour.")
    assert type(caught.value) is error
    assert code in (None, caught.value.code)


def test_the_end_of_a_window_is_waited_for(world):
    world.x.write(MAELLE, "Bonjour")
    (heard,) = world.heard()
    for number in range(15):
        world.answer(heard, "dm", f"Réponse {number}")
    with pytest.raises(RetryLater) as caught:
        world.answer(heard, "dm", "Une de trop")
    assert caught.value.at >= NOW + timedelta(minutes=15)


def test_the_same_words_twice_were_probably_said_the_first_time(world):
    world.x.post(MAELLE, f"@{HANDLE} bonjour")
    (heard,) = world.heard()
    world.answer(heard, "reply", "Bonjour.")
    with pytest.raises(OutcomeUnknown) as caught:
        world.answer(heard, "reply", "Bonjour.", tried_at=NOW)
    assert caught.value.code == "duplicate"


@pytest.mark.parametrize("code", ["reply", "dm"])
def test_what_is_looked_for_is_what_was_delivered(world, code):
    world.x.post(MAELLE, f"@{HANDLE} bonjour")
    world.x.write(MAELLE, "Bonjour")
    world.x.write(YANIS, "Bonsoir")
    asked = {"reply": "public", "dm": "private"}
    *_, heard = [one for one in world.heard() if one.visibility == asked[code]
                 and one.author.external_id == MAELLE]  # fmt: skip
    sent = world.answer(heard, code, "Voir https://region.example/cars")
    (echo,) = world.heard()
    way = world.ways(heard)[code]
    wanted = OutboundMessage(marker="", visibility=way.visibility, text="", target=way.target)
    (found,) = world.channel.said_since(world.access, wanted, NOW - timedelta(minutes=5))
    assert found == echo
    assert found.external_id == sent.external_id
    assert list(world.channel.said_since(world.access, wanted, NOW + timedelta(minutes=5))) == []


def test_a_post_that_is_gone_and_a_person_who_blocks_are_refused(world):
    mention = world.x.post(MAELLE, f"@{HANDLE} bonjour")
    world.x.write(YANIS, "Bonjour")
    public, private = world.heard()
    world.x.delete(mention.id)
    world.x.set_person(YANIS, blocks=True)
    codes = []
    for heard, way in ((public, "reply"), (private, "dm")):
        with pytest.raises(Refused) as caught:
            world.answer(heard, way, "Bonjour.")
        codes.append(caught.value.code)
    assert codes == ["gone", "dm_refused"]


#: How many messages each odd delivery brings; the forged one none.
EXPECTED = dict.fromkeys(ODDITIES, 1) | {
    "delivered_twice": 2,
    "reply_before_parent": 2,
    "edit_before_post": 1,
    "batch_of_two": 2,
    "unknown_event": 0,
}


@pytest.mark.parametrize("shape", ["activity", "account_activity"])
def test_odd_deliveries_lose_no_message(world, shape):
    world.x.switch(shape=shape)
    for name in set(ODDITIES) - {"wrong_signature"}:
        ODDITIES[name].send(world.x)
        values = world.heard()
        messages = [value for value in values if isinstance(value, InboundMessage)]
        assert len(messages) == EXPECTED[name], name
        stands = {post.first_id for post in world.x.posts()}
        stands |= {said.id for said in world.x.conversation(YANIS)}
        assert {message.external_id for message in messages} <= stands, name
        assert len([value for value in values if isinstance(value, Unknown)]) == (
            name == "unknown_event"
        ), name


def test_a_forged_delivery_is_refused(world):
    ODDITIES["wrong_signature"].send(world.x)
    with pytest.raises(BadSignature):
        world.x.deliver_pending()
