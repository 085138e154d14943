"""Is an account well connected: its token, what it was granted, what comes in from X?"""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _

from hub.channels.base import AccountAccess, AccountBroken, ChannelError, Health, Refused
from hub.channels.twitter import scopes, webhooks
from hub.channels.twitter.client import AccountApi, Api, AppApi
from hub.channels.twitter.reading import instant
from hub.channels.twitter.sentences import SENTENCES
from hub.channels.twitter.settings import TwitterSettings
from hub.channels.twitter.webhooks import Webhook
from hub.channels.untrusted import identifier, mapping, text

CONNECT = "flask channels connect twitter"

Facts = dict[str, str | datetime]


def check(settings: TwitterSettings, account: AccountAccess) -> Health:
    """Look at the settings, the token and what X delivers. What X refuses is a problem told in
    words. Raises RetryLater when X cannot be asked."""
    facts: Facts = {_("Access"): settings.access, _("Polling"): _polling(settings)}
    problems = list(_settings_problems(settings, account))
    api, deaf = AccountApi(settings, account), False
    try:
        problems += _look_at_account(api, facts)
        problems += _look_at_scopes(api, facts)
    except (AccountBroken, Refused) as error:
        problems.append(_said(error))
        deaf = True
    unheard: list[str] = []
    try:
        for problem in _look_at_webhooks(AppApi(settings), settings, account, facts):
            unheard.append(problem)
    except (AccountBroken, Refused) as error:
        problems.append(_("X does not tell about webhooks. %(reason)s", reason=_said(error)))
    return Health(problems=(*problems, *unheard), facts=facts, deaf=deaf or bool(unheard))


def _polling(settings: TwitterSettings) -> str:
    if settings.poll_every is None:
        return _("switched off")
    seconds = settings.poll_every.total_seconds()
    return _("every %(seconds)d seconds", seconds=seconds)


def _settings_problems(settings: TwitterSettings, account: AccountAccess) -> Iterable[str]:
    if settings.poll_every is None and not settings.consumer_secrets:
        yield _(
            "Nothing comes in: TWITTER_POLL_SECONDS is 0, and without TWITTER_CONSUMER_SECRET "
            "every delivery is refused. Set one of the two and restart."
        )
    if "oauth_token" in account.credentials:
        if not (settings.consumer_key and settings.consumer_secret):
            yield _(
                "TWITTER_CONSUMER_KEY or TWITTER_CONSUMER_SECRET is not set, so the account "
                "cannot sign what it asks. Set both and restart."
            )
    elif "access_token" in account.credentials:
        yield from _renewal_problems(settings, account)


def _renewal_problems(settings: TwitterSettings, account: AccountAccess) -> Iterable[str]:
    if not account.credentials.get("refresh_token"):
        yield _(
            "X gave no refresh token, so the access ends within two hours. Grant offline.access "
            "and connect the account again with: %(command)s.",
            command=CONNECT,
        )
    elif not settings.client_id:
        yield _(
            "TWITTER_CLIENT_ID is not set, so the access cannot be renewed and ends within two "
            "hours. Set it and restart."
        )


def _look_at_account(api: AccountApi, facts: Facts) -> Iterable[str]:
    me = mapping(api.get("users/me").get("data"))
    facts[_("Account")] = handle = f"@{text(me.get('username'))}"
    _note_rate(api, "users/me", facts)
    if identifier(me.get("id")) != api.account.external_id:
        yield _(
            "The access token belongs to another account, %(handle)s. Connect this one again "
            "with: %(command)s.",
            handle=handle,
            command=CONNECT,
        )


def _look_at_scopes(api: AccountApi, facts: Facts) -> Iterable[str]:
    if ends := instant(api.account.credentials.get("expires_at")):
        facts[_("Access token ends")] = ends
    granted = scopes.granted(api.account)
    if not granted:
        return
    facts[_("Permissions")] = " ".join(sorted(granted))
    if missing := scopes.NEEDED - granted:
        yield _(
            "The account did not grant: %(missing)s. Connect it again with %(command)s and grant "
            "them all.",
            missing=", ".join(sorted(missing)),
            command=CONNECT,
        )


def _look_at_webhooks(
    api: AppApi, settings: TwitterSettings, account: AccountAccess, facts: Facts
) -> Iterable[str]:
    if not settings.bearer_token:
        return
    ours = [hook for hook in webhooks.webhooks(api) if hook.url.endswith(webhooks.PATH)]
    _note_rate(api, "webhooks", facts)
    facts[_("Webhook")] = ", ".join(map(_state, ours)) or _("none yet")
    yield from _invalid(ours)
    if ours:
        yield from _look_at_subscriptions(api, account, ours, facts)
    elif settings.poll_every is None:
        yield _(
            "X delivers nothing to the hub, and TWITTER_POLL_SECONDS is 0. Register the hub's "
            "address with: flask channels twitter webhook register."
        )


def _state(hook: Webhook) -> str:
    if hook.valid:
        return _("%(url)s (valid)", url=hook.url)
    return _("%(url)s (not valid)", url=hook.url)


def _invalid(ours: list[Webhook]) -> Iterable[str]:
    for hook in ours:
        if not hook.valid:
            yield _(
                "X no longer delivers to %(url)s, because the address did not prove itself. See "
                "that it answers from outside, then: flask channels twitter webhook validate "
                "%(id)s.",
                url=hook.url,
                id=hook.webhook_id,
            )


def _look_at_subscriptions(
    api: AppApi, account: AccountAccess, ours: list[Webhook], facts: Facts
) -> Iterable[str]:
    everything = any(_hears_all(api, hook, account.external_id) for hook in ours)
    heard = {one.event for one in webhooks.subscriptions(api) if one.user_id == account.external_id}
    facts[_("Events it tells us of")] = (
        _("all") if everything else ", ".join(sorted(heard)) or _("none yet")
    )
    missing = [event for event in webhooks.EVENTS if event not in heard]
    if missing and not everything:
        yield _(
            "X does not deliver to the hub: %(missing)s. Subscribe with: flask channels twitter "
            "subscriptions add.",
            missing=", ".join(missing),
        )


def _hears_all(api: AppApi, hook: Webhook, user_id: str) -> bool:
    """By Account Activity, which not every app may ask about."""
    try:
        listed = webhooks.subscribed_to_all(api, hook.webhook_id)
    except (AccountBroken, Refused):
        return False
    return any(one.user_id == user_id for one in listed)


def _note_rate(api: Api, name: str, facts: Facts) -> None:
    rate = api.rate
    if rate.remaining is None or rate.limit is None:
        return
    label = _("Questions left (%(name)s)", name=name)
    facts[label] = _("%(left)s of %(most)s", left=rate.remaining, most=rate.limit)


def _said(error: ChannelError) -> str:
    return f"{SENTENCES.get(error.code, error.code)} ({error.detail})"
