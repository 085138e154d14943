"""The stand-in's rows: reads and writes inside one transaction that the caller opened."""

import hashlib
import json
import sqlite3
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any

from hub import clock
from hub.sandbox import store
from hub.sandbox.meta.values import Comment, Message, Person, Post
from hub.sandbox.values import instant, milliseconds


class Store(store.Store):
    """One open transaction on the sandbox's database, spoken to in Meta's terms."""

    network = "meta"

    def next_number(self) -> int:
        """Grows for ever, also across a reset: a hub that was not reset with the stand-in must
        not meet an id it already knows on something new."""
        number = int(self.setting("number", milliseconds(clock.now()))) + 1
        self.set("number", number)
        return number

    # --- People

    def add_person(self, person: Person) -> None:
        self._insert("person", id=person.id, first_name=person.first_name,
                     last_name=person.last_name)  # fmt: skip

    def person(self, psid: str) -> Person | None:
        row = self._one("SELECT * FROM person WHERE id = ?", psid)
        return None if row is None else _person(row)

    def people(self) -> list[Person]:
        return [_person(row) for row in self._all("SELECT * FROM person ORDER BY id")]

    def set_person(self, psid: str, *, blocked: bool, profile_hidden: bool) -> None:
        self._run(
            "UPDATE person SET blocked = ?, profile_hidden = ? WHERE id = ?",
            blocked, profile_hidden, psid,
        )  # fmt: skip

    # --- Posts and comments

    def add_post(self, post: Post) -> None:
        self._insert(
            "post",
            id=post.id,
            author_id=post.author_id,
            text=post.text,
            picture=post.picture,
            created_at=post.created_at,
        )

    def post(self, post_id: str) -> Post | None:
        row = self._one("SELECT * FROM post WHERE id = ?", post_id)
        return None if row is None else _post(row)

    def posts(self) -> list[Post]:
        """What stands on the wall, newest first."""
        rows = self._all(
            "SELECT * FROM post WHERE removed_at IS NULL ORDER BY created_at DESC, id DESC"
        )
        return [_post(row) for row in rows]

    def remove_post(self, post_id: str, at: datetime) -> None:
        self._run("UPDATE post SET removed_at = ? WHERE id = ?", milliseconds(at), post_id)

    def new_comment(
        self,
        *,
        post_id: str,
        parent_id: str | None,
        author_id: str,
        text: str,
        at: datetime,
        picture: str = "",
    ) -> Comment:
        """Keep a comment under a new id, `{post}_{comment}`."""
        comment_id = f"{post_id.split('_')[1]}_88{self.next_number()}"
        self._insert(
            "comment",
            id=comment_id,
            post_id=post_id,
            parent_id=parent_id,
            author_id=author_id,
            text=text,
            picture=picture,
            created_at=at,
        )
        comment = self.comment(comment_id)
        assert comment is not None
        return comment

    def comment(self, comment_id: str) -> Comment | None:
        row = self._one("SELECT * FROM comment WHERE id = ?", comment_id)
        return None if row is None else _comment(row)

    def comments(self, post_id: str, parent_id: str | None = None) -> list[Comment]:
        """All that stands under a post, or only the answers to `parent_id`; oldest first."""
        rows = self._all(
            "SELECT * FROM comment WHERE post_id = ? AND (? IS NULL OR parent_id = ?)"
            " AND removed_at IS NULL ORDER BY created_at, id",
            post_id, parent_id, parent_id,
        )  # fmt: skip
        return [_comment(row) for row in rows]

    def change_comment(self, comment_id: str, **columns: Any) -> Comment:
        """Write some columns of a comment that exists, and give it back as it now stands."""
        self._update("comment", "id", comment_id, columns)
        comment = self.comment(comment_id)
        assert comment is not None
        return comment

    def remove_comment(self, comment_id: str, at: datetime) -> None:
        """Take a comment away with all that answers it."""
        self._run(
            "UPDATE comment SET removed_at = ?"
            " WHERE (id = ? OR parent_id = ?) AND removed_at IS NULL",
            milliseconds(at), comment_id, comment_id,
        )  # fmt: skip

    def mark_private_reply(self, object_id: str, mid: str) -> None:
        """Note the one private reply of a comment or post."""
        for table in ("comment", "post"):
            self._update(table, "id", object_id, {"private_reply": mid})

    # --- Messenger

    def new_mid(self) -> str:
        digest = hashlib.sha256(str(self.next_number()).encode()).digest()
        return "m_" + urlsafe_b64encode(digest).decode().rstrip("=")

    def add_message(self, message: Message) -> None:
        self._insert(
            "message",
            mid=message.mid,
            psid=message.psid,
            from_page=message.from_page,
            kind=message.kind,
            text=message.text,
            attachments=json.dumps(message.attachments),
            created_at=message.created_at,
            app_id=message.app_id,
            metadata=message.metadata,
            reply_to=message.reply_to,
        )

    def message(self, mid: str) -> Message | None:
        row = self._one("SELECT * FROM message WHERE mid = ?", mid)
        return None if row is None else _message(row)

    def edit_message(self, mid: str, text: str) -> Message:
        self._run("UPDATE message SET text = ?, edits = edits + 1 WHERE mid = ?", text, mid)
        message = self.message(mid)
        assert message is not None
        return message

    def conversation(self, psid: str) -> list[Message]:
        """All that was said between the page and one person, oldest first."""
        rows = self._all("SELECT * FROM message WHERE psid = ? ORDER BY created_at, rowid", psid)
        return [_message(row) for row in rows]

    def people_who_talked(self) -> list[tuple[str, datetime]]:
        """(person, last message), the latest conversation first."""
        rows = self._all(
            "SELECT psid, max(created_at) AS latest FROM message GROUP BY psid ORDER BY latest DESC"
        )
        return [(row["psid"], instant(row["latest"])) for row in rows]

    def last_action_at(self, psid: str) -> datetime | None:
        """When the person last wrote, pressed a button or reacted: what opens Meta's windows."""
        row = self._one(
            "SELECT max(created_at) AS latest FROM message WHERE psid = ? AND NOT from_page", psid
        )
        return None if row is None or row["latest"] is None else instant(row["latest"])


def _maybe(count: int | None) -> datetime | None:
    return None if count is None else instant(count)


def _person(row: sqlite3.Row) -> Person:
    return Person(
        id=row["id"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        blocked=bool(row["blocked"]),
        profile_hidden=bool(row["profile_hidden"]),
    )


def _post(row: sqlite3.Row) -> Post:
    return Post(
        id=row["id"],
        author_id=row["author_id"],
        text=row["text"],
        picture=row["picture"],
        created_at=instant(row["created_at"]),
        removed_at=_maybe(row["removed_at"]),
        private_reply=row["private_reply"],
    )


def _comment(row: sqlite3.Row) -> Comment:
    return Comment(
        id=row["id"],
        post_id=row["post_id"],
        parent_id=row["parent_id"],
        author_id=row["author_id"],
        text=row["text"],
        picture=row["picture"],
        created_at=instant(row["created_at"]),
        edited_at=_maybe(row["edited_at"]),
        removed_at=_maybe(row["removed_at"]),
        hidden=bool(row["hidden"]),
        liked=bool(row["liked"]),
        private_reply=row["private_reply"],
    )


def _message(row: sqlite3.Row) -> Message:
    return Message(
        mid=row["mid"],
        psid=row["psid"],
        from_page=bool(row["from_page"]),
        kind=row["kind"],
        text=row["text"],
        attachments=tuple(json.loads(row["attachments"])),
        created_at=instant(row["created_at"]),
        app_id=row["app_id"],
        metadata=row["metadata"],
        reply_to=row["reply_to"],
        edits=row["edits"],
    )
