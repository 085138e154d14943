from datetime import UTC, datetime, timedelta
from typing import Any

from hub.channels.base import AccountAccess, ThreadMessage, Way
from hub.channels.twitter.terms import FILE, Terms
from hub.channels.twitter.ways import length, ways

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
CITIZEN = "48127741"
POST = "2120073977656246395"


def post(ago: timedelta = timedelta(hours=1), summoned: str = "explicit", **changes: Any) -> Any:
    given: dict[str, Any] = {
        "direction": "in",
        "visibility": "public",
        "external_id": POST,
        "conversation": f"public:{POST}:{CITIZEN}",
        "posted_at": NOW - ago,
        "author_id": CITIZEN,
        "details": {"post_id": POST, "author_id": CITIZEN, "summoned": summoned},
    }
    return ThreadMessage(**{**given, **changes})


def message(ago: timedelta = timedelta(hours=1), **changes: Any) -> ThreadMessage:
    given: dict[str, Any] = {
        "visibility": "private",
        "external_id": "2120077752529846999",
        "conversation": f"dm:{CITIZEN}",
        "details": {"author_id": CITIZEN},
    }
    return post(ago, **{**given, **changes})


def ways_of(*thread: ThreadMessage, access: Any = "pay_per_use", **credentials: str) -> list[Way]:
    account = AccountAccess(external_id="1710000000000000001", credentials=credentials)
    return ways(thread, account, Terms.of(access))


def test_a_post_is_answered_in_public_or_by_direct_message():
    public, private = ways_of(post())

    assert (public.code, public.visibility, public.allowed) == ("reply", "public", True)
    assert (public.label, private.label) == ("Public reply", "Direct message")
    assert public.target == {"mode": "reply", "post_id": POST, "summoned": "explicit"}
    assert (public.limit, public.most_parts) == (280, 25)
    assert "Everybody" in public.hint
    assert "numbered thread" in public.hint
    assert (private.code, private.visibility, private.allowed) == ("dm", "private", True)
    assert private.target == {"mode": "dm", "user_id": CITIZEN}
    assert (private.limit, private.most_parts) == (10_000, 1)
    assert "take no messages" in private.hint


def test_a_post_counts_as_x_counts_posts_and_a_message_by_its_characters():
    public, private = ways_of(post())
    text = "🚌 https://montvallee.fr/" + "transports/" * 20
    assert (length(text, public), length(text, private)) == (2 + 1 + 23, len(text))


def test_a_direct_message_is_answered_by_direct_message_alone():
    (private,) = ways_of(message())

    assert private.code == "dm"
    assert private.hint == "Only the person can read it."


def test_the_way_the_citizen_wrote_by_last_comes_first():
    early, late = timedelta(hours=2), timedelta(hours=1)
    assert [w.code for w in ways_of(message(early), post(late))] == ["reply", "dm"]
    assert [w.code for w in ways_of(post(early), message(late))] == ["dm", "reply"]


def test_the_reply_goes_under_the_last_post_in_its_newest_version():
    edited = {"post_id": "300", "author_id": CITIZEN, "summoned": "explicit"}
    found = ways_of(post(timedelta(hours=2)), post(external_id="200", details=edited))
    assert found[0].target["post_id"] == "300"


def test_a_post_without_details_is_answered_by_its_id():
    public, private = ways_of(post(details={}))
    assert public.allowed
    assert public.target == {"mode": "reply", "post_id": POST, "summoned": ""}
    assert private.target["user_id"] == CITIZEN


def test_a_ticket_without_a_message_of_the_citizen_has_no_way():
    assert ways_of() == []
    assert ways_of(post(direction="out")) == []


def test_who_did_not_summon_the_account_is_answered_by_direct_message():
    public, private = ways_of(post(summoned="no"))

    assert not public.allowed
    assert "names its account" in public.reason
    assert private.allowed


def test_a_contract_answers_whoever_wrote():
    public, _private = ways_of(post(summoned="no"), access="enterprise")
    assert public.allowed
    assert public.reason == ""


def test_a_doubtful_summons_may_be_tried_and_says_so():
    public, _private = ways_of(post(summoned="implicit"))
    assert public.allowed
    assert "X may refuse it" in public.hint
    assert "X may refuse it" not in ways_of(post(summoned="implicit"), access="enterprise")[0].hint


def test_a_doubtful_summons_is_none_where_the_file_says_so(tmp_path):
    changed = tmp_path / "terms.toml"
    text = FILE.read_text("utf-8")
    changed.write_text(text.replace("mention_counts = true", "mention_counts = false"), "utf-8")
    account = AccountAccess(external_id="1")

    public, _private = ways([post(summoned="implicit")], account, Terms.of("pay_per_use", changed))

    assert not public.allowed


def test_who_wrote_in_an_encrypted_chat_is_asked_to_write_without():
    encrypted = message(details={"author_id": CITIZEN, "notice": "encrypted"})
    (private,) = ways_of(encrypted)
    assert private.allowed
    assert "encrypted chat" in private.hint
    assert "x.com" in private.hint


def test_files_go_with_both_as_x_takes_them():
    public, private = ways_of(post())

    assert public.files is not None
    assert private.files is not None
    assert (public.files.most, private.files.most) == (4, 1)
    assert public.files.alone == {"image/gif", "video/mp4"}
    assert public.files.alt_text
    assert public.files.note.startswith("At most 4 pictures, or one film of at most 140 seconds")
    assert "9976 characters" in private.files.note


def test_what_the_account_did_not_grant_is_no_way():
    scope = "tweet.read tweet.write users.read"
    public, private = ways_of(post(), scope=scope)
    assert public.allowed
    assert public.files is None
    assert not private.allowed
    assert "permission" in private.reason


def test_an_account_without_scopes_may_do_all():
    assert all(way.allowed and way.files for way in ways_of(post(), oauth_token="token"))
