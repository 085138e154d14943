"""How the channel that tests add says answers on Mastodon, held against its stand-in."""

import re
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from config import ConfigurationError
from hub.channels import base
from hub.channels.base import AccountAccess, AccountBroken, OutboundMessage, ThreadMessage
from tests.laws.conftest import NOW

ZOE = "zoe"
pytestmark = pytest.mark.usefixtures("frozen", "english")


def only(values: list[Any]) -> Any:
    (value,) = values
    return value


# --- Ways and answers ---------------------------------------------------------------------------


def asked(**values: Any) -> ThreadMessage:
    return ThreadMessage(
        **{
            "direction": "in",
            "visibility": "public",
            "external_id": "1",
            "conversation": "public:1:2",
            "posted_at": NOW,
            "author_id": "2",
            "author_handle": "@zoe",
            "details": {"visibility": "public"},
            **values,
        }
    )


PRIVATE = {"visibility": "private", "details": {"visibility": "direct"}, "external_id": "2"}


def test_the_way_in_which_the_citizen_wrote_last_comes_first(channel, account):
    public, private = asked(), asked(**PRIVATE)

    def codes(*thread: ThreadMessage) -> list[str]:
        return [way.code for way in channel.ways(thread, account)]

    assert codes(public) == ["reply", "direct"]
    assert codes(public, private) == ["direct", "reply"]
    assert codes(private, public) == ["reply", "direct"]
    assert codes(private) == ["direct"]
    assert codes() == []


def test_an_answer_is_as_public_as_the_question(channel, account):
    reply, direct = channel.ways([asked(details={"visibility": "unlisted"})], account)
    assert (reply.target["visibility"], direct.target["visibility"]) == ("unlisted", "direct")


def test_the_handle_takes_room_from_the_text_and_its_host_none(channel, account):
    here, elsewhere = (
        channel.ways([asked(author_handle=handle)], account)[0]
        for handle in ("@zoe", "@zoe@social.autre-region.example")
    )
    assert here.limit == elsewhere.limit == 500 - len("@zoe ")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Bonjour", 7),
        ("Voir https://region.example/" + "x" * 200, 28),
        ("e\u0301te\u0301", 3),
        ("👩‍🚒", 1),
    ],
)
def test_length_is_what_the_server_counts(channel, account, text, length):
    (reply, _direct) = channel.ways([asked()], account)
    assert channel.length(text, reply) == length


@pytest.fixture
def answer(server: Any, channel: Any, account: AccountAccess) -> Any:
    """Gives a function: text, values of the message -> what sending it to Zoé's post gave."""
    post = server.write(ZOE, "@region Ouvert ?")
    thread = asked(external_id=post.id, author_id=server.id_of(ZOE))

    def send(text: str = "Oui.", *, code: str = "reply", **values: Any) -> base.Sent:
        way = next(way for way in channel.ways([thread], account) if way.code == code)
        message = {"marker": "m1", "visibility": way.visibility, "target": way.target, **values}
        return channel.send(account, OutboundMessage(text=text, **message))

    return send


def test_a_reply_stands_under_the_post_in_french_and_names_the_person(server, answer):
    sent = answer()
    status = only(server.posts_of("region"))
    assert (sent.external_id, sent.conversation) == (status.id, None)
    assert (status.text, status.language, status.visibility) == ("@zoe Oui.", "fr", "public")
    assert status.reply_to == only(server.posts_of(ZOE)).id
    assert only(server.said_to(ZOE)) == status


def test_a_private_mention_is_read_by_the_person_alone_and_says_where_they_will_answer(
    server, answer, poll
):
    sent = answer(code="direct")
    assert only(server.posts_of("region")).visibility == "direct"
    server.write(ZOE, "@region Merci", visibility="direct", reply_to=sent.external_id)
    assert poll()[1].conversation == sent.conversation


def test_a_later_part_stands_under_the_one_before(server, answer):
    first = answer("1/2", marker="m.1")
    answer("2/2", marker="m.2", previous=first.external_id)
    asked_in = only(server.posts_of(ZOE)).id
    assert [post.reply_to for post in server.posts_of("region")] == [asked_in, first.external_id]


def test_a_long_answer_is_split_into_posts_that_the_server_takes(server, channel, account, answer):
    (way, _direct) = channel.ways([asked(author_handle="@zoe@social.autre.example")], account)
    text = " ".join(f"Voici la phrase numéro {number} de la réponse." for number in range(30))
    parts = channel.split(text, way)
    assert 2 < len(parts) <= way.most_parts
    for number, part in enumerate(parts):
        answer(part, marker=f"m.{number}")
    assert len(server.posts_of("region")) == len(parts)


def test_an_answer_that_was_lost_may_be_sent_again_and_stands_there_once(server, answer):
    server.spoil("answer_lost")
    with pytest.raises(base.RetryLater) as lost:
        answer()
    assert lost.value.code == "no_answer"
    sent = answer(tried_at=NOW)
    assert only(server.posts_of("region")).id == sent.external_id


def test_two_replies_with_the_same_text_are_two(server, answer):
    answer(marker="m1")
    answer(marker="m2")
    assert len(server.posts_of("region")) == 2


def test_when_the_server_has_forgotten_the_key_the_reply_is_looked_for_first(
    server, answer, frozen
):
    server.spoil("answer_lost")
    with pytest.raises(base.RetryLater):
        answer("Oui.\n\nVoir https://region.example/a")
    frozen.shift(timedelta(hours=3))
    sent = answer("Oui.\n\nVoir https://region.example/a", tried_at=NOW)
    assert only(server.posts_of("region")).id == sent.external_id
    answer("Autre chose", marker="m2", tried_at=NOW)
    assert len(server.posts_of("region")) == 2


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("rate_limited", base.RetryLater, "rate_limited"),
        ("broken", base.RetryLater, "no_answer"),
        ("bad_token", base.AccountBroken, "token_dead"),
        ("forbidden", base.AccountBroken, "permission"),
        ("invalid", base.Refused, "invalid"),
    ],
)
def test_errors_say_the_next_step(server, channel, answer, fault, error, code):
    server.spoil(fault)
    with pytest.raises(error) as refusal:
        answer()
    assert refusal.value.code == code
    assert code in channel.sentences
    assert server.posts_of("region") == []


def test_a_rate_limit_ends_when_the_server_says_and_holds_for_all(server, answer):
    server.spoil("rate_limited")
    with pytest.raises(base.RetryLater) as refusal:
        answer()
    assert (refusal.value.at, refusal.value.for_all) == (NOW + timedelta(minutes=5), True)


def test_a_post_that_is_gone_cannot_be_answered(server, answer):
    server.delete(only(server.posts_of(ZOE)).id)
    with pytest.raises(base.Refused) as refusal:
        answer()
    assert refusal.value.code == "gone"


@pytest.mark.parametrize(
    ("text", "values", "code"),
    [
        (" ", {}, "empty"),
        ("x" * 496, {}, "too_long"),
        ("Oui.", {"target": {}}, "bad_target"),
    ],
)
def test_what_cannot_be_said_is_refused_before_the_server_is_asked(
    server, channel, answer, text, values, code
):
    with pytest.raises(base.Refused) as refusal:
        answer(text, **values)
    assert refusal.value.code == code
    assert code in channel.sentences


def test_a_server_out_of_reach_has_been_told_nothing(channel, account, answer):
    nowhere = AccountAccess(
        external_id="1@x", credentials={"server": "http://127.0.0.1:9", "access_token": "t"}
    )
    message = OutboundMessage(
        marker="m", visibility="public", text="x", target={"handle": "@zoe", "status_id": "1"}
    )
    with pytest.raises(base.RetryLater) as refusal:
        channel.send(nowhere, message)
    assert refusal.value.code == "unreachable"


# --- The account ------------------------------------------------------------------------------


def test_a_well_connected_account_has_no_problem(channel, account):
    health = channel.check(account)
    assert health.problems == ()
    assert health.facts["Server"] == "Mastodon of the region (4.5.2)"


def test_a_dead_token_another_account_and_dropped_messages_are_told(server, channel, account):
    server.drops_private_mentions = True
    other = AccountAccess(external_id="1@x", credentials=account.credentials)
    belongs, drops = channel.check(other).problems
    assert "another account" in belongs
    assert "private mentions" in drops
    server.spoil("bad_token")
    assert "access token is invalid" in only(list(channel.check(account).problems))
    with pytest.raises(AccountBroken):
        channel.send(AccountAccess(external_id="1@x"), OutboundMessage(
            marker="m", visibility="public", text="x", target={}
        ))  # fmt: skip


def test_the_folder_documents_its_settings_and_its_command(package, networks):
    readme = (networks / "mastodon" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([A-Z_]+)` \|", readme, re.MULTILINE) == list(package.SETTINGS)
    (command,) = re.findall(r"^### `(.+)`$", readme, re.MULTILINE)
    assert command == "channels connect mastodon"
    options = import_module("hub.channels.mastodon.cli").connect.params
    said = readme.partition(f"### `{command}`")[2]
    assert [option.opts[0] for option in options if option.opts[0] not in said] == []


def test_files_come_from_the_accounts_own_server(package, account):
    channel = package.create({"MASTODON_FILE_HOSTS": "cdn.example"})
    assert channel.hosts_of_files(account) == ["cdn.example", "127.0.0.1"]


@pytest.mark.parametrize("text", ["5", "x", "99999999999", "-1"])
def test_an_unusable_setting_is_refused_with_what_to_write(package, text):
    with pytest.raises(ConfigurationError, match="MASTODON_POLL_SECONDS"):
        package.create({"MASTODON_POLL_SECONDS": text})
