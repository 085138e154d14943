"""Hide an answer in a conversation that the account began, or show it again (PUT
/2/tweets/:id/hidden, scope tweet.moderate.write). It stays one click away on X; other posts cannot
be hidden at all."""

from hub.channels.base import OutcomeUnknown, Refused
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.scopes import may
from hub.channels.twitter.sending import wanted_id
from hub.channels.untrusted import mapping

SCOPE = "tweet.moderate.write"


def hide(api: AccountApi, post_id: str, *, hidden: bool) -> None:
    """Raises ChannelError; repeating it has no second effect."""
    if not may(api.account, SCOPE):
        raise Refused("permission_missing", f"the scope {SCOPE} was not granted")
    target = wanted_id({"post_id": post_id}, "post_id")
    try:
        answer = api.send("PUT", f"tweets/{target}/hidden", json={"hidden": hidden})
    except Refused as error:
        if error.code == "refused":  # X names no reason
            raise Refused("cannot_hide", error.detail) from error
        raise
    if mapping(answer.get("data")).get("hidden") is not hidden:
        raise OutcomeUnknown("unclear", "the answer does not confirm")
