"""What the stand-in keeps, as plain values. Instants are aware UTC, ids are text."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

#: What an app may have bought, as X calls it.
Level = Literal["pay_per_use", "enterprise"]
#: Which product pushes events: X Activity, Account Activity, or both at once.
Shape = Literal["activity", "account_activity", "both"]
#: How fields are called: before and after "tweet" became "post".
Naming = Literal["tweet", "post"]
ReplySettings = Literal["everyone", "mentionedUsers", "following"]
MediaState = Literal["uploading", "pending", "in_progress", "succeeded", "failed"]

#: A post may be changed this long, five times (Edit posts fundamentals).
EDIT_WINDOW = timedelta(hours=1)
MOST_EDITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKeys:
    """The X app of this installation. `base_url` is where the hub and the sandbox are reached."""

    consumer_key: str
    consumer_secret: str
    bearer_token: str
    client_id: str
    client_secret: str
    base_url: str

    def file_url(self, name: str) -> str:
        """Where one of the sandbox's own pictures is served."""
        return f"{self.base_url}/sandbox/files/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an X account, the council's own among them. `blocks`: they have blocked the
    council; `protected`: only their followers see what they post."""

    id: str
    handle: str
    name: str
    created_at: datetime
    blocks: bool = False
    protected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One version of a post, as its author wrote it: without the mentions that X puts before a
    reply, and with links as they were typed.

    `first_id`: the id of its first version; `latest`: this is the newest.
    `addressed`: ids of the people X mentions by itself, before the text, because it is a reply;
    `mentioned`: of those the text itself mentions.
    `reply_to`, `quote_of`, `repost_of`: ids of versions. `media`: ids.
    """

    id: str
    first_id: str
    author_id: str
    text: str
    created_at: datetime
    conversation_id: str
    latest: bool = True
    addressed: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    reply_to: str | None = None
    quote_of: str | None = None
    repost_of: str | None = None
    media: tuple[str, ...] = ()
    reply_settings: ReplySettings = "everyone"
    source: str = "X Web App"
    hidden: bool = False
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One direct message between the council's account and `person_id`. What is `encrypted` has
    no text that a server could read. `media`: an id, "" for none."""

    id: str
    person_id: str
    from_account: bool
    text: str
    created_at: datetime
    media: str = ""
    encrypted: bool = False
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture or film: one of the sandbox's own (`picture` is its name), or uploaded, when
    `content` holds it."""

    id: str
    category: str
    media_type: str
    created_at: datetime
    size: int
    state: MediaState
    picture: str = ""
    content: bytes | None = None
    alt_text: str = ""

    @property
    def kind(self) -> Literal["photo", "video", "animated_gif"]:
        """As X tells it."""
        if self.media_type == "image/gif":
            return "animated_gif"
        return "video" if self.media_type.startswith("video/") else "photo"

    @property
    def key(self) -> str:
        """The id with X's number for the kind before it."""
        numbers = {"photo": 3, "video": 7, "animated_gif": 16}
        return f"{numbers[self.kind]}_{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where an app wants events. `url`: as it was given, or a path beside this stand-in.
    `answered_at`: when it last proved itself."""

    id: str
    url: str
    valid: bool
    created_at: datetime
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One kind of event of X Activity that the council's account lets the app hear of."""

    id: str
    event_type: str
    tag: str
    webhook_id: str | None
    created_at: datetime
    updated_at: datetime
