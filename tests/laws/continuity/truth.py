"""What stands on the platforms in the end, read from their own state: the hub is compared with it.

What was removed is read as well: it was said, and the hub heard it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from sqlite3 import Row

from hub.sandbox.meta.identities import PAGE_ID
from hub.sandbox.x.identities import ACCOUNT_ID
from tests.laws.continuity.citizens import Citizens, Key
from tests.laws.continuity.plan import Talk

#: What a part of a long answer ends with.
NUMBER = re.compile(r"\s*\(\d+/\d+\)$")


@dataclass(frozen=True, slots=True)
class Written:
    """What a citizen said, as it now stands. `at`: when, in milliseconds."""

    key: Key
    talk: Talk
    text: str
    gone: bool
    at: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What the council said in a talk: the ids of its parts, each of which stands under the one
    before it, and their text."""

    talk: Talk
    text: str
    keys: tuple[Key, ...]


def written(citizens: Citizens) -> list[Written]:
    """All that citizens have said since they came."""
    return [*_on_facebook(citizens), *_on_x(citizens)]


def answered(citizens: Citizens) -> list[Answered]:
    """All that the council has said to them. What stands under nothing of theirs raises KeyError:
    nobody was to say it."""
    return [
        *_comments(citizens),
        *_messages(citizens),
        *_posts(citizens),
        *_direct_messages(citizens),
    ]


# --- Citizens


def _on_facebook(citizens: Citizens) -> Iterator[Written]:
    comments = f"SELECT *, id AS key FROM comment WHERE author_id <> '{PAGE_ID}'"
    messages = "SELECT *, mid AS key, NULL AS removed_at FROM message WHERE NOT from_page"
    for row in [*_rows(citizens, "meta", comments), *_rows(citizens, "meta", messages)]:
        key = ("facebook", row["key"])
        yield Written(
            key, citizens.talks[key], row["text"], row["removed_at"] is not None, row["created_at"]
        )


def _on_x(citizens: Citizens) -> Iterator[Written]:
    """A post has the id and the time of its first version, and the words of its latest."""
    posts = f"SELECT * FROM x_post WHERE author_id <> '{ACCOUNT_ID}'"
    versions: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(citizens, "x", posts):
        versions[row["first_id"]].append(row)
    for first_id, rows in versions.items():
        key, latest = ("twitter", first_id), max(rows, key=lambda row: int(row["id"]))
        gone, at = latest["deleted_at"] is not None, min(row["created_at"] for row in rows)
        yield Written(key, citizens.talks[key], latest["text"], gone, at)
    messages = "SELECT * FROM x_message WHERE NOT from_account"
    for row in _rows(citizens, "x", messages):
        key = ("twitter", row["id"])
        yield Written(key, citizens.talks[key], row["text"], False, row["created_at"])


# --- The council


def _comments(citizens: Citizens) -> Iterator[Answered]:
    found = f"SELECT * FROM comment WHERE author_id = '{PAGE_ID}'"
    for row in _rows(citizens, "meta", found):
        talk = citizens.talks["facebook", row["parent_id"]]
        yield Answered(talk, row["text"], (("facebook", row["id"]),))


def _messages(citizens: Citizens) -> Iterator[Answered]:
    """Also the private replies to comments, which stand in Messenger."""
    replies = "SELECT * FROM comment WHERE private_reply IS NOT NULL"
    to_comments = {row["private_reply"]: row["id"] for row in _rows(citizens, "meta", replies)}
    talks = citizens.private_talks("messenger")
    for row in _rows(citizens, "meta", "SELECT * FROM message WHERE from_page"):
        comment = to_comments.get(row["mid"])
        talk = citizens.talks["facebook", comment] if comment else talks[row["psid"]]
        yield Answered(talk, row["text"], (("facebook", row["mid"]),))


def _posts(citizens: Citizens) -> Iterator[Answered]:
    """Each first part with all that stands under it, in the order in which it was posted."""
    own = _rows(citizens, "x", f"SELECT * FROM x_post WHERE author_id = '{ACCOUNT_ID}'")
    under: dict[str, list[Row]] = defaultdict(list)
    for row in own:
        under[row["reply_to"]].append(row)
    ids = {row["id"] for row in own}
    for row in own:
        if row["reply_to"] not in ids:
            parts = list(_thread(row, under))
            talk = citizens.talks["twitter", row["reply_to"]]
            text = " ".join(NUMBER.sub("", part["text"]) for part in parts)
            yield Answered(talk, text, tuple(("twitter", part["id"]) for part in parts))


def _thread(post: Row, under: dict[str, list[Row]]) -> Iterator[Row]:
    yield post
    for following in under[post["id"]]:
        yield from _thread(following, under)


def _direct_messages(citizens: Citizens) -> Iterator[Answered]:
    talks = citizens.private_talks("dm")
    for row in _rows(citizens, "x", "SELECT * FROM x_message WHERE from_account"):
        yield Answered(talks[row["person_id"]], row["text"], (("twitter", row["id"]),))


def _rows(citizens: Citizens, network: str, query: str) -> list[Row]:
    stand_in = citizens.meta if network == "meta" else citizens.x
    with stand_in.database.reading() as connection:
        since = f"{query} AND created_at >= {citizens.began} ORDER BY created_at, rowid"
        return connection.execute(since).fetchall()
