"""What an account granted the hub (docs.x.com/fundamentals/authentication/oauth-2-0)."""

from hub.channels.base import AccountAccess

#: What the hub needs of every account.
NEEDED = frozenset(
    {
        "tweet.read",
        "tweet.write",
        "users.read",
        "dm.read",
        "dm.write",
        "media.write",
        "offline.access",
    }
)


def granted(account: AccountAccess) -> frozenset[str]:
    """The scopes of its token; none for OAuth 1.0a, which names no scopes."""
    return frozenset(account.credentials.get("scope", "").split())


def may(account: AccountAccess, scope: str) -> bool:
    """Was this granted? Yes in doubt, where the token names no scopes: X will say."""
    known = granted(account)
    return not known or scope in known
