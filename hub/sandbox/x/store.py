"""The stand-in's rows: reads and writes inside one transaction that the caller opened.

What apps may do (tokens, webhooks, subscriptions) stands in `access`.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hub.sandbox import store
from hub.sandbox.values import instant, milliseconds
from hub.sandbox.x.values import Media, Message, Person, Post

#: Ids tell the time: 41 bits of milliseconds since this one, then 22 bits of sequence.
_ID_EPOCH = 1288834974657
_ID_BITS = 22
_LISTS = ("addressed", "mentioned", "media")


def id_at(at: datetime) -> str:
    """The first id of that millisecond."""
    return str((milliseconds(at) - _ID_EPOCH) << _ID_BITS)


class Store(store.Store):
    """One open transaction on the sandbox's database, spoken to in X's terms."""

    network = "x"

    def new_id(self) -> str:
        """Of now, and larger than any before, also where the clock was turned back or everything
        was forgotten: who asks for what is newer than an id must miss nothing."""
        last = self._one("SELECT max(last_id) AS id FROM x_sequence")
        assert last is not None
        new = max(int(id_at(self.now())), (last["id"] or 0) + 1)
        self._run("DELETE FROM x_sequence")
        self._insert("x_sequence", last_id=new)
        return str(new)

    # --- People

    def add_person(self, person: Person) -> None:
        self._insert(
            "x_person", id=person.id, handle=person.handle, name=person.name,
            created_at=person.created_at,
        )  # fmt: skip

    def person(self, person_id: str) -> Person | None:
        row = self._one("SELECT * FROM x_person WHERE id = ?", person_id)
        return None if row is None else _person(row)

    def person_by_handle(self, handle: str) -> Person | None:
        """Handles are the same in any case of letters."""
        row = self._one("SELECT * FROM x_person WHERE lower(handle) = ?", handle.lower())
        return None if row is None else _person(row)

    def people(self) -> list[Person]:
        """All, the council's account among them."""
        return [_person(row) for row in self._all("SELECT * FROM x_person ORDER BY rowid")]

    def change_person(self, person_id: str, **columns: Any) -> None:
        self._update("x_person", "id", person_id, columns)

    # --- Posts

    def add_post(self, post: Post) -> None:
        """Keep a version; the ones before it are no longer the latest."""
        self._run("UPDATE x_post SET latest = 0 WHERE first_id = ?", post.first_id)
        columns = {name: getattr(post, name) for name in Post.__dataclass_fields__}
        columns |= {name: json.dumps(columns[name]) for name in _LISTS}
        self._insert("x_post", **columns)

    def post(self, post_id: str) -> Post | None:
        """The version with this id, even when it is deleted."""
        row = self._one("SELECT * FROM x_post WHERE id = ?", post_id)
        return None if row is None else _post(row)

    def versions(self, first_id: str) -> list[str]:
        """Ids of all versions, oldest first."""
        rows = self._all("SELECT id FROM x_post WHERE first_id = ?", first_id)
        return sorted((row["id"] for row in rows), key=int)

    def newest(self, post: Post) -> Post:
        """The latest version of the same post."""
        row = self._one("SELECT * FROM x_post WHERE first_id = ? AND latest", post.first_id)
        assert row is not None
        return _post(row)

    def posts(self) -> list[Post]:
        """All that stands, each in its latest version, newest first."""
        rows = self._all("SELECT * FROM x_post WHERE latest AND deleted_at IS NULL")
        return sorted((_post(row) for row in rows), key=lambda post: int(post.id), reverse=True)

    def change_post(self, first_id: str, **columns: Any) -> None:
        """Write some columns of all versions of a post."""
        self._update("x_post", "first_id", first_id, columns)

    def like(self, post_id: str, person_id: str) -> None:
        self._run("INSERT OR IGNORE INTO x_like VALUES (?, ?)", post_id, person_id)

    def unlike(self, post_id: str, person_id: str) -> None:
        self._run("DELETE FROM x_like WHERE post_id = ? AND person_id = ?", post_id, person_id)

    def likes(self, post_ids: Sequence[str]) -> set[str]:
        """Who likes a post, in whichever version."""
        marks = ", ".join("?" * len(post_ids))
        rows = self._all(f"SELECT person_id FROM x_like WHERE post_id IN ({marks})", *post_ids)  # noqa: S608
        return {row["person_id"] for row in rows}

    # --- Direct messages

    def add_message(self, message: Message) -> None:
        columns = {name: getattr(message, name) for name in Message.__dataclass_fields__}
        self._insert("x_message", **columns)

    def message(self, message_id: str) -> Message | None:
        row = self._one("SELECT * FROM x_message WHERE id = ?", message_id)
        return None if row is None else _message(row)

    def messages(self, person_id: str | None = None) -> list[Message]:
        """All direct messages, or those with one person; oldest first."""
        rows = self._all(
            "SELECT * FROM x_message WHERE (? IS NULL OR person_id = ?) AND deleted_at IS NULL",
            person_id, person_id,
        )  # fmt: skip
        return sorted((_message(row) for row in rows), key=lambda message: int(message.id))

    def remove_message(self, message_id: str) -> None:
        self._update("x_message", "id", message_id, {"deleted_at": self.now()})

    # --- Pictures and films

    def add_media(self, media: Media) -> None:
        columns = {name: getattr(media, name) for name in Media.__dataclass_fields__}
        self._insert("x_media", **columns)

    def media(self, media_id: str) -> Media | None:
        row = self._one("SELECT * FROM x_media WHERE id = ?", media_id)
        return None if row is None else _media(row)

    def change_media(self, media_id: str, **columns: Any) -> None:
        self._update("x_media", "id", media_id, columns)

    def add_chunk(self, media_id: str, number: int, content: bytes) -> None:
        self._run("INSERT OR REPLACE INTO x_chunk VALUES (?, ?, ?)", media_id, number, content)

    def join_chunks(self, media_id: str) -> bytes:
        """All chunks in order; they are forgotten."""
        rows = self._all("SELECT content FROM x_chunk WHERE media_id = ? ORDER BY number", media_id)
        self._run("DELETE FROM x_chunk WHERE media_id = ?", media_id)
        return b"".join(row["content"] for row in rows)


def _person(row: sqlite3.Row) -> Person:
    return Person(
        id=row["id"],
        handle=row["handle"],
        name=row["name"],
        created_at=instant(row["created_at"]),
        blocks=bool(row["blocks"]),
        protected=bool(row["protected"]),
    )


def _post(row: sqlite3.Row) -> Post:
    values = _instants(row) | {name: tuple(json.loads(row[name])) for name in _LISTS}
    values |= {"latest": bool(row["latest"]), "hidden": bool(row["hidden"])}
    return Post(**values)


def _message(row: sqlite3.Row) -> Message:
    flags = {name: bool(row[name]) for name in ("from_account", "encrypted")}
    return Message(**(_instants(row) | flags))


def _media(row: sqlite3.Row) -> Media:
    return Media(**_instants(row))


def _instants(row: sqlite3.Row) -> dict[str, Any]:
    """The row's columns, with those that end in _at as instants."""
    return {
        name: instant(row[name]) if name.endswith("_at") and row[name] is not None else row[name]
        for name in row.keys()  # noqa: SIM118 - a row iterates over its values
    }
