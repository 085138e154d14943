"""X, as the sandbox plays it: what people and the council's account do, each told as X tells it."""

import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from hub.sandbox.courier import Ask, Deliver, ask_within, post_to
from hub.sandbox.database import Database
from hub.sandbox.stand_in import StandIn
from hub.sandbox.x import access, account_activity, activity, drafts, rules, switches, webhooks
from hub.sandbox.x.drafts import Draft
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.identities import ACCOUNT_ID, HOOK, SCOPES
from hub.sandbox.x.store import Store
from hub.sandbox.x.teller import Teller
from hub.sandbox.x.values import AppKeys, Message, Person, Post, ReplySettings, Webhook


class XStandIn(StandIn[Store]):
    """One account on X, the people who speak with it, and one app. `deliver` takes headers and
    body and gives the HTTP status; by default it posts to the app's webhook. `ask` asks a
    callback to prove itself."""

    def __init__(
        self,
        database: Database,
        keys: AppKeys,
        *,
        deliver: Deliver | None = None,
        ask: Ask | None = None,
        background: bool = False,
    ) -> None:
        super().__init__(
            database,
            Store,
            deliver=deliver or post_to(self.callback_url, webhooks.ANSWER_WITHIN),
            retry=webhooks.retry,
            background=background,
        )
        self.keys = keys
        self._ask = ask or ask_within(webhooks.CHECK_WITHIN)
        self._here = threading.local()

    # --- Citizens in public

    def post(
        self, author: str, text: str = "", *, photos: Sequence[str] = (), video: str = "",
        reply_settings: ReplySettings = "everyone",
    ) -> Post:  # fmt: skip
        """`author` posts something. Photos and films are the sandbox's own files, by name."""
        with self.change() as store:
            media = drafts.own_media(store, [*photos, video])
            draft = Draft(author=author, text=text, media=media, reply_settings=reply_settings)
            return self._publish(store, draft)

    def reply(
        self, author: str, post_id: str, text: str = "", *, photos: Sequence[str] = (),
        video: str = "",
    ) -> Post:  # fmt: skip
        """`author` answers a post; X mentions those it concerns by itself."""
        with self.change() as store:
            media = drafts.own_media(store, [*photos, video])
            draft = Draft(author=author, text=text, reply_to=post_id, media=media)
            return self._publish(store, draft)

    def quote(self, author: str, post_id: str, text: str) -> Post:
        with self.change() as store:
            return self._publish(store, Draft(author=author, text=text, quote_of=post_id))

    def repost(self, author: str, post_id: str) -> Post:
        """Without a word of one's own."""
        with self.change() as store:
            words = drafts.existing(store, post_id).text
            return self._publish(store, Draft(author=author, text=words, repost_of=post_id))

    def edit(self, post_id: str, text: str) -> Post:
        """Its author changes a post: the new version has an id of its own. Raises XError where X
        would not let them."""
        with self.change() as store:
            old = store.newest(drafts.existing(store, post_id))
            versions = store.versions(old.first_id)
            rules.check_edit(drafts.existing(store, versions[0]), len(versions), store.now())
            new = replace(
                old,
                id=store.new_id(),
                text=text,
                created_at=store.now(),
                mentioned=drafts.mentioned(store, text),
            )
            store.add_post(new)
            self._tell_post(store, new)
            return new

    def delete(self, post_id: str) -> None:
        """Its author takes it away. X tells only of what the council's account deletes."""
        with self.change() as store:
            post = drafts.existing(store, post_id)
            store.change_post(post.first_id, deleted_at=store.now())
            if post.author_id == ACCOUNT_ID:
                told = account_activity.post_deleted(post, store.now())
                self._tell(store, told, [activity.deleted(self.teller(store), post)])

    def like(self, author: str, post_id: str) -> None:
        with self.change() as store:
            post = drafts.existing(store, post_id)
            store.like(post.id, author)
            if post.author_id == ACCOUNT_ID and author != ACCOUNT_ID:
                teller, now = self.teller(store), store.now()
                told = account_activity.liked(teller, post, teller.person(author), now)
                self._tell(store, told, [activity.liked(post, author, now)])

    def unlike(self, author: str, post_id: str) -> None:
        """Nobody is told."""
        with self.change() as store:
            store.unlike(drafts.existing(store, post_id).id, author)

    # --- Citizens in private

    def write(self, author: str, text: str = "", *, photo: str = "") -> Message:
        """`author` writes to the council's account."""
        with self.change() as store:
            media = drafts.own_media(store, [photo], "dm_")
            return self._say(store, author, text, "".join(media), from_account=False)

    def write_encrypted(self, author: str) -> Message:
        """The same by X Chat: nobody but the two ends can read it."""
        with self.change() as store:
            message = Message(
                id=store.new_id(), person_id=author, from_account=False, text="",
                created_at=store.now(), encrypted=True,
            )  # fmt: skip
            store.add_message(message)
            self._tell(store, None, [activity.encrypted(message)])
            return message

    def read_messages(self, author: str) -> None:
        """`author` opens the conversation."""
        with self.change() as store:
            sent = [one for one in store.messages(author) if one.from_account]
            last = sent[-1].id if sent else "0"
            person = self.teller(store).person(author)
            told = account_activity.read(self.teller(store), person, last, store.now())
            self._tell(store, told, [activity.read(author, last, store.now())])

    def set_person(
        self, person_id: str, *, blocks: bool | None = None, protected: bool | None = None
    ) -> None:
        """A person blocks the council, or shows their posts to followers only. X tells neither."""
        asked = {"blocks": blocks, "protected": protected}
        with self.change() as store:
            changes = {name: value for name, value in asked.items() if value is not None}
            if changes:
                store.change_person(person_id, **changes)

    # --- The council's account

    def say(self, draft: Draft) -> Post:
        """The app posts for the account. Raises XError for the same words as lately."""
        with self.database.writing() as connection:
            store = Store(connection)
            post = drafts.make(store, draft)
            self._check_duplicate(store, post)
            store.add_post(post)
            if not FAULTS.use(connection, "echo_never"):
                self._tell_post(store, post)
            first = FAULTS.use(connection, "echo_first")
        self._carry(first)
        return post

    def say_privately(self, person_id: str, text: str, media: str = "") -> Message:
        """The app writes a direct message for the account."""
        with self.database.writing() as connection:
            store = Store(connection)
            silent = FAULTS.use(connection, "echo_never")
            message = self._say(store, person_id, text, media, from_account=True, silent=silent)
            first = FAULTS.use(connection, "echo_first")
        self._carry(first)
        return message

    def council_posts(
        self, text: str, *, reply_to: str | None = None, photos: Sequence[str] = ()
    ) -> Post:
        """Somebody of the council posts or answers in X itself."""
        with self.change() as store:
            media = drafts.own_media(store, photos)
            draft = Draft(author=ACCOUNT_ID, text=text, reply_to=reply_to, media=media)
            return self._publish(store, draft)

    def council_writes(self, person_id: str, text: str) -> Message:
        """Somebody of the council writes a direct message in X itself."""
        with self.change() as store:
            return self._say(store, person_id, text, "", from_account=True)

    def grant(self, scope: str = SCOPES) -> Mapping[str, Any]:
        """The account lets the app in (again): X's answer with a fresh pair of tokens."""
        with self.database.writing() as connection:
            Store(connection).set("revoked", False)
            return access.issue(Store(connection), scope)

    def authorise(self, scope: str = SCOPES) -> str:
        """Somebody of the council presses "Authorise app": the code the app may change for
        tokens, within thirty seconds."""
        code = secrets.token_urlsafe(24)
        with self.database.writing() as connection:
            store = Store(connection)
            store.set("revoked", False)
            access.add_token(store, code, "code", scope, store.now() + access.CODE_LIFE)
        return code

    def revoke(self) -> None:
        """The account lets the app in no more: no token is any good, and X tells of it."""
        with self.change() as store:
            access.forget_tokens(store)
            store.set("revoked", True)
            told = account_activity.revoked(self.keys.client_id, store.now())
            self._tell(store, told, [])

    # --- What there is

    def posts(self) -> list[Post]:
        """All that stands, in the latest versions, newest first."""
        with self.reading() as store:
            return store.posts()

    def conversation(self, person_id: str) -> list[Message]:
        """The direct messages with one person, oldest first."""
        with self.reading() as store:
            return store.messages(person_id)

    def people(self) -> list[Person]:
        with self.reading() as store:
            return store.people()

    def teller(self, store: Store) -> Teller:
        return Teller(store, self.keys)

    # --- Switches and deliveries

    def switch(self, **values: Any) -> None:
        """Choose how X behaves; see SWITCHES. Raises KeyError and ValueError."""
        with self.change() as store:
            for name, value in values.items():
                switches.write(store, name, value)

    def callback_url(self) -> str:
        """Where webhooks go."""
        with self.reading() as store:
            found = access.webhooks(store)
        return webhooks.address(self.keys, found[0].url if found else HOOK)

    def prove(self, url: str) -> webhooks.Proof:
        """Ask the callback at `url` for its proof."""
        with self.database.writing() as connection:
            if FAULTS.use(connection, "check_slow"):
                return "silent"
        return webhooks.check(self.keys, url, self._ask)

    def check_webhook(self) -> Webhook | None:
        """The check X makes by itself from time to time. A wrong answer makes the webhook invalid
        at once, silence after a day."""
        with self.reading() as store:
            found = access.webhooks(store)
        if not found:
            return None
        proof = self.prove(found[0].url)
        with self.change() as store:
            patient = store.now() - found[0].answered_at <= webhooks.PATIENCE
            if proof == "right" or not (proof == "silent" and patient):
                access.set_valid(store, found[0].id, proof == "right")
            return access.webhooks(store)[0]

    def invalidate_webhook(self) -> None:
        """X loses faith in the webhook: no events until it has proved itself again."""
        with self.change() as store:
            for webhook in access.webhooks(store):
                access.set_valid(store, webhook.id, False)

    def send_raw(self, payload: Mapping[str, Any], signature: webhooks.Signature = "right") -> None:
        """Queue one delivery with this body as it is."""
        with self.change() as store:
            webhooks.queue(store, self.keys, payload, signature)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Put what happens inside, in this thread, into as few deliveries as can be."""
        payloads = self._here.batch = list[dict[str, Any]]()
        try:
            yield
        finally:
            del self._here.batch
        for payload in webhooks.together(payloads):
            self.send_raw(payload)

    # --- Inside

    def _publish(self, store: Store, draft: Draft) -> Post:
        post = drafts.make(store, draft)
        store.add_post(post)
        self._tell_post(store, post)
        return post

    def _say(
        self, store: Store, person_id: str, text: str, media: str, *, from_account: bool,
        silent: bool = False,
    ) -> Message:  # fmt: skip
        message = Message(
            id=store.new_id(), person_id=person_id, from_account=from_account, text=text,
            created_at=store.now(), media=media,
        )  # fmt: skip
        store.add_message(message)
        teller = self.teller(store)
        if not silent:
            told = account_activity.message(teller, message)
            self._tell(store, told, [activity.message(teller, message)])
        return message

    def _tell_post(self, store: Store, post: Post) -> None:
        teller = self.teller(store)
        if teller.person(post.author_id).protected:
            return  # never delivered
        told = (
            account_activity.post_created(teller, post)
            if drafts.concerns_account(store, post)
            else None
        )
        events = activity.posted(teller, post)
        if told or events:
            self._tell(store, told, events)

    def _tell(
        self, store: Store, told: dict[str, Any] | None, events: list[dict[str, Any]]
    ) -> None:
        kept = access.keep(store, told, events)
        batch = getattr(self._here, "batch", None)
        if batch is None:
            webhooks.tell(store, self.keys, kept)
        else:
            batch += webhooks.told(store, kept)

    def _carry(self, at_once: bool) -> None:
        if at_once:
            self.deliver_pending()
        self.courier.ring()

    def _check_duplicate(self, store: Store, post: Post) -> None:
        teller = self.teller(store)
        before = [
            (teller.told(one).text, one.created_at)
            for one in store.posts()
            if one.author_id == ACCOUNT_ID and not one.media
        ]
        if not post.media:
            rules.check_duplicate(teller.told(post).text, before, store.now())
