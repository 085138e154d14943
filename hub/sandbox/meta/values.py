"""What the stand-in keeps, as plain values. Instants are aware UTC."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

MessageKind = Literal["message", "postback", "reaction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """The Meta app of this installation. `base_url` is where the hub and the sandbox are
    reached; `human_agent`: Meta granted that feature from the start."""

    app_id: str
    app_secret: str
    verify_token: str
    base_url: str
    human_agent: bool = False

    def file_url(self, name: str) -> str:
        """Where a stand-in picture or file is served; "" for no file. A full address stays."""
        if not name or name.startswith(("http://", "https://")):
            return name
        return f"{self.base_url}/sandbox/files/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a Facebook account. `id` is the page-scoped id (PSID)."""

    id: str
    first_name: str
    last_name: str
    blocked: bool = False
    profile_hidden: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post on the page's wall, by the page or by a visitor. `private_reply` is the mid of the
    one private reply it may get."""

    id: str
    author_id: str
    text: str
    picture: str
    created_at: datetime
    removed_at: datetime | None = None
    private_reply: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment under a post. `parent_id` is None at the top, else the comment it answers."""

    id: str
    post_id: str
    parent_id: str | None
    author_id: str
    text: str
    picture: str
    created_at: datetime
    edited_at: datetime | None = None
    removed_at: datetime | None = None
    hidden: bool = False
    liked: bool = False
    private_reply: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing said on Messenger between the page and `psid`. `attachments` have the shape of
    the webhook: {"type", "payload"}."""

    mid: str
    psid: str
    from_page: bool
    kind: MessageKind
    text: str
    attachments: tuple[dict[str, Any], ...]
    created_at: datetime
    app_id: str = ""
    metadata: str = ""
    reply_to: str | None = None
    edits: int = 0
