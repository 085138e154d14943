"""Is an account well connected: its server, its token, what its own settings keep from it?"""

from flask_babel import gettext as _

from hub.channels.base import AccountAccess, AccountBroken, Health, Refused
from hub.channels.mastodon import parse
from hub.channels.mastodon.client import Server
from hub.channels.untrusted import identifier, mapping, text


def check(account: AccountAccess) -> Health:
    """Ask the server who the token speaks for, and whether citizens' posts reach it. What it
    refuses is a problem told in words. Raises RetryLater when it cannot be asked."""
    try:
        server = Server.of(account)
        me = mapping(server.get("v1/accounts/verify_credentials"))
        about = mapping(server.get("v2/instance"))
    except (AccountBroken, Refused) as error:
        return Health(problems=(_refusal(error),))
    facts = {
        str(_("Account")): f"@{text(me.get('username'))}@{server.host}",
        str(_("Server")): f"{text(about.get('title'))} ({text(about.get('version'))})",
    }
    problems = []
    if identifier(me.get("id")) != parse.own_id(account.external_id):
        problems.append(_("The access token belongs to another account. Connect this one again."))
    if _drops_private_mentions(server):
        problems.append(
            _(
                "The account drops private mentions by people it does not follow. On Mastodon, "
                "under Preferences, Notifications, choose to accept them."
            )
        )
    return Health(problems=tuple(problems), facts=facts)


def _drops_private_mentions(server: Server) -> bool:
    """Servers before 4.3, and other software, have no such choice."""
    try:
        policy = mapping(server.get("v2/notifications/policy"))
    except (AccountBroken, Refused):
        return False
    return policy.get("for_private_mentions") == "drop"


def _refusal(error: AccountBroken | Refused) -> str:
    return str(
        _(
            "The server does not let the hub act for the account (%(detail)s). Connect the "
            "account again.",
            detail=error.detail or error.code,
        )
    )
