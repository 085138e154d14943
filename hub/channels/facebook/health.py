"""Is a page well connected: its token, its permissions, what it tells us?"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from hub import clock
from hub.channels.base import AccountAccess, AccountBroken, Health, Refused
from hub.channels.facebook.client import Graph
from hub.channels.facebook.settings import FacebookSettings
from hub.channels.untrusted import identifier, instant, mapping, sequence, text
from hub.formats import day

#: What the page must tell the hub, as `subscribed_fields`.
FIELDS = (
    "feed",
    "mention",
    "messages",
    "messaging_postbacks",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "messaging_handovers",
    "messaging_policy_enforcement",
    "standby",
)
#: Without these, messages of citizens are missed or answers go astray.
NEEDED_FIELDS = frozenset(
    {"feed", "messages", "messaging_postbacks", "message_echoes", "message_edits"}
)
NEEDED_PERMISSIONS = frozenset(
    {
        "pages_manage_engagement",
        "pages_manage_metadata",
        "pages_messaging",
        "pages_read_engagement",
        "pages_read_user_content",
    }
)
SOON = timedelta(days=14)
#: From which share of the calls of an hour, in per cent, a person is told.
MUCH_USED = 90

Facts = dict[str, str | datetime]


def check(settings: FacebookSettings, access: AccountAccess) -> Health:
    """Look at the settings, the token and the subscription of a page.

    What Meta refuses is a problem told in words. Raises RetryLater when Meta cannot be asked.
    """
    problems = list(_settings_problems(settings))
    facts: Facts = {}
    graph = Graph(settings=settings, token=access.credentials.get("access_token", ""))
    deaf = not settings.app_secrets
    try:
        problems += _look_at_token(graph, settings, access, facts)
        unheard = _look_at_subscription(graph, settings, access, facts)
        problems += [*unheard, *_look_at_usage(graph, facts)]
        deaf = deaf or bool(unheard)
    except (AccountBroken, Refused) as error:
        problems.append(_refusal(error))
        deaf = True
    return Health(problems=tuple(problems), facts=facts, deaf=deaf)


def subscribe(graph: Graph, page_id: str) -> None:
    """Have the page tell our app all that the hub reads. Safe to repeat. Raises ChannelError."""
    graph.post(f"{page_id}/subscribed_apps", {"subscribed_fields": ",".join(FIELDS)})


def _settings_problems(settings: FacebookSettings) -> Iterable[str]:
    if not settings.app_secrets:
        yield _("FACEBOOK_APP_SECRET is not set, so every delivery is refused. Set it and restart.")
    if not settings.verify_token:
        yield _(
            "FACEBOOK_VERIFY_TOKEN is not set, so Meta cannot register the hub's address. Choose "
            "one, set it here and at Meta, and restart."
        )
    if not settings.app_id:
        yield _(
            "FACEBOOK_APP_ID is not set, so the hub cannot tell whether the page is subscribed. "
            "Set it and restart."
        )


def _look_at_token(
    graph: Graph, settings: FacebookSettings, access: AccountAccess, facts: Facts
) -> list[str]:
    page = graph.get("me", fields="id,name")
    facts[_("Page")] = text(page.get("name"))
    if identifier(page.get("id")) != access.external_id:
        return [_("The access token belongs to another page. Connect this page again.")]
    token = _token_data(graph, settings)
    return [*_expiry(token, facts), *_permissions(token, facts)]


def _token_data(graph: Graph, settings: FacebookSettings) -> Mapping[str, Any]:
    """What Meta says of the token when the app asks; nothing when the app may not ask."""
    if not (settings.app_id and settings.app_secret):
        return {}
    app = Graph(settings=settings, token=f"{settings.app_id}|{settings.app_secret}")
    try:
        return mapping(app.get("debug_token", input_token=graph.token).get("data"))
    except (AccountBroken, Refused):
        return {}


def _expiry(token: Mapping[str, Any], facts: Facts) -> Iterable[str]:
    """A page's token has no end (0), unless it was made from a short-lived one."""
    ends = [
        end
        for name in ("expires_at", "data_access_expires_at")
        if (end := instant(token.get(name)))
    ]
    if token.get("is_valid") is False:
        yield _("Facebook no longer accepts the access token. Connect the page again.")
    if not ends:
        return
    facts[_("Access token ends")] = min(ends)
    if min(ends) <= clock.now() + SOON:
        yield _(
            "The access token ends on %(day)s. Connect the page again before that day.",
            day=day(min(ends)),
        )


def _permissions(token: Mapping[str, Any], facts: Facts) -> Iterable[str]:
    scopes = {text(scope) for scope in sequence(token.get("scopes"))}
    if not scopes:
        return
    facts[_("Permissions")] = ", ".join(sorted(scopes))
    if missing := NEEDED_PERMISSIONS - scopes:
        yield _(
            "The access token lacks permissions: %(missing)s. Connect the page again and grant "
            "them all.",
            missing=", ".join(sorted(missing)),
        )


def _look_at_subscription(
    graph: Graph, settings: FacebookSettings, access: AccountAccess, facts: Facts
) -> list[str]:
    apps = sequence(graph.get(f"{access.external_id}/subscribed_apps").get("data"))
    ours = [app for app in map(mapping, apps) if identifier(app.get("id")) == settings.app_id]
    if not settings.app_id:
        return []
    if not ours:
        return [_("The page tells our app nothing: it is not subscribed. Connect the page again.")]
    fields = {text(field) for field in sequence(ours[0].get("subscribed_fields"))}
    facts[_("Events it tells us of")] = ", ".join(sorted(fields))
    if missing := NEEDED_FIELDS - fields:
        return [
            _(
                "The page does not tell our app of: %(missing)s. Connect the page again.",
                missing=", ".join(sorted(missing)),
            )
        ]
    return []


def _look_at_usage(graph: Graph, facts: Facts) -> Iterable[str]:
    """Meta tells the share of each allowance that the calls of the last hour have used."""
    if not graph.shares:
        return
    share = round(graph.shares[-1])
    facts[_("Calls left this hour")] = _("%(share)d %%", share=max(0, 100 - share))
    if share >= MUCH_USED:
        yield _(
            "Almost all calls that Meta allows in an hour are used (%(share)d %%). Answers wait "
            "when none is left. It passes by itself; if it comes back, ask what else uses the app.",
            share=share,
        )


def _refusal(error: AccountBroken | Refused) -> str:
    if error.code == "token_missing":
        return str(_("The page has no access token. Connect the page again."))
    return str(
        _(
            "Facebook does not let the hub act for the page (%(detail)s). Connect the page again.",
            detail=error.detail,
        )
    )
