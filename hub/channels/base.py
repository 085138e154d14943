"""What every channel speaks: values, errors and the one Protocol.

A channel lives in `hub/channels/<slug>/` and gives `create(environ) -> Channel`. It knows its
platform and nothing of the hub: no database, no request, no room. What it reads from the wire
becomes one of the values below; what the hub wants said arrives as an `OutboundMessage`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
class Ignored:
    """An event that is known and means nothing to the hub (a like, a typing sign)."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """An item nobody can place. It is kept aside with `reason` and its `raw` JSON value."""

    reason: str
    raw: Any


Parsed = InboundMessage | Edited | Deleted | Hidden | Echo | Receipt | Ignored | Unknown


# --- Out: what send takes and gives -----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAccess:
    """What a channel needs to act for one account. `credentials` are decrypted: never log them
    (they are left out of repr). `features` are switches such as {"human_agent": True}."""

    external_id: str
    name: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    features: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMessage:
    """One message of a ticket as a channel may see it. `author_handle` is the Author.handle it
    came in with. For direction "out", `target` is the Way.target it was sent to, and `delivered`
    is True unless it surely never left."""

    direction: Literal["in", "out"]
    visibility: Visibility
    external_id: str | None
    conversation: str
    posted_at: datetime
    author_id: str | None = None
    author_handle: str = ""
    reply_to: str | None = None
    target: Mapping[str, str] = field(default_factory=dict)
    delivered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to answer a ticket now.

    `code` names it ("comment", "private_reply", "messenger", "email").
    `allowed` False means the platform would refuse; `reason` says why in words, and `closes_at`
    until when it is allowed (None: no end).
    `limit`: the longest text in characters, counted by `Channel.length`.
    `target`: where it goes, opaque to the hub, stored with the reply and given back to `send`.
    """

    code: str
    visibility: Visibility
    allowed: bool
    reason: str = ""
    hint: str = ""
    closes_at: datetime | None = None
    limit: int = 0
    target: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """A reply to be said on the platform. `marker` is unique to it and survives retries: send it
    along where the platform carries it back in its echo. `context` holds what a channel may
    print around the text: reference, subject, tracking_url, author_name, author_title,
    organisation, and automatic ("yes" when the hub itself speaks)."""

    marker: str
    visibility: Visibility
    text: str
    target: Mapping[str, str]
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
    repair in words; empty means all is well."""

    problems: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


# --- Errors, named by the next step -------------------------------------------------------------


class ChannelError(Exception):
    """A platform did not do what was asked. `code` picks the sentence a person reads
    (`Channel.sentences`); `detail` is the platform's own words, for the log and the history."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class RetryLater(ChannelError):
    """Nothing was said on the platform. Safe to try again, not before `at` (None: the caller's
    own back-off)."""

    def __init__(self, code: str, detail: str = "", at: datetime | None = None) -> None:
        super().__init__(code, detail)
        self.at = at


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
    """A platform, as the hub sees it. Instances are shared between threads and keep no state."""

    slug: ClassVar[str]
    #: What people read.
    label: str
    #: Error code -> sentence for an agent, translatable.
    sentences: Mapping[str, str]
    #: Host names (and their sub-domains) files may be copied from.
    file_hosts: Sequence[str]
    #: Origins (scheme://host:port) exempt from the rule on private addresses: a sandbox's own.
    file_origins: Sequence[str]
    #: Does the platform push deliveries to /hooks/<slug>?
    receives_hooks: bool

    def handshake(self, query: Mapping[str, str]) -> tuple[str, str]:
        """Answer the platform's GET with (body, media type). Raises BadHandshake."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check the signature over the raw bytes. Header names in any case. Raises BadSignature."""

    def check_envelope(self, body: bytes) -> None:
        """Cheap look at a verified body. Raises NotOurs when no retry could make sense of it."""

    def parse(self, body: bytes) -> list[Parsed]:
        """Turn a verified delivery into values, in the order the platform gave. Pure. Never
        raises for content: what cannot be read becomes Unknown beside its neighbours."""

    def ways(self, thread: Sequence[ThreadMessage], account: AccountAccess) -> list[Way]:
        """The ways to answer, best first, from the last messages of a ticket, oldest first."""

    def length(self, text: str) -> int:
        """Length of a text as this platform counts it."""

    def send(self, account: AccountAccess, message: OutboundMessage) -> Sent:
        """Say it. Raises one of the ChannelErrors; any call has a time-out."""

    def author(self, account: AccountAccess, external_id: str) -> Author | None:
        """Ask the platform who this is. None when it does not say. Raises ChannelError: nothing
        waits for a name."""

    def publication(self, account: AccountAccess, external_id: str) -> Publication | None:
        """Ask the platform what a publication of ours says. None when it does not say. Raises
        ChannelError: nothing waits for it."""

    def backfill(self, account: AccountAccess, since: datetime) -> Iterator[Parsed]:
        """Ask the platform for what it holds since then, as the values parse would give.
        Raises ChannelError."""

    def check(self, account: AccountAccess) -> Health:
        """Look at token, permissions and subscription. Raises RetryLater when unreachable."""
