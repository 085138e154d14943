"""The hub's values for posts and direct messages, whichever of X's shapes they came in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.channels.base import (
    AccessRevoked,
    Author,
    Deleted,
    Echo,
    Edited,
    Ignored,
    InboundMessage,
    Parsed,
    Publication,
    RemoteFile,
)
from hub.channels.twitter.attachments import EMPTY
from hub.channels.twitter.plain_text import Mention
from hub.channels.twitter.reading import made_at
from hub.channels.untrusted import Unreadable, identifier

PERMALINK = "https://x.com/i/web/status/{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The post that another one answers or quotes, with as much as came along of it."""

    external_id: str
    author_id: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One version of a post.

    `history`: ids of the versions known so far, the first one first; never empty.
    `text`: the words the person wrote. `is_cut`: the delivery holds only their beginning.
    `files`: None when X left them out.
    """

    history: tuple[str, ...]
    author: Author
    created_at: datetime
    text: str
    mention: Mention
    files: tuple[RemoteFile, ...] | None = ()
    conversation_id: str | None = None
    answers: Reference | None = None
    quotes: Reference | None = None
    is_repost: bool = False
    is_cut: bool = False

    @property
    def external_id(self) -> str:
        """The same for all versions of the post."""
        return self.history[0]

    @property
    def says_nothing(self) -> bool:
        return not self.text and self.files == ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMessage:
    """A direct message. `recipient`: None in a conversation of several people. `notice`: see
    InboundMessage."""

    external_id: str
    sender: Author
    recipient: str | None
    sent_at: datetime
    text: str = ""
    files: tuple[RemoteFile, ...] = ()
    notice: str = ""


def history(external_id: str, versions: Iterable[Any]) -> tuple[str, ...]:
    """The ids of a post's versions, from what X tells of them and the id of the one at hand. Each
    edit makes a new id; X lists them from the first to the newest."""
    told = [version for value in versions if (version := identifier(value))]
    return tuple(dict.fromkeys([*told, external_id]))


def of_post(post: Post, account: str) -> Parsed:
    """What a post is to `account`, the id of the council's account: a message of a citizen, one
    of ours, or nothing."""
    if post.is_repost:
        return Ignored(what="repost")
    if post.author.external_id == account:
        return _post_of_ours(post, account)
    if post.quotes and post.says_nothing:
        return Ignored(what="quote without comment")
    message = _message(post, account)
    if len(post.history) > 1:
        return Edited(message=message, edited_at=post.created_at)
    return message


def _post_of_ours(post: Post, account: str) -> Echo:
    return Echo(
        account=account,
        external_id=post.external_id,
        visibility="public",
        text=post.text,
        posted_at=_posted_at(post),
        reply_to=post.answers.external_id if post.answers else None,
        files=post.files or (),
    )


def _message(post: Post, account: str) -> InboundMessage:
    incomplete = post.is_cut or post.files is None or not post.author.handle
    files = (EMPTY,) if post.says_nothing else post.files or ()
    return InboundMessage(
        account=account,
        external_id=post.external_id,
        conversation=_conversation(post),
        visibility="public",
        author=post.author,
        text=post.text,
        posted_at=_posted_at(post),
        reply_to=post.answers.external_id if post.answers else None,
        files=files,
        publication=_publication(post, account),
        details=_details(post, account),
        incomplete=incomplete,
    )


def _conversation(post: Post) -> str:
    """The key of a public exchange: the thread and the person in it. Where X does not tell the
    thread, the post that is answered stands for it."""
    thread = post.conversation_id or (post.answers and post.answers.external_id)
    if not thread or thread in post.history:
        thread = post.external_id
    return f"public:{thread}:{post.author.external_id}"


def _posted_at(post: Post) -> datetime:
    """When the person wrote it first: each version has a time of its own."""
    if len(post.history) == 1:
        return post.created_at
    return made_at(post.external_id) or post.created_at


def _publication(post: Post, account: str) -> Publication | None:
    """The post of the council's account that this one answers or quotes."""
    for seen in (post.answers, post.quotes):
        if seen and seen.author_id == account:
            return Publication(
                external_id=seen.external_id,
                permalink=PERMALINK.format(seen.external_id),
                text=seen.text,
            )
    return None


def _details(post: Post, account: str) -> Mapping[str, str]:
    """What the ways to answer depend on. `post_id` is the version a reply must name."""
    return {
        "post_id": post.history[-1],
        "author_id": post.author.external_id or "",
        "summoned": _summoned(post, account),
    }


def _summoned(post: Post, account: str) -> str:
    """Did the author call the account in? X takes answers of self-serve apps where the post
    itself mentions the account or quotes it; whether the mentions it adds to replies count, it
    does not say (docs.x.com/x-api/posts/manage-tweets/introduction)."""
    if post.mention == "text" or (post.quotes and post.quotes.author_id == account):
        return "explicit"
    if post.mention == "automatic" or (post.answers and post.answers.author_id == account):
        return "implicit"
    return "no"


def of_direct_message(message: DirectMessage, account: str) -> Parsed:
    """What a direct message is to `account`: a citizen's, or one of ours. Raises Unreadable when
    it is neither from nor to the account."""
    sender, recipient = message.sender.external_id, message.recipient
    if sender == account:
        return _direct_message_of_ours(message, account)
    if recipient not in {None, account}:
        raise Unreadable("a direct message between other people")
    says_nothing = not (message.text or message.files or message.notice)
    return InboundMessage(
        account=account,
        external_id=message.external_id,
        conversation=f"dm:{sender}",
        visibility="private",
        author=message.sender,
        text=message.text,
        posted_at=message.sent_at,
        files=(EMPTY,) if says_nothing else message.files,
        notice=message.notice,
        details=_details_of_message(message),
    )


def _details_of_message(message: DirectMessage) -> Mapping[str, str]:
    """Whom an answer goes to, and whether the hub could read what they wrote."""
    details = {"author_id": message.sender.external_id or ""}
    return {**details, "notice": message.notice} if message.notice else details


def _direct_message_of_ours(message: DirectMessage, account: str) -> Parsed:
    if message.recipient == account:
        return Ignored(what="message of the account to itself")
    return Echo(
        account=account,
        external_id=message.external_id,
        visibility="private",
        text=message.text,
        posted_at=message.sent_at,
        conversation=f"dm:{message.recipient}" if message.recipient else None,
        files=message.files,
    )


def deletion(external_id: str | None, account: str, at: datetime) -> Deleted:
    """A post of the account that it took down. Raises Unreadable without its id."""
    if external_id is None:
        raise Unreadable("a deletion that does not say of what")
    return Deleted(account=account, external_id=external_id, deleted_at=at)


def revocation(account: str | None, at: datetime) -> AccessRevoked:
    """The account, or X, took the app's access away. Raises Unreadable without the account."""
    if account is None:
        raise Unreadable("a revocation that does not say of which account")
    return AccessRevoked(account=account, at=at)
