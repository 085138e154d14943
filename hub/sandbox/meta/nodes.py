"""Graph's view of what the stand-in keeps: posts, comments, conversations, messages, people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.sandbox.meta.fields import Field, node, page_of, parse_fields, seconds_of
from hub.sandbox.meta.identities import PAGE_ID, PAGE_NAME
from hub.sandbox.meta.payloads import graph_date, permalink
from hub.sandbox.meta.store import Store
from hub.sandbox.meta.values import AppSettings, Comment, Message, Person, Post

Json = dict[str, Any]

POST_FIELDS = "created_time,message"
COMMENT_FIELDS = "created_time,from,message"
CONVERSATION_FIELDS = "link,updated_time"
MESSAGE_FIELDS = "created_time"
#: Graph gives the details of only so many messages of a conversation, the latest.
DETAILED_MESSAGES = 20


@dataclass(frozen=True)
class Nodes:
    """Builds Graph's JSON from one open transaction. `graph_url` is where Graph is reached: the
    addresses of further pages start with it."""

    store: Store
    app: AppSettings
    graph_url: str

    def post(self, post: Post, wanted: Sequence[Field] = ()) -> Json:
        return node(post.id, wanted or parse_fields(POST_FIELDS), {
            "from": lambda _: self._author(post.author_id),
            "message": lambda _: post.text or None,
            "story": lambda _: None,
            "created_time": lambda _: graph_date(post.created_at),
            "updated_time": lambda _: graph_date(post.created_at),
            "permalink_url": lambda _: permalink(post.id),
            "full_picture": lambda _: self.app.file_url(post.picture) or None,
            "status_type": lambda _: "added_photos" if post.picture else "mobile_status_update",
            "is_published": lambda _: True,
            "attachments": lambda _: self._pictures(post.picture),
            "comments": lambda field: self.comments(post.id, None, field.options, field.children),
        })  # fmt: skip

    def comment(self, comment: Comment, wanted: Sequence[Field] = ()) -> Json:
        own = comment.author_id == PAGE_ID
        return node(comment.id, wanted or parse_fields(COMMENT_FIELDS), {
            "from": lambda _: self._author(comment.author_id),
            "message": lambda _: comment.text,
            "created_time": lambda _: graph_date(comment.created_at),
            "permalink_url": lambda _: self._comment_link(comment),
            "parent": lambda field: self._parent(comment, field),
            "object": lambda _: {"id": comment.post_id},
            "attachment": lambda _: self._picture(comment.picture),
            "is_hidden": lambda _: comment.hidden,
            "is_private": lambda _: False,
            "like_count": lambda _: int(comment.liked),
            "user_likes": lambda _: comment.liked,
            "comment_count": lambda _: len(self.store.comments(comment.post_id, comment.id)),
            "can_comment": lambda _: True,
            "can_like": lambda _: True,
            "can_hide": lambda _: not own,
            "can_remove": lambda _: True,
            "can_reply_privately": lambda _: not own and comment.private_reply is None,
            "comments": lambda field: self.comments(
                comment.post_id, comment.id, field.options, field.children
            ),
        })  # fmt: skip

    def comments(
        self, post_id: str, parent_id: str | None, options: Any, wanted: Sequence[Field] = ()
    ) -> Json:
        """The comments of a post, or the answers to one comment. `filter=stream` counts answers
        in, `order=reverse_chronological` puts the newest first."""
        found = self.store.comments(post_id, parent_id)
        if parent_id is None and options.get("filter") != "stream":
            found = [comment for comment in found if comment.parent_id is None]
        if since := options.get("since"):
            found = [c for c in found if c.created_at.timestamp() >= seconds_of(since)]
        if options.get("order") == "reverse_chronological":
            found.reverse()
        items = [self.comment(comment, wanted) for comment in found]
        return page_of(items, options, f"{self.graph_url}/{parent_id or post_id}/comments")

    def conversation(self, psid: str, updated_at: datetime, wanted: Sequence[Field] = ()) -> Json:
        return node(f"t_{psid}", wanted or parse_fields(CONVERSATION_FIELDS), {
            "link": lambda _: f"/{PAGE_ID}/inbox/{psid}/",
            "updated_time": lambda _: graph_date(updated_at),
            "message_count": lambda _: len(self._messages(psid)),
            "participants": lambda _: {"data": [self._talker(psid), self._talker(PAGE_ID)]},
            "can_reply": lambda _: True,
            "messages": lambda field: self.messages(psid, field.options, field.children),
        })  # fmt: skip

    def messages(self, psid: str, options: Any, wanted: Sequence[Field] = ()) -> Json:
        """The messages of a conversation, newest first; old ones only as id and time."""
        bare = parse_fields(MESSAGE_FIELDS)
        items = [
            self.message(message, wanted if index < DETAILED_MESSAGES else bare)
            for index, message in enumerate(reversed(self._messages(psid)))
        ]
        return page_of(items, options, f"{self.graph_url}/t_{psid}/messages")

    def message(self, message: Message, wanted: Sequence[Field] = ()) -> Json:
        ends = [self._talker(message.psid), self._talker(PAGE_ID)]
        if message.from_page:
            ends.reverse()
        return node(message.mid, wanted or parse_fields(MESSAGE_FIELDS), {
            "created_time": lambda _: graph_date(message.created_at),
            "from": lambda _: ends[0],
            "to": lambda _: {"data": [ends[1]]},
            "message": lambda _: message.text,
            "attachments": lambda _: _files(message),
            "sticker": lambda _: _sticker(message),
            "reply_to": lambda _: {"mid": message.reply_to} if message.reply_to else None,
        })  # fmt: skip

    def person(self, person: Person, wanted: Sequence[Field] = ()) -> Json:
        return node(person.id, wanted or parse_fields("first_name,last_name,profile_pic"), {
            "name": lambda _: person.name,
            "first_name": lambda _: person.first_name,
            "last_name": lambda _: person.last_name,
            "profile_pic": lambda _: self.app.file_url("portrait.jpg"),
            "locale": lambda _: "fr_FR",
        })  # fmt: skip

    def page(self, wanted: Sequence[Field] = ()) -> Json:
        return node(PAGE_ID, wanted or parse_fields("name"), {
            "name": lambda _: PAGE_NAME,
            "link": lambda _: f"https://www.facebook.com/{PAGE_ID}",
            "category": lambda _: "Government organisation",
            "is_published": lambda _: True,
        })  # fmt: skip

    def _messages(self, psid: str) -> list[Message]:
        return [said for said in self.store.conversation(psid) if said.kind == "message"]

    def _author(self, person_id: str) -> Json | None:
        if person_id == PAGE_ID:
            return {"id": PAGE_ID, "name": PAGE_NAME}
        person = self.store.person(person_id)
        return None if person is None else {"id": person.id, "name": person.name}

    def _talker(self, person_id: str) -> Json:
        author = self._author(person_id) or {"id": person_id, "name": ""}
        return author | {"email": f"{person_id}@facebook.com"}

    def _parent(self, comment: Comment, field: Field) -> Json | None:
        parent = self.store.comment(comment.parent_id) if comment.parent_id else None
        return None if parent is None else self.comment(parent, field.children)

    def _comment_link(self, comment: Comment) -> str:
        return f"{permalink(comment.post_id)}?comment_id={comment.id.split('_')[1]}"

    def _picture(self, picture: str) -> Json | None:
        if not picture:
            return None
        source = self.app.file_url(picture)
        return {"type": "photo", "url": source, "media": {"image": {"src": source}}}

    def _pictures(self, picture: str) -> Json | None:
        attachment = self._picture(picture)
        return None if attachment is None else {"data": [attachment]}


def _files(message: Message) -> Json | None:
    files = [
        {"id": f"{message.mid}:{index}", "name": attachment["payload"]["url"].rsplit("/", 1)[-1]}
        | _address(attachment)
        for index, attachment in enumerate(message.attachments)
        if attachment["type"] != "sticker"
    ]
    return {"data": files} if files else None


def _address(attachment: Json) -> Json:
    url = attachment["payload"]["url"]
    if attachment["type"] == "image":
        return {"mime_type": "image/jpeg", "image_data": {"url": url}}
    return {"mime_type": "application/octet-stream", "file_url": url}


def _sticker(message: Message) -> str | None:
    stickers = [a["payload"]["url"] for a in message.attachments if a["type"] == "sticker"]
    return stickers[0] if stickers else None
