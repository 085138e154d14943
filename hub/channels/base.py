"""What every channel speaks: values, errors and the one Protocol.

A channel lives in `hub/channels/<slug>/` and gives `create(environ) -> Channel`. It knows its
platform and nothing of the hub: no database, no request, no room. What it reads from the wire
becomes one of the values below; what the hub wants said arrives as an `OutboundMessage`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal, Protocol

Visibility = Literal["public", "private"]
FileKind = Literal["image", "audio", "video", "file", "sticker"]


# --- In: what parse gives -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote. `external_id` is None when the platform hides the person."""

    external_id: str | None
    name: str = ""
    handle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A picture or file that came with a message. `url` is None when the platform gave no
    address or a type the hub cannot copy: `label` then says what was there.

    `storage_key` names a file that is in the hub's store already (one sent through the form),
    with its `media_type` as its content tells it and its `size` in bytes."""

    kind: FileKind
    url: str | None = None
    name: str = ""
    label: str = ""
    storage_key: str = ""
    media_type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The council's own post, under which citizens comment."""

    external_id: str
    permalink: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """One message of a citizen, whatever the channel.

    `account`: the platform's id of the page, handle or form that received it.
    `external_id`: the platform's id, unique within the account; the same message always has
    the same one, however often and by whatever way it arrives.
    `conversation`: messages of one account with the same key belong to the same ticket while
    it is open. A public thread has one key for each author in it.
    `reply_to`: external id of the message it answers, None at the top of a thread.
    `posted_at`: when the citizen wrote, aware UTC, as the platform says.
    `subject`: the subject area chosen on a form.
    `notice`: code of one of the channel's sentences, shown with the text: "this cannot be read
    here, and how to answer it".
    `details`: what the channel wants to know again when it offers ways to answer; opaque to the
    hub, kept with the message and given back in ThreadMessage.
    `incomplete`: the delivery left out what the platform tells when asked (files, the author's
    name): the hub calls `Channel.look` soon.
    """

    account: str
    external_id: str
    conversation: str
    visibility: Visibility
    author: Author
    text: str
    posted_at: datetime
    reply_to: str | None = None
    files: tuple[RemoteFile, ...] = ()
    publication: Publication | None = None
    subject: str = ""
    notice: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    incomplete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The citizen changed a message. `message` holds it whole as it now stands, so that an edit
    that arrives before its original is simply received."""

    message: InboundMessage
    edited_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A message is gone from the platform (removed by its author or by the page)."""

    account: str
    external_id: str
    deleted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """A public message was hidden from (or shown again to) other readers of the platform."""

    account: str
    external_id: str
    hidden: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """A message of the council's own account: what the hub sent, or what somebody wrote in the
    platform's own tools.

    `marker`: the `OutboundMessage.marker` it carries, "" when the platform gives none back.
    `conversation`: as for InboundMessage where the platform says whom it was for, else None and
    `reply_to` finds the ticket.
    """

    account: str
    external_id: str
    visibility: Visibility
    text: str
    posted_at: datetime
    conversation: str | None = None
    reply_to: str | None = None
    marker: str = ""
    files: tuple[RemoteFile, ...] = ()
    publication: Publication | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was sent in `conversation` up to `until` was delivered or read, the platform says."""

    account: str
    conversation: str
    status: Literal["delivered", "read"]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRevoked:
    """The council's account, or the platform, has taken the hub's access to the account away."""

    account: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """An event that is known and means nothing to the hub (a like, a typing sign)."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """An item nobody can place. It is kept aside with `reason` and its `raw` JSON value."""

    reason: str
    raw: Any


Parsed = (
    InboundMessage | Edited | Deleted | Hidden | Echo | Receipt | AccessRevoked | Ignored | Unknown
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one question to the platform brought, oldest first. Once `values` are filed the hub
    keeps `cursor` and gives it to the next poll: whatever stops a poll, it goes on from the last
    cursor that was kept, and what comes twice has no second effect."""

    values: Sequence[Parsed]
    cursor: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecks:
    """How often the hub asks whether a citizen's public message still stands as it does here:
    `every` so long, `during` so long after it was posted."""

    every: timedelta
    during: timedelta


# --- Out: what send takes and gives -----------------------------------------------------------


def _cannot_be_renewed() -> "AccountAccess":
    raise AccountBroken("token_dead", "these credentials cannot be renewed")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAccess:
    """What a channel needs to act for one account. `credentials` are decrypted: never log them
    (they are left out of repr). `features` are switches such as {"human_agent": True}.

    `renewed()` gives the same account with credentials newer than these, by `Channel.renew` or
    because somebody else has renewed them meanwhile; they are stored before it returns. It waits
    while another process renews. Raises AccountBroken, or RetryLater.
    """

    external_id: str
    name: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    features: Mapping[str, Any] = field(default_factory=dict)
    renewed: Callable[[], "AccountAccess"] = field(
        default=_cannot_be_renewed, repr=False, compare=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a platform charges. `amount` in units of `currency` (ISO 4217)."""

    amount: Decimal
    currency: str

    def __add__(self, other: "Price") -> "Price":
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} cannot be added to {self.currency}")
        return Price(amount=self.amount + other.amount, currency=self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMessage:
    """One message of a ticket as a channel may see it. `author_handle` is the Author.handle it
    came in with, `details` the InboundMessage.details. For direction "out", `target` is the
    Way.target it was sent to, and `delivered` is True unless it surely never left."""

    direction: Literal["in", "out"]
    visibility: Visibility
    external_id: str | None
    conversation: str
    posted_at: datetime
    author_id: str | None = None
    author_handle: str = ""
    reply_to: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    target: Mapping[str, str] = field(default_factory=dict)
    delivered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRule:
    """Which files a way takes with a text: at most `most`, or one alone of the types in `alone`;
    each at most as many bytes as its media type says. Pictures need a text alternative when
    `alt_text` is set. `note` tells a person so."""

    most: int
    most_bytes: Mapping[str, int]
    alone: frozenset[str] = frozenset()
    alt_text: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to answer a ticket now.

    `code` names it ("comment", "private_reply", "email"), `label` for people.
    `allowed` False means the platform would refuse; `reason` says why in words, and `closes_at`
    until when it is allowed (None: no end).
    `limit`: the longest text in characters, counted by `Channel.length`; `most_parts`: into how
    many texts of that length a longer one may be split.
    `files`: what may go with it, None for text alone.
    `target`: where it goes, opaque to the hub, stored with the reply and given back to `send`.
    """

    code: str
    visibility: Visibility
    allowed: bool
    reason: str = ""
    hint: str = ""
    label: str = ""
    closes_at: datetime | None = None
    limit: int = 0
    most_parts: int = 1
    files: FileRule | None = None
    target: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundFile:
    """A file that goes with a reply. `read` opens it at its beginning."""

    name: str
    media_type: str
    size: int
    alt_text: str = ""
    read: Callable[[], bytes] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """A reply, or one part of it, to be said on the platform. `marker` is unique to it and
    survives retries: send it along where the platform carries it back in its echo, or takes it as
    the key of a call that may be repeated. `tried_at`: since when it has been tried, None at the
    first time. `previous` is the external id of the part before it, None for the first. `files`
    go with the first part. `context` holds what a channel may print around the text: reference,
    subject, tracking_url, author_name, author_title, organisation, and automatic ("yes" when the
    hub itself speaks)."""

    marker: str
    visibility: Visibility
    text: str
    target: Mapping[str, str]
    previous: str | None = None
    tried_at: datetime | None = None
    files: tuple[OutboundFile, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The platform took it. `external_id` is its id there; `conversation` the key under which
    the citizen's answer will come in, when that differs from where the citizen wrote (a private
    reply to a public comment)."""

    external_id: str
    conversation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a check of one account found. `problems` are sentences for the supervisor, with the
    repair in words; empty means all is well. `facts`: what else was found, by names in the
    reader's language; instants are aware UTC. `deaf`: the platform may not tell the hub what
    citizens write; once it does again, the hub asks by `Channel.backfill` for what it missed."""

    problems: tuple[str, ...] = ()
    deaf: bool = False
    facts: Mapping[str, str | datetime] = field(default_factory=dict)


# --- Errors, named by the next step -------------------------------------------------------------


class ChannelError(Exception):
    """A platform did not do what was asked. `code` picks the sentence a person reads
    (`Channel.sentences`); `detail` is the platform's own words, for the log and the history."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class RetryLater(ChannelError):
    """Nothing was said on the platform, or saying it again has no second effect there. Safe to try
    again, not before `at` (None: the caller's own back-off). `for_all`: it holds for every message
    of the account that goes the same way (a rate limit), so that they wait together instead of
    being refused one by one."""

    def __init__(
        self, code: str, detail: str = "", at: datetime | None = None, *, for_all: bool = False
    ) -> None:
        super().__init__(code, detail)
        self.at = at
        self.for_all = for_all


class Refused(ChannelError):
    """The platform said no, for good. Do not send this message again as it is."""


class WindowClosed(Refused):
    """The platform no longer lets the council write to this person. Use another way."""


class AccountBroken(ChannelError):
    """The token or the permissions of the account are bad. Nothing was said. Stop sending for
    this account, keep what waits, and tell a supervisor."""


class OutcomeUnknown(ChannelError):
    """It may have been said (read time-out, 5xx). Never resend blindly: look on the platform."""


class BadSignature(Exception):
    """The delivery was not signed with our secret. Answer 401 and keep nothing."""


class BadHandshake(Exception):
    """The platform's registration request does not carry our token. Answer 403."""


class NotOurs(Exception):
    """The body is no delivery of this platform. Answer 400 with the sentence."""


# --- The Protocol ---------------------------------------------------------------------------------


class Channel(Protocol):
    """A platform, as the hub sees it. Instances are shared between threads and keep no state.

    A channel inherits from this class. What has a body here is for platforms that need it: most
    channels leave it as it is.
    """

    slug: ClassVar[str]
    #: What people read.
    label: str
    #: Name of a symbol in hub/static/icons.svg.
    icon: str = "message-square"
    #: Error code -> sentence for an agent, translatable.
    sentences: Mapping[str, str]
    #: Host names (and their sub-domains) files may be copied from.
    file_hosts: Sequence[str] = ()
    #: Origins (scheme://host:port) exempt from the rule on private addresses: a sandbox's own.
    file_origins: Sequence[str] = ()
    #: Does the platform push deliveries to /hooks/<slug>?
    receives_hooks: bool = False
    #: Does it print by itself who answers, around the text (OutboundMessage.context)?
    signs: bool = False
    #: Can it hide citizens' public messages from other readers?
    hides: bool = False
    #: How often the platform is asked for what is new; None: never.
    poll_every: timedelta | None = None
    #: How long citizens' public messages are looked at again; None: they are not.
    rechecks: Rechecks | None = None
    #: The most that answers may cost in one month of UTC, for each account; None: no ceiling.
    ceiling: Price | None = None

    # --- Deliveries

    def handshake(self, query: Mapping[str, str]) -> tuple[str, str]:
        """Answer the platform's GET with (body, media type). Raises BadHandshake."""
        raise BadHandshake("this platform pushes nothing")

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check the signature over the raw bytes. Header names in any case. Raises BadSignature."""
        raise BadSignature("this platform pushes nothing")

    def check_envelope(self, body: bytes) -> None:
        """Cheap look at a verified body. Raises NotOurs when no retry could make sense of it."""
        raise NotOurs("This platform pushes nothing.")

    def parse(self, body: bytes) -> list[Parsed]:
        """Turn a verified delivery into values, in the order the platform gave. Pure. Never
        raises for content: what cannot be read becomes Unknown beside its neighbours."""
        return []

    # --- Questions to the platform. Each raises ChannelError, and no transaction is open.

    def poll(self, account: AccountAccess, cursor: Mapping[str, Any]) -> Iterator[Polled]:
        """Ask for what is new since `cursor` ({} at the first time), step by step."""
        return iter(())

    def look(self, account: AccountAccess, external_ids: Sequence[str]) -> Iterator[Parsed]:
        """What has become of up to 100 public messages: each as an InboundMessage or Edited, whole
        and as it now stands, or Deleted where surely nobody may see it any more: what that erases
        does not come back. What the platform does not say is left out."""
        return iter(())

    def author(self, account: AccountAccess, external_id: str) -> Author | None:
        """Ask the platform who this is. None when it does not say: nothing waits for a name."""
        return None

    def publication(self, account: AccountAccess, external_id: str) -> Publication | None:
        """Ask the platform what a publication of ours says. None when it does not say."""
        return None

    def said_since(
        self, account: AccountAccess, message: OutboundMessage, since: datetime
    ) -> Iterator[Parsed]:
        """What the account itself has said since then in the place that `message` was to go to, as
        Echo values; other values may come along. So the hub finds out whether a message of unknown
        fate is there. Raises Refused("cannot-look") where the platform does not tell."""
        raise Refused("cannot-look", "this platform does not tell what was said")

    def backfill(self, account: AccountAccess, since: datetime) -> Iterator[Parsed]:
        """Ask the platform for what it holds since then, as the values parse would give."""
        return iter(())

    def hosts_of_files(self, account: AccountAccess) -> Sequence[str]:
        """Host names (and their sub-domains) that files of this account's messages may be copied
        from: more than `file_hosts` where each account has a server of its own."""
        return self.file_hosts

    def file_headers(self, account: AccountAccess, url: str) -> Mapping[str, str]:
        """Headers that this file of a message is only given out with."""
        return {}

    def renew(self, account: AccountAccess) -> Mapping[str, str]:
        """New credentials in exchange for these. Call it by `AccountAccess.renewed` alone, which
        lets one caller at a time in."""
        raise AccountBroken("token_dead", "this platform's credentials cannot be renewed")

    def check(self, account: AccountAccess) -> Health:
        """Look at token, permissions and subscription. Raises RetryLater when unreachable."""

    # --- Other people's messages

    def hide(self, account: AccountAccess, external_id: str, *, hidden: bool = True) -> None:
        """Hide a citizen's public message from other readers, or show it again; doing it twice is
        no matter. Raises ChannelError: Refused where the platform does not let the account."""
        raise Refused("cannot-hide", "this platform hides nothing")

    # --- Answers

    def ways(self, thread: Sequence[ThreadMessage], account: AccountAccess) -> list[Way]:
        """The ways to answer, best first, from the last messages of a ticket, oldest first."""

    def length(self, text: str, way: Way) -> int:
        """Length of a text as this way counts it."""
        return len(text)

    def split(self, text: str, way: Way) -> list[str]:
        """The texts in which this way says a text: the text alone where it fits, or where this
        way splits nothing. They may be too long, or too many, for the way: the hub checks."""
        return [text]

    def price(
        self, account: AccountAccess, target: Mapping[str, str], text: str, *, part: int = 1
    ) -> Price | None:
        """What saying one text to a Way.target costs, as part number `part` of its answer; None
        where the platform charges nothing."""
        return None

    def prices_as_of(self) -> date | None:
        """The day on which the prices were last compared with the platform's own."""
        return None

    def send(self, account: AccountAccess, message: OutboundMessage) -> Sent:
        """Say it. Raises one of the ChannelErrors; any call has a time-out."""
