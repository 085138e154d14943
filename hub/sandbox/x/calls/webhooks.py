"""Webhooks and replays (X API v2, Webhooks)."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from hub.sandbox.x import access, objects, rules, webhooks
from hub.sandbox.x.calls import Call, Json
from hub.sandbox.x.rules import XError
from hub.sandbox.x.values import AppKeys, Webhook

LONGEST_URL = 200
REPLAY_REACH = timedelta(hours=24)


def create(call: Call) -> Json:
    """The callback must prove itself inside this call. One webhook is all an account may have
    here, on either level."""
    rules.check_keys(call.body, frozenset({"url"}))
    url = call.text("url")
    _check_url(call.x.keys, url)
    kept = _as_kept(call.x.keys, url)
    with call.x.reading() as store:
        existing = access.webhooks(store)
    if any(webhook.url == kept for webhook in existing):
        raise _failure("DuplicateUrlFailed", "This URL is registered already.")
    if existing:
        raise _failure("WebhookLimitExceeded", "No further webhook can be registered.")
    _check_proof(call, kept)
    with call.x.change() as store:
        webhook = access.add_webhook(store, kept)
    return {"data": _shown(call, webhook)}


def listed(call: Call) -> Json:
    with call.x.reading() as store:
        found = [_shown(call, webhook) for webhook in access.webhooks(store)]
    return {"data": found, "meta": {"result_count": len(found)}}


def validate(call: Call, webhook_id: str) -> Json:
    """Ask for its proof again; a webhook that gives it is valid from now on."""
    webhook = _known(call, webhook_id)
    try:
        _check_proof(call, webhook.url)
    except XError:
        with call.x.change() as store:
            access.set_valid(store, webhook_id, False)
        raise
    with call.x.change() as store:
        access.set_valid(store, webhook_id, True)
    return {"data": {"valid": True}}


def delete(call: Call, webhook_id: str) -> Json:
    _known(call, webhook_id)
    with call.x.change() as store:
        access.remove_webhook(store, webhook_id)
    return {"data": {"deleted": True}}


def replay(call: Call) -> Json:
    """Tell again what happened from `from_date` on and before `to_date`, then that it is done."""
    rules.check_keys(call.body, frozenset({"webhook_id", "from_date", "to_date"}))
    webhook_id = call.text("webhook_id")
    return {"data": _replay(call, webhook_id, call.text("from_date"), call.text("to_date"))}


def replay_account_activity(call: Call, webhook_id: str) -> Json:
    """The older way to ask for the same."""
    dates = (call.query.get("from_date", ""), call.query.get("to_date", ""))
    return {"data": _replay(call, webhook_id, *dates)}


def _replay(call: Call, webhook_id: str, from_date: str, to_date: str) -> Json:
    webhook = _known(call, webhook_id)
    since, until = _minute(from_date, "from_date"), _minute(to_date, "to_date")
    with call.x.change() as store:
        if not webhook.valid:
            raise _failure("CrcValidationFailed", "The webhook is not valid.")
        if not store.now() - REPLAY_REACH <= since < until:
            raise rules.invalid("from_date must be before to_date, and at most 24 hours ago")
        for kept in access.kept(store, since, until):
            webhooks.tell(store, call.x.keys, kept)
        job_id = store.new_id()
        status = {
            "webhook_id": webhook_id,
            "job_state": "Complete",
            "job_state_description": "Job completed successfully",
            "job_id": job_id,
        }
        webhooks.queue(store, call.x.keys, {"replay_job_status": status})
        return {"job_id": job_id, "created_at": objects.iso(store.now())}


def _minute(text: str, name: str) -> datetime:
    """A minute of UTC, written as yyyymmddhhmm."""
    try:
        if len(text) != 12:
            raise ValueError(text)
        return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise rules.invalid(f"{name} must be written as yyyymmddhhmm", **{name: text}) from error


def _known(call: Call, webhook_id: str) -> Webhook:
    with call.x.reading() as store:
        found = [one for one in access.webhooks(store) if one.id == webhook_id]
    if not found:
        raise _failure("WebhookIdInvalid", f"There is no webhook {webhook_id}.")
    return found[0]


def _check_url(keys: AppKeys, url: str) -> None:
    """Public, by https, without a port. The hub beside this stand-in is spared that."""
    if len(url) > LONGEST_URL:
        raise _failure("UrlValidationFailed", "The URL is longer than 200 characters.")
    if url.startswith(f"{keys.base_url}/"):
        return
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or ":" in parts.netloc:
        raise _failure("UrlValidationFailed", "The URL must be public, by https, without a port.")


def _as_kept(keys: AppKeys, url: str) -> str:
    """An address beside this stand-in is kept as a path: it may start on another port."""
    own = f"{keys.base_url}/"
    return url.removeprefix(keys.base_url) if url.startswith(own) else url


def _check_proof(call: Call, url: str) -> None:
    proof = call.x.prove(url)
    if proof == "silent":
        raise _failure("CrcValidationFailed", "The URL did not answer the check in time.")
    if proof == "wrong":
        raise _failure("CrcValidationFailed", "The response_token is not the right one.")


def _failure(reason: str, detail: str) -> XError:
    """X names the reason in the error."""
    error = rules.problem(400, "Invalid Request", f"{reason}: {detail}", "invalid-request")
    error.body["errors"] = [{"message": f"{reason}: {detail}"}]
    return error


def _shown(call: Call, webhook: Webhook) -> Json:
    return {
        "id": webhook.id,
        "url": webhooks.address(call.x.keys, webhook.url),
        "valid": webhook.valid,
        "created_at": objects.iso(webhook.created_at),
    }
