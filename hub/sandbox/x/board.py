"""What the playground shows of X."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.sandbox import courier
from hub.sandbox.digest import digest
from hub.sandbox.faults import Armed
from hub.sandbox.people import CITIZENS
from hub.sandbox.values import Delivery
from hub.sandbox.x import access, switches, text
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.stand_in import XStandIn
from hub.sandbox.x.store import Store
from hub.sandbox.x.teller import Teller
from hub.sandbox.x.text import Piece
from hub.sandbox.x.values import EDIT_WINDOW, MOST_EDITS, Media, Message, Post

_FACES = {citizen.x_id: citizen.name for citizen in CITIZENS}


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """A post shown inside another one."""

    author: str
    handle: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """`address` is of this machine."""

    address: str
    film: bool
    alt_text: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A post as people see it. `text` is as it was typed, `pieces` the same in parts.

    `face`: the author's name as everybody knows it, for the initials.
    `answers`: the name of the author it answers, "" where that post stands right above it;
    `goes_on`: the next post below answers this one. `thread`: all that answers it, in order.
    """

    id: str
    key: str
    author: str
    face: str
    handle: str
    by_council: bool
    mine: bool
    text: str
    pieces: tuple[Piece, ...]
    pictures: tuple[Picture, ...]
    quoted: Quoted | None
    created_at: datetime
    edited: bool
    editable: bool
    hidden: bool
    likes: int
    liked: bool
    reposts: int
    answers: str = ""
    goes_on: bool = False
    thread: tuple["Entry", ...] = ()

    @property
    def version(self) -> str:
        return digest(
            self.id, self.text, self.pictures, self.edited, self.editable, self.hidden,
            self.likes, self.liked, self.reposts, self.answers, self.goes_on, self.mine,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Line:
    """One direct message."""

    id: str
    by_council: bool
    text: str
    picture: str
    encrypted: bool
    created_at: datetime

    @property
    def version(self) -> str:
        return digest(self.text)


@dataclass(frozen=True, kw_only=True)
class XBoard:
    """All of X on the playground. `ahead` is how far its clock is from the real one; `valid`:
    X trusts the hub's webhook."""

    posts: Sequence[Entry]
    lines: Sequence[Line]
    armed: Sequence[Armed]
    ahead: timedelta
    switches: Mapping[str, Any]
    valid: bool
    blocks: bool
    deliveries: Sequence[Delivery]
    failing: int

    @property
    def armed_names(self) -> set[str]:
        return {armed.name for armed in self.armed}


def read(x: XStandIn, store: Store, me_id: str, latest: int) -> XBoard:
    """X as the person `me_id` sees it, with the latest so many deliveries."""
    deliveries = courier.deliveries(store)
    return XBoard(
        posts=_Reader(x, store, me_id).timeline(),
        lines=[_line(x, store, said) for said in store.messages(me_id)],
        armed=FAULTS.armed(store.connection),
        ahead=timedelta(seconds=store.setting("clock_offset", 0)),
        switches=switches.everything(store),
        valid=all(webhook.valid for webhook in access.webhooks(store)),
        blocks=any(person.blocks for person in store.people() if person.id == me_id),
        deliveries=deliveries[: -latest - 1 : -1],
        failing=sum(one.failing for one in deliveries),
    )


def told(delivery: Delivery) -> str:
    """What a delivery tells, in X's own words: "post.mention.create", "tweet_create_events"."""
    body = json.loads(delivery.body)
    if "data" in body:
        return str(body["data"].get("event_type", "data"))
    known = {"for_user_id", "user_has_blocked", "users", "apps"}
    return ", ".join(name for name in body if name not in known)


class _Reader:
    """Reads the timeline for one person."""

    def __init__(self, x: XStandIn, store: Store, me_id: str) -> None:
        self.base_url = x.keys.base_url
        self.teller = Teller(store, x.keys)
        self.store = store
        self.me_id = me_id
        shown = store.posts()
        self.posts = [post for post in reversed(shown) if post.repost_of is None]
        self.reposts = [post for post in shown if post.repost_of]

    def timeline(self) -> list[Entry]:
        """Every conversation, the newest first, each as one thread."""
        firsts = {post.first_id for post in self.posts}
        tops = [post for post in self.posts if self._parent(post) not in firsts]
        return [self._top(post) for post in reversed(tops)]

    def _top(self, post: Post) -> Entry:
        """With all below it in the order in which it reads: each answer under what it answers."""
        below = list(self._below(post))
        chain = [post, *below]
        thread = []
        for place, one in enumerate(below, start=1):
            above = chain[place - 1]
            following = chain[place + 1] if place + 1 < len(chain) else None
            thread.append(self._entry(one, above, following))
        return self._entry(post, None, below[0] if below else None, tuple(thread))

    def _below(self, post: Post) -> Iterator[Post]:
        for answer in self.posts:
            if self._parent(answer) == post.first_id:
                yield answer
                yield from self._below(answer)

    def _parent(self, post: Post) -> str | None:
        """The first id of the post it answers."""
        parent = self.store.post(post.reply_to) if post.reply_to else None
        return parent.first_id if parent else None

    def _entry(
        self, post: Post, above: Post | None, following: Post | None, thread: tuple[Entry, ...] = ()
    ) -> Entry:
        author = self.teller.person(post.author_id)
        versions = self.store.versions(post.first_id)
        likes = self.store.likes(versions)
        mine = author.id == self.me_id
        first = self.store.post(post.first_id) or post
        fresh = self.store.now() - first.created_at <= EDIT_WINDOW and len(versions) <= MOST_EDITS
        return Entry(
            id=post.id,
            key=post.first_id,
            author=author.name,
            face=_FACES.get(author.id, author.name),
            handle=author.handle,
            by_council=author.id == ACCOUNT_ID,
            mine=mine,
            text=post.text,
            pieces=text.pieces(post.text),
            pictures=tuple(self._picture(one) for one in self.teller.media(post)),
            quoted=self._quoted(post),
            created_at=post.created_at,
            edited=len(versions) > 1,
            editable=mine and post.reply_to is None and fresh,
            hidden=post.hidden,
            likes=len(likes),
            liked=self.me_id in likes,
            reposts=sum(one.repost_of in versions for one in self.reposts),
            answers=self._answered(post, above),
            goes_on=following is not None and self._parent(following) == post.first_id,
            thread=thread,
        )

    def _answered(self, post: Post, above: Post | None) -> str:
        """Whom it answers, where that does not show by itself."""
        parent = self.store.post(post.reply_to) if post.reply_to else None
        if parent is None or (above and above.first_id == parent.first_id):
            return ""
        return self.teller.person(parent.author_id).name

    def _quoted(self, post: Post) -> Quoted | None:
        quoted = self.teller.post(post.quote_of)
        if quoted is None:
            return None
        author = self.teller.person(quoted.author_id)
        return Quoted(author=author.name, handle=author.handle, text=quoted.text)

    def _picture(self, media: Media) -> Picture:
        address = self.teller.address(media).removeprefix(self.base_url)
        return Picture(address=address, film=media.kind == "video", alt_text=media.alt_text)


def _line(x: XStandIn, store: Store, said: Message) -> Line:
    media = store.media(said.media)
    address = Teller(store, x.keys).address(media) if media else ""
    return Line(
        id=said.id,
        by_council=said.from_account,
        text=said.text,
        picture=address.removeprefix(x.keys.base_url),
        encrypted=said.encrypted,
        created_at=said.created_at,
    )
