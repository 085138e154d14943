"""What Meta would refuse. Each check passes silently or raises GraphError with Meta's own codes.

Sources: Graph API error handling, Messenger Platform error codes, Send API, Private Replies and
Platform Policy (message tags and windows). All checks are pure.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.sandbox.faults import Refusal
from hub.sandbox.meta.identities import PAGE_ID
from hub.sandbox.meta.values import Comment, Person, Post

LONGEST_TEXT = 2000
LONGEST_METADATA = 1000
LONGEST_COMMENT = 8000
RESPONSE_WINDOW = timedelta(hours=24)
HUMAN_AGENT_WINDOW = timedelta(days=7)
PRIVATE_REPLY_WINDOW = timedelta(days=7)
RETIRED_TAGS = frozenset({"CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE"})
ATTACHMENT_TYPES = frozenset({"image", "audio", "video", "file"})


class GraphError(Refusal):
    """An answer of Graph that says no. `title` and `explanation` are what Meta would show to a
    person; both are optional there too."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        status: int = 400,
        title: str = "",
        explanation: str = "",
        transient: bool = False,
    ) -> None:
        super().__init__(message, status)
        self.code = code
        self.subcode = subcode
        self.title = title
        self.explanation = explanation
        self.transient = transient

    def body(self, trace: str) -> dict[str, Any]:
        """The JSON of the answer; `trace` is what Meta calls fbtrace_id."""
        error: dict[str, Any] = {
            "message": self.message,
            "type": "OAuthException",
            "code": self.code,
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.title:
            error |= {"error_user_title": self.title, "error_user_msg": self.explanation}
        if self.transient:
            error["is_transient"] = True
        return {"error": error | {"fbtrace_id": trace}}


def app_secret_proof(secret: str, token: str) -> str:
    """Graph API, Securing requests: hex HMAC-SHA256 of the token, keyed with the app secret."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def check_proof(secret: str, token: str, proof: str | None) -> None:
    """The app has "Require app secret" switched on."""
    if proof is None:
        raise GraphError(100, "API calls from the server require an appsecret_proof argument")
    if not hmac.compare_digest(proof, app_secret_proof(secret, token)):
        raise GraphError(100, "Invalid appsecret_proof provided in the API argument")


def check_token(token: str | None, known: Mapping[str, str], needed: str) -> str:
    """Give the token when it is of the kind `needed` ("page", "user" or "app"; "" for any).

    `known` says the kind of each token there is.
    """
    if not token:
        raise GraphError(104, "An access token is required to request this resource.", status=401)
    kind = known.get(token)
    if kind is None:
        raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)
    if needed and kind != needed:
        raise GraphError(190, f"This method must be called with a {needed} access token.")
    return token


def gone(object_id: str) -> GraphError:
    """The answer for what was removed, or never was, or may not be seen: Graph does not say."""
    return GraphError(
        100,
        f"Unsupported request. Object with ID '{object_id}' does not exist, cannot be loaded due "
        "to missing permissions, or does not support this operation.",
        subcode=33,
    )


def check_comment(text: str, attachment: str) -> None:
    if not text.strip() and not attachment:
        raise GraphError(100, "(#100) Missing message or attachment")
    if len(text) > LONGEST_COMMENT:
        raise GraphError(100, "(#100) Param message must be no longer than 8000 characters")


def check_message(message: Mapping[str, Any]) -> None:
    """Text or one attachment, never both, within the lengths."""
    text, attachment = message.get("text"), message.get("attachment")
    if not text and not attachment:
        raise GraphError(100, "(#100) Param message must have text or attachment")
    if text and attachment:
        raise GraphError(100, "(#100) Only one of text and attachment may be set in message")
    if len(str(text or "")) > LONGEST_TEXT:
        raise GraphError(
            100, "(#100) Length of param message[text] must be less than or equal to 2000"
        )
    if len(str(message.get("metadata") or "")) > LONGEST_METADATA:
        raise GraphError(100, "(#100) Length of param message[metadata] exceeds 1000")
    if attachment and attachment.get("type") not in ATTACHMENT_TYPES:
        raise GraphError(100, "(#100) Param message[attachment][type] is not a valid value")


def check_recipient(person: Person | None) -> Person:
    if person is None:
        raise GraphError(100, "(#100) No matching user found", subcode=2018001)
    if person.blocked:
        raise GraphError(551, "(#551) This person isn't available right now.", subcode=1545041)
    return person


def check_window(
    *,
    messaging_type: str,
    tag: str,
    human_agent: bool,
    last_action_at: datetime | None,
    now: datetime,
) -> None:
    """24 hours after the person's last action; 7 days for a human agent, where the app was
    granted that feature. Other tags ended on 27 April 2026."""
    if messaging_type not in {"RESPONSE", "UPDATE", "MESSAGE_TAG"}:
        raise GraphError(100, "(#100) Param messaging_type is not a valid value")
    if messaging_type != "MESSAGE_TAG":
        return _check_since(last_action_at, now, RESPONSE_WINDOW)
    if tag in RETIRED_TAGS:
        raise GraphError(100, f"(#100) The message tag {tag} is no longer available")
    if tag != "HUMAN_AGENT":
        raise GraphError(100, "(#100) Param tag is not a valid value")
    if not human_agent:
        raise GraphError(10, "(#10) Application does not have permission for this action")
    return _check_since(last_action_at, now, HUMAN_AGENT_WINDOW)


def _check_since(last_action_at: datetime | None, now: datetime, window: timedelta) -> None:
    if last_action_at is None or now - last_action_at > window:
        raise GraphError(
            10,
            "(#10) This message is sent outside of allowed window.",
            subcode=2018278,
            title="Fenêtre fermée",
            explanation="Vous ne pouvez plus écrire à cette personne.",
        )


def check_private_reply(target: Comment | Post | None, now: datetime) -> Comment | Post:
    """One private reply to a person's comment or post, within seven days of it."""
    if target is None or target.removed_at is not None:
        raise GraphError(100, "(#100) Invalid comment id for a private reply", subcode=2018292)
    if target.author_id == PAGE_ID:
        raise GraphError(10903, "(#10903) This user can't reply to this activity")
    if target.private_reply is not None:
        raise GraphError(10900, "(#10900) Activity already replied to")
    if now - target.created_at > PRIVATE_REPLY_WINDOW:
        raise GraphError(10902, "(#10902) This activity is too old for a private reply")
    return target
