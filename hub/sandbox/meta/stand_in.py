"""Meta, as the sandbox plays it: what people and the page do, each told by signed webhooks."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hub.sandbox import courier
from hub.sandbox.courier import Ask, Deliver, ask_within, post_to
from hub.sandbox.database import Database
from hub.sandbox.meta import payloads, rules, webhooks
from hub.sandbox.meta.identities import PAGE_ID
from hub.sandbox.meta.store import Store
from hub.sandbox.meta.values import AppSettings, Comment, Message, MessageKind, Person, Post
from hub.sandbox.stand_in import StandIn

#: What a page set up for the hub is subscribed to.
FIELDS = (
    "feed", "messages", "messaging_postbacks", "message_echoes", "message_deliveries",
    "message_reads", "message_edits", "message_reactions", "messaging_handovers", "standby",
)  # fmt: skip
#: The app of Meta's own page inbox.
PAGE_INBOX_APP = "26390203743090"
#: The blue thumb is a sticker with a fixed number.
THUMB = 369239263222822


class MetaStandIn(StandIn[Store]):
    """One page of one app. `deliver` takes headers and body and gives the HTTP status; by default
    it posts to the app's callback."""

    def __init__(
        self,
        database: Database,
        app: AppSettings,
        *,
        deliver: Deliver | None = None,
        ask: Ask | None = None,
        background: bool = False,
    ) -> None:
        deliver = deliver or post_to(self.callback_url, webhooks.ANSWER_WITHIN)
        super().__init__(
            database, Store, deliver=deliver, retry=webhooks.retry, background=background
        )
        self.app = app
        self.ask = ask or ask_within(webhooks.ANSWER_WITHIN)
        self._here = threading.local()

    # --- Citizens on the wall

    def comment(
        self, post_id: str, author: str, text: str = "", *, parent: str | None = None,
        photo: str = "",
    ) -> Comment:  # fmt: skip
        """`author` comments under a post, or answers the comment `parent`."""
        return self._comment(post_id, parent, author, text, photo)

    def edit_comment(self, comment_id: str, text: str) -> Comment:
        with self.change() as store:
            self._existing_comment(store, comment_id)
            comment = store.change_comment(comment_id, text=text, edited_at=store.now())
            self._tell_comment(store, comment, "edited")
            return comment

    def remove_comment(self, comment_id: str) -> Comment:
        """Its author or the page takes it away; its answers go with it, untold."""
        with self.change() as store:
            comment = self._existing_comment(store, comment_id)
            store.remove_comment(comment_id, store.now())
            self._tell_comment(store, comment, "remove")
            return comment

    def hide_comment(self, comment_id: str, hidden: bool = True) -> Comment:
        """The page hides it from other readers, or shows it again."""
        with self.change() as store:
            self._existing_comment(store, comment_id)
            comment = store.change_comment(comment_id, hidden=hidden)
            self._tell_comment(store, comment, "hide" if hidden else "unhide")
            return comment

    def visitor_post(self, author: str, text: str = "", *, photo: str = "") -> Post:
        """Somebody (or the page itself, with its id) writes on the page's wall."""
        with self.change() as store:
            post = Post(
                id=f"{PAGE_ID}_1222{store.next_number()}",
                author_id=author,
                text=text,
                picture=photo,
                created_at=store.now(),
            )
            store.add_post(post)
            value = payloads.post_value(self.app, post, store.person(author), "add")
            self._tell_feed(store, value)
            return post

    def remove_post(self, post_id: str) -> None:
        """The comments under it go with it, and no webhook tells of them."""
        with self.change() as store:
            post = self._existing_post(store, post_id)
            store.remove_post(post_id, store.now())
            value = payloads.post_value(self.app, post, store.person(post.author_id), "remove")
            self._tell_feed(store, value)

    # --- Citizens on Messenger

    def write(
        self, author: str, text: str = "", files: Sequence[str] = (), *, reply_to: str | None = None
    ) -> Message:
        """`author` writes to the page. Messenger makes one message of the files and one of the
        text; the last of them is given back. A file is a stand-in's name or a full address."""
        attachments = [self._attachment(name) for name in files]
        message: Message | None = None
        if attachments:
            message = self._say(author, attachments=attachments)
        if text or message is None:
            message = self._say(author, text=text, reply_to=reply_to)
        return message

    def sticker(self, author: str) -> Message:
        """`author` sends the blue thumb, in the shape in force since 30 August 2026."""
        payload = {"url": self.app.file_url("thumb.png"), "sticker_id": THUMB}
        return self._say(author, attachments=[{"type": "sticker", "payload": payload}])

    def postback(self, author: str, title: str, payload: str) -> Message:
        """`author` presses a button of a message or of the menu."""
        with self.change() as store:
            message = self._kept(store, author, kind="postback", text=title)
            item = payloads.postback_item(message, payload)
            self._tell_messaging(store, "messaging_postbacks", item)
            return message

    def react(self, author: str, mid: str, reaction: str = "love", emoji: str = "❤") -> None:
        """A reaction opens the window like a message."""
        with self.change() as store:
            message = self._kept(store, author, kind="reaction", text=emoji, reply_to=mid)
            item = payloads.reaction_item(author, mid, reaction, emoji, message.created_at)
            self._tell_messaging(store, "message_reactions", item)

    def edit_message(self, mid: str, text: str) -> Message:
        with self.change() as store:
            if store.message(mid) is None:
                raise rules.gone(mid)
            message = store.edit_message(mid, text)
            item = payloads.edit_item(message, store.now())
            self._tell_messaging(store, "message_edits", item)
            return message

    def read(self, author: str) -> None:
        """`author` opens the conversation."""
        with self.change() as store:
            item = payloads.read_item(author, store.now())
            self._tell_messaging(store, "message_reads", item)

    # --- The page

    def page_comments(self, object_id: str, text: str, photo: str = "") -> Comment:
        """The page comments under a post or answers a comment, through Graph or outside it:
        the webhook is the same."""
        with self.database.reading() as connection:
            parent = Store(connection).comment(object_id)
        post_id = parent.post_id if parent else object_id
        return self._comment(post_id, parent.id if parent else None, PAGE_ID, text, photo)

    def page_says(
        self,
        psid: str,
        text: str = "",
        *,
        attachments: Sequence[dict[str, Any]] = (),
        metadata: str = "",
        reply_to: str | None = None,
        app_id: str | None = None,
        private_reply_to: str = "",
    ) -> Message:
        """The page writes to a person; the echo and the receipt follow. `app_id` defaults to
        the hub's own app. `private_reply_to` is the comment or post answered in private: raises
        GraphError when Meta would refuse that, decided inside the same transaction."""
        with self.change() as store:
            if private_reply_to:
                target = store.comment(private_reply_to) or store.post(private_reply_to)
                rules.check_private_reply(target, store.now())
            message = self._kept(
                store, psid, from_page=True, text=text, attachments=attachments,
                metadata=metadata, reply_to=reply_to,
                app_id=self.app.app_id if app_id is None else app_id,
            )  # fmt: skip
            if private_reply_to:
                store.mark_private_reply(private_reply_to, message.mid)
            self._tell_messaging(store, "message_echoes", payloads.message_item(message))
            self._tell_messaging(store, "message_deliveries", payloads.delivery_item(message))
            return message

    def page_writes_outside(self, psid: str, text: str) -> Message:
        """Somebody of the council answers in Meta's own inbox."""
        return self.page_says(psid, text, app_id=PAGE_INBOX_APP)

    # --- What there is

    def posts(self) -> list[Post]:
        """The wall, newest first."""
        with self.database.reading() as connection:
            return Store(connection).posts()

    def thread(self, post_id: str) -> list[Comment]:
        """All comments under a post, oldest first."""
        with self.database.reading() as connection:
            return Store(connection).comments(post_id)

    def conversation(self, psid: str) -> list[Message]:
        """What was said on Messenger with one person, oldest first."""
        with self.database.reading() as connection:
            return Store(connection).conversation(psid)

    def people(self) -> list[Person]:
        with self.database.reading() as connection:
            return Store(connection).people()

    # --- Switches and deliveries

    def subscribe_page(self, fields: Sequence[str] = FIELDS) -> None:
        """Choose what the page tells the app; nothing when empty."""
        with self.change() as store:
            store.set("page_fields", list(fields))

    def grant_human_agent(self, granted: bool = True) -> None:
        """Give the app Meta's Human Agent feature, or take it away."""
        with self.change() as store:
            store.set("human_agent", granted)

    def set_person(self, psid: str, *, blocked: bool = False, profile_hidden: bool = False) -> None:
        """A person blocks the page, or shows no profile."""
        with self.change() as store:
            store.set_person(psid, blocked=blocked, profile_hidden=profile_hidden)

    def callback_url(self) -> str:
        """Where webhooks go: what the app subscribed, else the hub beside this stand-in."""
        with self.database.reading() as connection:
            subscription = Store(connection).setting("app_subscription", {})
        return str(subscription.get("callback_url") or f"{self.app.base_url}/hooks/facebook")

    def send_raw(
        self, entries: Sequence[Mapping[str, Any]], signature: webhooks.Signature = "both"
    ) -> None:
        """Queue one delivery with these entries as they are."""
        with self.change() as store:
            self._queue(store, entries, signature)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Put all that happens inside, in this thread, into one delivery."""
        entries = self._here.batch = list[Mapping[str, Any]]()
        try:
            yield
        finally:
            del self._here.batch
        if entries:
            self.send_raw(entries)

    # --- Inside

    def _comment(
        self, post_id: str, parent: str | None, author: str, text: str, photo: str
    ) -> Comment:
        with self.change() as store:
            self._existing_post(store, post_id)
            if parent is not None:
                # Facebook shows one level: an answer to an answer joins the same thread.
                parent = self._existing_comment(store, parent).parent_id or parent
            comment = store.new_comment(
                post_id=post_id, parent_id=parent, author_id=author, text=text, picture=photo,
                at=store.now(),
            )  # fmt: skip
            self._tell_comment(store, comment, "add")
            return comment

    def _say(
        self, psid: str, *, text: str = "", attachments: Sequence[dict[str, Any]] = (),
        reply_to: str | None = None,
    ) -> Message:  # fmt: skip
        with self.change() as store:
            message = self._kept(store, psid, text=text, attachments=attachments, reply_to=reply_to)
            self._tell_messaging(store, "messages", payloads.message_item(message))
            return message

    def _kept(
        self, store: Store, psid: str, *, text: str, from_page: bool = False,
        kind: MessageKind = "message", attachments: Sequence[dict[str, Any]] = (),
        metadata: str = "", reply_to: str | None = None, app_id: str = "",
    ) -> Message:  # fmt: skip
        message = Message(
            mid=store.new_mid(), psid=psid, from_page=from_page, kind=kind, text=text,
            attachments=tuple(attachments), created_at=store.now(), app_id=app_id,
            metadata=metadata, reply_to=reply_to,
        )  # fmt: skip
        store.add_message(message)
        return message

    def _tell_comment(self, store: Store, comment: Comment, verb: str) -> None:
        post = self._existing_post(store, comment.post_id)
        author = store.person(comment.author_id)
        self._tell_feed(store, payloads.comment_value(self.app, comment, post, author, verb))

    def _tell_feed(self, store: Store, value: Mapping[str, Any]) -> None:
        self._tell(store, "feed", payloads.feed_entry(dict(value), store.now()))

    def _tell_messaging(self, store: Store, field: str, item: Mapping[str, Any]) -> None:
        self._tell(store, field, payloads.messaging_entry(dict(item), sent_at=store.now()))

    def _tell(self, store: Store, field: str, entry: Mapping[str, Any]) -> None:
        app_fields = store.setting("app_subscription", {}).get("fields", FIELDS)
        if field not in app_fields or field not in store.setting("page_fields", FIELDS):
            return
        batch = getattr(self._here, "batch", None)
        if batch is None:
            self._queue(store, [entry])
        else:
            batch.append(entry)

    def _queue(
        self, store: Store, entries: Sequence[Mapping[str, Any]],
        signature: webhooks.Signature = "both",
    ) -> None:  # fmt: skip
        body = webhooks.wire_bytes(webhooks.envelope(entries))
        headers = webhooks.signed_headers(self.app.app_secret, body, signature)
        courier.queue(store, body, headers)

    def _attachment(self, name: str) -> dict[str, Any]:
        path, _, _ = name.partition("?")
        return {
            "type": "image" if path.endswith((".jpg", ".jpeg", ".png")) else "file",
            "payload": {"url": self.app.file_url(name)},
        }

    @staticmethod
    def _existing_post(store: Store, post_id: str) -> Post:
        post = store.post(post_id)
        if post is None or post.removed_at is not None:
            raise rules.gone(post_id)
        return post

    @staticmethod
    def _existing_comment(store: Store, comment_id: str) -> Comment:
        comment = store.comment(comment_id)
        if comment is None or comment.removed_at is not None:
            raise rules.gone(comment_id)
        return comment
