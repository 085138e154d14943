"""Tokens, and who is told of what."""

import secrets
from datetime import timedelta

from hub.sandbox.meta.calls import SUCCESS, Call, Json, check_own
from hub.sandbox.meta.fields import page_of
from hub.sandbox.meta.identities import (
    LONG_USER_TOKEN,
    PAGE_ID,
    PAGE_NAME,
    PAGE_TOKEN,
    USER_TOKEN,
)
from hub.sandbox.meta.rules import GraphError
from hub.sandbox.meta.stand_in import FIELDS
from hub.sandbox.meta.store import Store

_SCOPES = (
    "pages_show_list", "pages_manage_metadata", "pages_messaging", "pages_read_engagement",
    "pages_read_user_content", "pages_manage_engagement",
)  # fmt: skip
_OTHER_FIELDS = (
    "mention", "messaging_optins", "messaging_policy_enforcement", "messaging_referrals", "ratings",
)  # fmt: skip


def exchange_token(call: Call) -> Json:
    app = call.meta.app
    if (call.text("client_id"), call.text("client_secret")) != (app.app_id, app.app_secret):
        raise GraphError(1, "Error validating client secret.")
    if call.text("grant_type") == "client_credentials":
        return {"access_token": f"{app.app_id}|{app.app_secret}", "token_type": "bearer"}
    if call.text("fb_exchange_token") not in {USER_TOKEN, LONG_USER_TOKEN}:
        raise GraphError(190, "Invalid OAuth access token.", status=401)
    return {"access_token": LONG_USER_TOKEN, "token_type": "bearer", "expires_in": 5183944}


def debug_token(call: Call) -> Json:
    token = call.text("input_token")
    kinds = {PAGE_TOKEN: "PAGE", USER_TOKEN: "USER", LONG_USER_TOKEN: "USER"}
    if token not in kinds:
        error = {"code": 190, "message": "Malformed access token"}
        return {"data": {"is_valid": False, "scopes": [], "error": error}}
    data: Json = {
        "app_id": call.meta.app.app_id,
        "type": kinds[token],
        "is_valid": True,
        "expires_at": 0,
        "data_access_expires_at": int((call.meta.now() + timedelta(days=90)).timestamp()),
        "scopes": list(_SCOPES),
    }
    if kinds[token] == "PAGE":
        data["profile_id"] = PAGE_ID
    return {"data": data}


def accounts(call: Call) -> Json:
    page = {
        "id": PAGE_ID,
        "name": PAGE_NAME,
        "access_token": PAGE_TOKEN,
        "tasks": ["MODERATE", "MESSAGING", "ANALYZE"],
    }
    return page_of([page], call.params, f"{call.graph_url}/me/accounts")


def subscribe_app(call: Call, app_id: str) -> Json:
    """The callback must prove itself inside this call (Webhooks, Getting started)."""
    check_own(app_id, call.meta.app.app_id)
    challenge = str(secrets.randbelow(9 * 10**9) + 10**9)
    query = {
        "hub.mode": "subscribe",
        "hub.challenge": challenge,
        "hub.verify_token": call.text("verify_token"),
    }
    status, answer = call.meta.ask(call.text("callback_url"), query)
    if status != 200 or answer != challenge:
        raise GraphError(
            2200,
            "(#2200) Callback verification failed with the following errors: "
            f"HTTP Status Code = {status}",
        )
    fields = _field_names(call.text("fields"))
    with call.meta.database.writing() as connection:
        subscription = {"callback_url": call.text("callback_url"), "fields": fields}
        Store(connection).set("app_subscription", subscription)
    return SUCCESS


def app_subscriptions(call: Call, app_id: str) -> Json:
    check_own(app_id, call.meta.app.app_id)
    with call.meta.database.reading() as connection:
        fields = Store(connection).setting("app_subscription", {}).get("fields", FIELDS)
    subscription = {
        "object": "page",
        "callback_url": call.meta.callback_url(),
        "active": True,
        "fields": [{"name": name, "version": "v25.0"} for name in fields],
    }
    return {"data": [subscription]}


def subscribe_page(call: Call, page_id: str) -> Json:
    check_own(page_id, PAGE_ID)
    call.meta.subscribe_page(_field_names(call.text("subscribed_fields")))
    return SUCCESS


def unsubscribe_page(call: Call, page_id: str) -> Json:
    check_own(page_id, PAGE_ID)
    call.meta.subscribe_page(())
    return SUCCESS


def subscribed_apps(call: Call, page_id: str) -> Json:
    check_own(page_id, PAGE_ID)
    with call.meta.database.reading() as connection:
        fields = Store(connection).setting("page_fields", FIELDS)
    if not fields:
        return {"data": []}
    entry = {"id": call.meta.app.app_id, "name": "Hub", "subscribed_fields": list(fields)}
    return {"data": [entry]}


def _field_names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise GraphError(100, "(#100) The parameter subscribed_fields is required.")
    for name in names:
        if name not in FIELDS + _OTHER_FIELDS:
            raise GraphError(100, f"(#100) Param subscribed_fields: {name} is not a valid value")
    return names
