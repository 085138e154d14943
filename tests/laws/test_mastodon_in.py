"""What the channel that tests add makes of a Mastodon server's posts, held against its stand-in."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from hub.channels.base import (
    Author,
    Deleted,
    Echo,
    Edited,
    Ignored,
    InboundMessage,
    RemoteFile,
    Unknown,
)
from tests.laws.conftest import NOW

ZOE, REMI = "zoe", "remi@autre.example"
pytestmark = pytest.mark.usefixtures("frozen")


def only(values: list[Any]) -> Any:
    (value,) = values
    return value


def test_a_mention_is_a_public_message(server, poll, account):
    written = server.write(REMI, "@region Bonjour,\n\nle car est-il supprimé ?")
    message = only(poll())
    assert message == InboundMessage(
        account=account.external_id,
        external_id=written.id,
        conversation=f"public:{written.id}:{message.author.external_id}",
        visibility="public",
        author=Author(external_id=message.author.external_id, name="Remi", handle=f"@{REMI}"),
        text="Bonjour,\n\nle car est-il supprimé ?",
        posted_at=NOW,
        details={"visibility": "public"},
    )


@pytest.mark.parametrize(
    ("visibility", "seen"),
    [("public", "public"), ("unlisted", "public"), ("private", "private"), ("direct", "private")],
)
def test_only_what_everybody_may_read_is_public(server, poll, visibility, seen):
    server.write(ZOE, "@region Bonjour", visibility=visibility)
    message = only(poll())
    assert message.visibility == seen
    assert message.conversation.startswith("public:" if seen == "public" else "direct:")


def test_a_comment_under_a_post_of_ours_names_the_post(server, poll, channel, account):
    ours = server.write("region", "Les cars changent d’horaires.")
    server.write(ZOE, "@region Depuis quand ?", reply_to=ours.id)
    message = only([value for value in poll() if isinstance(value, InboundMessage)])
    assert (message.reply_to, message.publication.external_id) == (ours.id, ours.id)
    told = channel.publication(account, ours.id)
    assert told.text == "Les cars changent d’horaires."
    assert told.permalink == f"{server.address}/@region/{ours.id}"


def test_a_post_of_somebody_else_is_no_publication_of_ours(server, channel, account):
    assert channel.publication(account, server.write(ZOE, "Bonjour").id) is None
    assert channel.publication(account, "1") is None


def test_a_content_warning_comes_before_the_text(server, poll):
    server.write(ZOE, "@region La photo est rude.", warning="Accident")
    assert only(poll()).text == "Accident\n\nLa photo est rude."


def test_a_file_goes_by_its_text_alternative(server, poll):
    url = "https://files.social.example/media/1.jpg"
    media = [
        {"type": "image", "url": url, "description": "Un abribus\nsans vitre"},
        {"type": "gifv", "url": url, "description": None},
        {"type": "unknown", "url": None, "description": "un plan"},
    ]
    server.write(ZOE, "@region Voyez", media=media)
    assert only(poll()).files == (
        RemoteFile(kind="image", url=url, name="Un abribus sans vitre"),
        RemoteFile(kind="video", url=url, name="1.jpg"),
        RemoteFile(kind="file", label="unavailable: un plan"),
    )


def test_an_edited_post_comes_as_it_now_stands(server, poll):
    written = server.write(ZOE, "@region Le car de 7 h")
    server.edit(written.id, "@region Le car de 8 h")
    change = only(poll())
    assert isinstance(change, Edited)
    assert (change.message.text, change.edited_at) == ("Le car de 8 h", NOW)


def test_our_own_posts_are_echoes(server, poll):
    asked = server.write(ZOE, "@region Ouvert ?", visibility="direct")
    answer = server.write("region", "@zoe Oui.", visibility="direct", reply_to=asked.id)
    message, echo = poll()
    assert isinstance(echo, Echo)
    assert (echo.external_id, echo.reply_to, echo.text) == (answer.id, asked.id, "Oui.")
    assert echo.conversation == message.conversation


def test_other_notifications_and_boosts_mean_nothing(package, server, poll):
    server.notify("favourite", server.write("region", "Bonjour à tous"))
    assert [type(value) for value in poll()] == [Echo]
    assert isinstance(package.channel.parse.notification({"type": "follow"}, "1@x"), Ignored)
    assert isinstance(package.channel.parse.post({"reblog": {"id": "1"}}, "1@x"), Ignored)


@pytest.mark.parametrize("raw", [None, [], 7, "x", {}, {"id": "1"}, {"account": {"id": "2"}}])
def test_what_cannot_be_read_is_kept_aside(package, raw):
    assert isinstance(package.channel.parse.post(raw, "1@x"), Unknown)


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>Un</p><p>Deux<br>Trois</p>", "Un\n\nDeux\nTrois"),
        ("<p>5 &lt; 6 &amp;amp; 7</p>", "5 < 6 &amp; 7"),
        ("<ul><li>un</li><li>deux</li></ul>", "- un\n- deux"),
        ("<p>Un</p><script>alert(1)</script><style>p {}</style>", "Un"),
        ('<a class="mention hashtag" href="https://x.example/tags/car">#<span>car</span></a>',
         "#car"),
        ('<a href="https://x.example/a"><span class="invisible">https://</span>'
         '<span>x.exam</span><span class="invisible">ple/a</span></a>', "https://x.example/a"),
        ('<a href="https://www.x.example/">x.example</a>', "x.example"),
        ('Lisez <a href="https://x.example/a">ceci</a>.', "Lisez ceci (https://x.example/a)."),
        ('<a href="javascript:alert(1)">ceci</a>', "ceci"),
        ("<p>Sans fin <b>et <i>mal", "Sans fin et mal"),
    ],
)  # fmt: skip
def test_html_becomes_the_words_the_person_wrote(package, html, said):
    assert import_module("hub.channels.mastodon.plain_text").plain_text(html) == said


def test_a_text_of_mentions_alone_is_kept(server, poll):
    server.write(ZOE, "@region")
    assert only(poll()).text == "@region"


def test_after_an_outage_nothing_is_lost_and_nothing_comes_twice(server, poll):
    server.write(ZOE, "@region Un")
    assert len(poll()) == 1
    written = [server.write(ZOE, f"@region Numéro {number}").id for number in range(95)]
    assert [value.external_id for value in poll()] == written
    assert poll() == []


def test_the_first_poll_brings_what_is_less_than_a_day_old(server, poll, frozen):
    server.write(ZOE, "@region Avant-hier")
    frozen.shift(timedelta(days=2))
    server.write(ZOE, "@region Hier soir")
    frozen.shift(timedelta(hours=12))
    assert [value.text for value in poll()] == ["Hier soir"]


def test_looking_again_finds_what_was_deleted_and_what_was_edited(server, channel, account):
    kept, gone, edited = (server.write(ZOE, f"@region {n}") for n in ("un", "deux", "trois"))
    server.delete(gone.id)
    server.edit(edited.id, "@region quatre")
    one, two, three = channel.look(account, [kept.id, gone.id, edited.id, "../admin"])
    assert one.text == "un"
    assert two == Deleted(account=account.external_id, external_id=gone.id, deleted_at=NOW)
    assert three.message.text == "quatre"
