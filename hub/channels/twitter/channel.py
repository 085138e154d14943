"""X (Twitter), as the hub sees it: public posts and direct messages of the council's accounts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from hub import clock
from hub.channels.base import (
    AccountAccess,
    Author,
    Channel,
    Health,
    OutboundMessage,
    Parsed,
    Polled,
    Price,
    Publication,
    Rechecks,
    Sent,
    ThreadMessage,
    Way,
)
from hub.channels.splitting import split
from hub.channels.twitter import (
    health,
    hiding,
    looking,
    oauth,
    parse,
    polling,
    reading,
    said,
    sending,
    signature,
    ways,
)
from hub.channels.twitter.backfill import Backfill
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.length import weighted_length
from hub.channels.twitter.sentences import SENTENCES
from hub.channels.twitter.settings import TwitterSettings
from hub.channels.twitter.terms import Terms

#: X wants deletions followed within 24 hours: four hours are left for what goes wrong.
RECHECK_EVERY = timedelta(hours=20)


class Twitter(Channel):
    """See hub.channels.base.Channel. An account is one of X; its credentials hold either
    `access_token`, `refresh_token`, `scope` and `expires_at` of OAuth 2, or `oauth_token` and
    `oauth_token_secret` of OAuth 1.0a."""

    slug: ClassVar[str] = "twitter"
    label = "X (Twitter)"
    icon = "channel-twitter"
    sentences: Mapping[str, str] = SENTENCES
    receives_hooks = True
    hides = True

    def __init__(self, settings: TwitterSettings) -> None:
        self._settings = settings
        self._terms = Terms.of(settings.access)
        self.file_hosts: Sequence[str] = settings.file_hosts
        self.file_origins: Sequence[str] = settings.file_origins
        self.poll_every = settings.poll_every
        self.rechecks = _rechecks(settings)
        self.ceiling = _ceiling(settings)

    # --- Deliveries

    def handshake(self, query: Mapping[str, str]) -> tuple[str, str]:
        answer = signature.answer_challenge(self._settings.consumer_secret, query)
        return answer, "application/json"

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        signature.verify_delivery(self._settings.consumer_secrets, headers, body)

    def check_envelope(self, body: bytes) -> None:
        reading.delivery(body)

    def parse(self, body: bytes) -> list[Parsed]:
        return parse.parse(body, now=clock.now())

    # --- Questions

    def poll(self, account: AccountAccess, cursor: Mapping[str, Any]) -> Iterator[Polled]:
        return polling.poll(self._api(account), cursor)

    def look(self, account: AccountAccess, external_ids: Sequence[str]) -> Iterator[Parsed]:
        return looking.look(self._api(account), external_ids)

    def author(self, account: AccountAccess, external_id: str) -> Author | None:
        return looking.author(self._api(account), external_id)

    def publication(self, account: AccountAccess, external_id: str) -> Publication | None:
        return looking.publication(self._api(account), external_id)

    def said_since(
        self, account: AccountAccess, message: OutboundMessage, since: datetime
    ) -> Iterator[Parsed]:
        return said.said_since(self._api(account), message, since)

    def backfill(self, account: AccountAccess, since: datetime) -> Iterator[Parsed]:
        return Backfill(api=self._api(account), since=since).values()

    def file_headers(self, account: AccountAccess, url: str) -> Mapping[str, str]:
        return self._api(account).file_headers(url)

    def renew(self, account: AccountAccess) -> Mapping[str, str]:
        return oauth.renew(self._settings, account)

    def check(self, account: AccountAccess) -> Health:
        return health.check(self._settings, account)

    # --- Other people's messages

    def hide(self, account: AccountAccess, external_id: str, *, hidden: bool = True) -> None:
        hiding.hide(self._api(account), external_id, hidden=hidden)

    # --- Answers

    def ways(self, thread: Sequence[ThreadMessage], account: AccountAccess) -> list[Way]:
        return ways.ways(thread, account, self._terms)

    def length(self, text: str, way: Way) -> int:
        return ways.length(text, way)

    def split(self, text: str, way: Way) -> list[str]:
        return split(text, way.limit, weighted_length, way.most_parts, numbered=True)

    def price(
        self, account: AccountAccess, target: Mapping[str, str], text: str, *, part: int = 1
    ) -> Price | None:
        return self._terms.price(target, text, part)

    def prices_as_of(self) -> date | None:
        return self._terms.as_of

    def send(self, account: AccountAccess, message: OutboundMessage) -> Sent:
        return sending.send(self._api(account), message, self._terms)

    def _api(self, account: AccountAccess) -> AccountApi:
        return AccountApi(self._settings, account)


def _rechecks(settings: TwitterSettings) -> Rechecks | None:
    if not settings.recheck_days:
        return None
    return Rechecks(every=RECHECK_EVERY, during=timedelta(days=settings.recheck_days))


def _ceiling(settings: TwitterSettings) -> Price | None:
    if settings.ceiling is None:
        return None
    return Price(amount=settings.ceiling, currency="USD")
