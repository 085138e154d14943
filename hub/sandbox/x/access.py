"""What apps may do: tokens, webhooks, subscriptions and what was told by them."""

import json
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.sandbox.values import instant, milliseconds
from hub.sandbox.x.store import Store
from hub.sandbox.x.values import Subscription, Webhook

Json = dict[str, Any]
#: An access token of OAuth 2 lives so long (OAuth 2.0, Authorization Code Flow with PKCE).
TOKEN_LIFE = timedelta(hours=2)
#: An authorisation code, the same page.
CODE_LIFE = timedelta(seconds=30)


@dataclass(frozen=True)
class Kept:
    """One thing that happened, as each product tells it. `account_activity` is None where that
    product has no such event; `activity` is a list of {"event_type", "payload", "includes"?}."""

    at: datetime
    account_activity: Json | None
    activity: list[Json]


# --- Tokens of OAuth 2


def add_token(
    store: Store, token: str, kind: str, scope: str, expires_at: datetime | None = None
) -> None:
    """Make a token known; one that is known stays as it is. `kind` is "access", "refresh" or
    "code"."""
    store.connection.execute(
        "INSERT OR IGNORE INTO x_token (token, kind, scope, expires_at) VALUES (?, ?, ?, ?)",
        (token, kind, scope, expires_at and milliseconds(expires_at)),
    )


def issue(store: Store, scope: str) -> Json:
    """A new pair of tokens, as the answer that tells them."""
    access, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
    add_token(store, access, "access", scope, store.now() + TOKEN_LIFE)
    answer = {
        "token_type": "bearer",
        "expires_in": int(TOKEN_LIFE.total_seconds()),
        "access_token": access,
        "scope": scope,
    }
    if "offline.access" in scope.split():
        add_token(store, refresh, "refresh", scope)
        answer["refresh_token"] = refresh
    return answer


def use_up(store: Store, token: str, kind: str) -> str | None:
    """Spend a refresh token or a code, once. Gives its scope, None when it is no good."""
    row = store.connection.execute(
        "UPDATE x_token SET used_at = ? WHERE token = ? AND kind = ? AND used_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > ?) RETURNING scope",
        (milliseconds(store.now()), token, kind, milliseconds(store.now())),
    ).fetchone()
    return None if row is None else str(row["scope"])


def scope_of(store: Store, token: str) -> frozenset[str] | None:
    """What an access token allows, None when it is unknown or its two hours are over."""
    row = store.connection.execute(
        "SELECT scope FROM x_token WHERE token = ? AND kind = 'access' AND expires_at > ?",
        (token, milliseconds(store.now())),
    ).fetchone()
    return None if row is None else frozenset(row["scope"].split())


def forget_tokens(store: Store) -> None:
    """All of them, used or not."""
    store.connection.execute("DELETE FROM x_token")


# --- Webhooks and subscriptions


def webhooks(store: Store) -> list[Webhook]:
    return [_webhook(row) for row in store.connection.execute("SELECT * FROM x_webhook")]


def add_webhook(store: Store, url: str) -> Webhook:
    """Keep a webhook that has just proved itself."""
    webhook_id, now = store.new_id(), milliseconds(store.now())
    store.connection.execute(
        "INSERT INTO x_webhook VALUES (?, ?, 1, ?, ?)", (webhook_id, url, now, now)
    )
    return next(webhook for webhook in webhooks(store) if webhook.id == webhook_id)


def set_valid(store: Store, webhook_id: str, valid: bool) -> None:
    """Note what came of a check."""
    store.connection.execute(
        "UPDATE x_webhook SET valid = ?, answered_at = CASE WHEN ? THEN ? ELSE answered_at END"
        " WHERE id = ?",
        (valid, valid, milliseconds(store.now()), webhook_id),
    )


def remove_webhook(store: Store, webhook_id: str) -> None:
    """Its subscriptions of Account Activity end with it; those of X Activity push nothing more."""
    store.connection.execute("DELETE FROM x_webhook WHERE id = ?", (webhook_id,))
    store.connection.execute(
        "UPDATE x_subscription SET webhook_id = NULL WHERE webhook_id = ?", (webhook_id,)
    )
    if store.setting("account_activity") == webhook_id:
        store.set("account_activity", None)


def subscriptions(store: Store) -> list[Subscription]:
    rows = store.connection.execute("SELECT * FROM x_subscription ORDER BY id")
    return [_subscription(row) for row in rows]


def subscribe(store: Store, event_type: str, tag: str, webhook_id: str | None) -> Subscription:
    subscription_id, now = store.new_id(), milliseconds(store.now())
    store.connection.execute(
        "INSERT INTO x_subscription VALUES (?, ?, ?, ?, ?, ?)",
        (subscription_id, event_type, tag, webhook_id, now, now),
    )
    return next(one for one in subscriptions(store) if one.id == subscription_id)


def change_subscription(store: Store, changed: Subscription) -> None:
    """Write its tag and webhook."""
    store.connection.execute(
        "UPDATE x_subscription SET tag = ?, webhook_id = ?, updated_at = ? WHERE id = ?",
        (changed.tag, changed.webhook_id, milliseconds(store.now()), changed.id),
    )


def unsubscribe(store: Store, subscription_id: str) -> None:
    store.connection.execute("DELETE FROM x_subscription WHERE id = ?", (subscription_id,))


# --- What happened, for a replay


def keep(store: Store, account_activity: Json | None, activity: list[Json]) -> Kept:
    at = store.now()
    told = None if account_activity is None else json.dumps(account_activity)
    store.connection.execute(
        "INSERT INTO x_event (at, account_activity, activity) VALUES (?, ?, ?)",
        (milliseconds(at), told, json.dumps(activity)),
    )
    return Kept(at, account_activity, activity)


def kept(store: Store, since: datetime, until: datetime) -> list[Kept]:
    """What happened from `since` on and before `until`, oldest first."""
    rows = store.connection.execute(
        "SELECT * FROM x_event WHERE at >= ? AND at < ? ORDER BY id",
        (milliseconds(since), milliseconds(until)),
    )
    return [
        Kept(
            instant(row["at"]),
            json.loads(row["account_activity"] or "null"),
            json.loads(row["activity"]),
        )
        for row in rows
    ]


def _webhook(row: sqlite3.Row) -> Webhook:
    return Webhook(
        id=row["id"],
        url=row["url"],
        valid=bool(row["valid"]),
        created_at=instant(row["created_at"]),
        answered_at=instant(row["answered_at"]),
    )


def _subscription(row: sqlite3.Row) -> Subscription:
    return Subscription(
        id=row["id"],
        event_type=row["event_type"],
        tag=row["tag"],
        webhook_id=row["webhook_id"],
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
    )
