"""What the playground shows of Facebook."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.sandbox import courier
from hub.sandbox.digest import digest
from hub.sandbox.faults import Armed
from hub.sandbox.meta.faults import FAULTS
from hub.sandbox.meta.identities import PAGE_ID, PAGE_NAME
from hub.sandbox.meta.stand_in import FIELDS, MetaStandIn
from hub.sandbox.meta.store import Store
from hub.sandbox.meta.values import AppSettings, Comment, Message, Post
from hub.sandbox.values import Delivery


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A post or a comment as people see it. `version` changes when what is seen changes."""

    id: str
    author: str
    by_page: bool
    mine: bool
    text: str
    picture: str
    created_at: datetime
    edited: bool = False
    hidden: bool = False
    liked: bool = False
    replies: tuple["Entry", ...] = ()

    @property
    def version(self) -> str:
        return digest(self.text, self.picture, self.edited, self.hidden, self.liked, self.mine)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One message on Messenger. `pictures` are addresses to show, `files` names to list."""

    id: str
    by_page: bool
    text: str
    stickers: tuple[str, ...]
    pictures: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    created_at: datetime
    edited: bool

    @property
    def version(self) -> str:
        return digest(self.text)


@dataclass(frozen=True, kw_only=True)
class FacebookBoard:
    """All of Facebook on the playground. `ahead` is how far its clock is from the real one."""

    posts: Sequence[Entry]
    lines: Sequence[Line]
    armed: Sequence[Armed]
    ahead: timedelta
    human_agent: bool
    subscribed: bool
    blocked: bool
    deliveries: Sequence[Delivery]
    failing: int

    @property
    def armed_names(self) -> set[str]:
        return {armed.name for armed in self.armed}


def read(meta: MetaStandIn, store: Store, me_id: str, latest: int) -> FacebookBoard:
    """Facebook as the person `me_id` sees it, with the latest so many deliveries."""
    people = store.people()
    names = {person.id: person.name for person in people} | {PAGE_ID: PAGE_NAME}
    deliveries = courier.deliveries(store)
    return FacebookBoard(
        posts=[_post(post, store, names, me_id) for post in store.posts()],
        lines=[_line(said, meta.app) for said in store.conversation(me_id)],
        armed=FAULTS.armed(store.connection),
        ahead=timedelta(seconds=store.setting("clock_offset", 0)),
        human_agent=store.setting("human_agent", meta.app.human_agent),
        subscribed=bool(store.setting("page_fields", FIELDS)),
        blocked=any(person.blocked for person in people if person.id == me_id),
        deliveries=deliveries[: -latest - 1 : -1],
        failing=sum(one.failing for one in deliveries),
    )


def told(delivery: Delivery) -> str:
    """What a delivery tells, in Meta's own words: "comment add", "message", "echo"."""
    words = [
        word
        for entry in json.loads(delivery.body)["entry"]
        for word in (*map(_change, entry.get("changes", ())), *_items(entry))
    ]
    return ", ".join(words) or "–"


def _change(change: dict[str, Any]) -> str:
    value = change.get("value", {})
    return f"{value.get('item', change.get('field'))} {value.get('verb', '')}".strip()


def _items(entry: dict[str, Any]) -> Iterable[str]:
    for place in ("messaging", "standby"):
        for item in entry.get(place, ()):
            kinds = [key for key in item if key not in {"sender", "recipient", "timestamp"}]
            kind = "echo" if item.get("message", {}).get("is_echo") else " ".join(kinds)
            yield kind if place == "messaging" else f"{place} {kind}"


def _post(post: Post, store: Store, names: dict[str, str], me_id: str) -> Entry:
    comments = store.comments(post.id)

    def entry(comment: Comment) -> Entry:
        answers = tuple(entry(other) for other in comments if other.parent_id == comment.id)
        return Entry(
            id=comment.id,
            author=names[comment.author_id],
            by_page=comment.author_id == PAGE_ID,
            mine=comment.author_id == me_id,
            text=comment.text,
            picture=_own_path(comment.picture),
            created_at=comment.created_at,
            edited=comment.edited_at is not None,
            hidden=comment.hidden,
            liked=comment.liked,
            replies=answers,
        )

    return Entry(
        id=post.id,
        author=names[post.author_id],
        by_page=post.author_id == PAGE_ID,
        mine=post.author_id == me_id,
        text=post.text,
        picture=_own_path(post.picture),
        created_at=post.created_at,
        replies=tuple(entry(comment) for comment in comments if comment.parent_id is None),
    )


def _line(said: Message, app: AppSettings) -> Line:
    """Pictures from elsewhere become links: the page fetches nothing from outside."""
    addresses = {
        attachment["payload"]["url"].removeprefix(app.base_url): attachment["type"]
        for attachment in reversed(said.attachments)
    }
    own = {url: kind for url, kind in reversed(addresses.items()) if url.startswith("/")}
    stickers = tuple(url for url, kind in own.items() if kind == "sticker")
    shown = tuple(url for url, kind in own.items() if kind == "image")
    files = (url for url in reversed(addresses) if url not in stickers + shown)
    return Line(
        id=said.mid,
        by_page=said.from_page,
        text=said.text,
        stickers=stickers,
        pictures=shown,
        files=tuple((url, url.rsplit("/", 1)[-1]) for url in files),
        created_at=said.created_at,
        edited=said.edits > 0,
    )


def _own_path(picture: str) -> str:
    """Only the sandbox's own pictures are shown: the page fetches nothing from elsewhere."""
    return picture if picture and "/" not in picture else ""
