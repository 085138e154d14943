"""What X would refuse. Each check passes silently or raises XError with the body X would send.

Sources: Response codes and errors, Manage posts, Manage direct messages, Media, and the rule on
replies of February 2026. All checks are pure.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hub.sandbox.faults import Refusal
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.length import FORBIDDEN, LONGEST_POST, weight
from hub.sandbox.x.values import EDIT_WINDOW, MOST_EDITS, Level, Media, Person, Post

Json = dict[str, Any]
PROBLEMS = "https://api.x.com/2/problems"
LONGEST_MESSAGE = 10_000
#: Less a link and a blank, where a picture goes with it.
LONGEST_MESSAGE_WITH_MEDIA = 9_976
MEDIA_LIFE = timedelta(hours=24)
#: X says "recently".
DUPLICATE_WITHIN = timedelta(hours=24)
_BODY_KEYS = frozenset(
    {
        "text", "reply", "media", "quote_tweet_id", "reply_settings", "made_with_ai",
        "for_super_followers_only", "nullcast", "poll", "geo", "direct_message_deep_link",
    }
)  # fmt: skip
_REPLY_KEYS = frozenset(
    {"in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"}
)
_MEDIA_KEYS = frozenset({"media_ids", "tagged_user_ids"})
_REPLY_SETTINGS = frozenset({"following", "mentionedUsers", "subscribers", "verified"})


class XError(Refusal):
    """An answer of X that says no, with the JSON it says it in."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(str(body.get("detail") or body), status)
        self.body = body


def problem(status: int, title: str, detail: str, kind: str = "") -> XError:
    """The usual body; `kind` is the last part of a problem's address."""
    type_ = f"{PROBLEMS}/{kind}" if kind else "about:blank"
    return XError(status, {"title": title, "detail": detail, "type": type_, "status": status})


def invalid(message: str, **parameters: str) -> XError:
    """A request that X cannot read."""
    return XError(
        400,
        {
            "errors": [
                {"parameters": {k: [v] for k, v in parameters.items()}, "message": message}
            ],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": f"{PROBLEMS}/invalid-request",
        },
    )  # fmt: skip


def forbidden(detail: str) -> XError:
    return problem(403, "Forbidden", detail)


def unauthorized() -> XError:
    return problem(401, "Unauthorized", "Unauthorized")


def legacy(status: int, code: int, message: str) -> XError:
    """The body of version 1.1."""
    return XError(status, {"errors": [{"code": code, "message": message}]})


def oauth(error: str, description: str, status: int = 400) -> XError:
    """The body of the token endpoint."""
    return XError(status, {"error": error, "error_description": description})


def missing(kind: str, parameter: str, value: str) -> Json:
    """One entry of `errors` for what does not exist or is deleted."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{PROBLEMS}/resource-not-found",
    }


def unseen(kind: str, parameter: str, value: str) -> Json:
    """One entry of `errors` for what the account may not see."""
    return missing(kind, parameter, value) | {
        "title": "Authorization Error",
        "detail": f"Sorry, you are not authorized to see the {kind} with {parameter}: [{value}].",
        "type": f"{PROBLEMS}/not-authorized-for-resource",
    }


# --- Posts


def check_keys(body: Mapping[str, Any], known: frozenset[str], place: str = "") -> None:
    """X refuses what it does not know (additionalProperties: false)."""
    for name in body:
        if name not in known:
            raise invalid(f"$.{place}{name}: is not defined in the schema", **{name: "unknown"})


def check_post(body: Mapping[str, Any]) -> None:
    """The body of a new post, by itself."""
    check_keys(body, _BODY_KEYS)
    check_keys(_object(body, "reply"), _REPLY_KEYS, "reply.")
    check_keys(_object(body, "media"), _MEDIA_KEYS, "media.")
    text = body.get("text", "")
    if not isinstance(text, str):
        raise invalid("$.text: must be a string", text=str(text))
    if not text.strip() and not _object(body, "media").get("media_ids"):
        raise invalid("$.text: is missing", text=text)
    if FORBIDDEN & set(text):
        raise invalid("$.text: contains an invalid character", text=text)
    if weight(text) > LONGEST_POST:
        raise problem(
            400, "Invalid Request", "Your post is longer than it may be.", "invalid-request"
        )
    if body.get("reply_settings", "following") not in _REPLY_SETTINGS:
        raise invalid("$.reply_settings: is not a valid value", reply_settings="unknown")


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name) or {}
    if not isinstance(value, Mapping):
        raise invalid(f"$.{name}: must be an object", **{name: str(value)})
    return value


def check_reply(
    parent: Post | None,
    author: Person | None,
    quoted: Post | None,
    level: Level,
    *,
    implicit_counts: bool,
) -> None:
    """May the account answer `parent`, written by `author`, which quotes `quoted`?

    On self-serve access only where the author has summoned it: by mentioning it in that post or
    by quoting one of its posts. Whether the mention X adds to an answer counts is not documented:
    `implicit_counts`. Own posts may always be answered: that is how threads are made.
    """
    if parent is None or author is None or author.blocks or author.protected:
        raise forbidden("You attempted to reply to a post that is deleted or not visible to you.")
    if parent.author_id == ACCOUNT_ID:
        return
    if parent.reply_settings == "following" or (
        parent.reply_settings == "mentionedUsers" and ACCOUNT_ID not in parent.mentioned
    ):
        raise forbidden("The original post's author restricted who can reply to this post.")
    summoned = ACCOUNT_ID in parent.mentioned or (quoted and quoted.author_id == ACCOUNT_ID)
    if implicit_counts:
        summoned = summoned or ACCOUNT_ID in parent.addressed
    if level == "pay_per_use" and not summoned:
        raise forbidden(
            "Reply to this post is not allowed because you have not been mentioned or otherwise "
            "engaged by the author of the post you are replying to."
        )


def check_duplicate(told: str, before: Sequence[tuple[str, datetime]], now: datetime) -> None:
    """The same words, with the same mentions before them, posted recently: (text, when) of the
    account's own posts."""
    if any(text == told and now - at < DUPLICATE_WITHIN for text, at in before):
        raise forbidden("You are not allowed to create a post with duplicate content.")


def check_edit(post: Post, versions: int, now: datetime) -> None:
    """Five times, within the hour; answers cannot be changed."""
    if post.reply_to is not None or versions > MOST_EDITS or now - post.created_at > EDIT_WINDOW:
        raise forbidden("This post can no longer be edited.")


# --- Pictures and films


def check_media(found: Sequence[Media | None], prefix: str, most: int, now: datetime) -> None:
    """What goes with a post or message: of the right category, ready, fresh, not too many."""
    for media in found:
        if media is None or now - media.created_at > MEDIA_LIFE:
            raise invalid("Your media IDs are invalid.", **{"media.media_ids": "invalid"})
        if not media.category.startswith(prefix):
            raise invalid("Your media IDs are of another category.", **{"media.media_ids": "type"})
        if media.state != "succeeded":
            raise invalid("Your media is still being processed.", **{"media.media_ids": "pending"})
    films = [media for media in found if media and media.kind != "photo"]
    if len(found) > most or (films and len(found) > 1):
        raise invalid("Too many media.", **{"media.media_ids": str(len(found))})


# --- Direct messages


def check_message(text: Any, attachments: Any) -> None:
    if not isinstance(text, str) or not isinstance(attachments, list):
        raise invalid("$: text must be a string and attachments an array")
    if not text.strip() and not attachments:
        raise invalid("$: text or attachments must be there", text="")
    if len(attachments) > 1:
        raise invalid("$.attachments: only one is allowed", attachments=str(len(attachments)))
    if len(text) > (LONGEST_MESSAGE_WITH_MEDIA if attachments else LONGEST_MESSAGE):
        raise invalid("The text of your direct message is over the max character limit.", text="")


def check_recipient(person: Person | None, *, has_written: bool) -> None:
    """Here nobody takes messages from strangers: who has not written first gets none."""
    if person is None:
        raise invalid("The participant_id is not one of a user.", participant_id="unknown")
    if person.blocks:
        raise legacy(403, 349, "You cannot send messages to this user.")
    if not has_written:
        raise legacy(403, 150, "You cannot send messages to users who are not following you.")
