"""Facebook pages and Messenger, as the hub sees them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from hub.channels.base import (
    AccountAccess,
    Author,
    BadHandshake,
    Channel,
    Health,
    OutboundMessage,
    Parsed,
    Publication,
    Sent,
    ThreadMessage,
    Way,
)
from hub.channels.facebook import (
    health,
    hiding,
    parse,
    posts,
    profile,
    reading,
    said,
    sending,
    signature,
    ways,
)
from hub.channels.facebook.backfill import Backfill
from hub.channels.facebook.client import Graph
from hub.channels.facebook.sentences import SENTENCES
from hub.channels.facebook.settings import FacebookSettings


class Facebook(Channel):
    """See hub.channels.base.Channel. An account is a page; its credentials hold
    `access_token`, the page's token."""

    slug: ClassVar[str] = "facebook"
    label = "Facebook"
    icon = "channel-facebook"
    sentences: Mapping[str, str] = SENTENCES
    receives_hooks = True
    hides = True

    def __init__(self, settings: FacebookSettings) -> None:
        self._settings = settings
        self.file_hosts: Sequence[str] = settings.file_hosts
        self.file_origins: Sequence[str] = settings.file_origins

    def handshake(self, query: Mapping[str, str]) -> tuple[str, str]:
        """Meta's challenge as plain text. Refused without an app secret too: Meta would start
        to deliver, see every delivery refused, and switch the subscription off."""
        if not self._settings.app_secrets:
            raise BadHandshake("no FACEBOOK_APP_SECRET is set")
        return signature.answer_handshake(self._settings.verify_token, query), "text/plain"

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        signature.verify_delivery(self._settings.app_secrets, headers, body)

    def check_envelope(self, body: bytes) -> None:
        reading.entries(body)

    def parse(self, body: bytes) -> list[Parsed]:
        return parse.parse(body, self._settings.app_id)

    def ways(self, thread: Sequence[ThreadMessage], account: AccountAccess) -> list[Way]:
        return ways.ways(thread, human_agent=self._human_agent(account))

    def length(self, text: str, way: Way) -> int:
        return ways.length(text)

    def send(self, account: AccountAccess, message: OutboundMessage) -> Sent:
        return sending.send(
            self._graph(account),
            account.external_id,
            message,
            human_agent=self._human_agent(account),
        )

    def hide(self, account: AccountAccess, external_id: str, *, hidden: bool = True) -> None:
        hiding.hide(self._graph(account), external_id, hidden=hidden)

    def author(self, account: AccountAccess, external_id: str) -> Author | None:
        return profile.author(self._graph(account), external_id)

    def publication(self, account: AccountAccess, external_id: str) -> Publication | None:
        return posts.publication(self._graph(account), external_id)

    def said_since(
        self, account: AccountAccess, message: OutboundMessage, since: datetime
    ) -> Iterator[Parsed]:
        return said.said_since(self._graph(account), account.external_id, message, since)

    def backfill(self, account: AccountAccess, since: datetime) -> Iterator[Parsed]:
        graph = self._graph(account)
        return Backfill(graph=graph, page_id=account.external_id, since=since).values()

    def check(self, account: AccountAccess) -> Health:
        return health.check(self._settings, account)

    def subscribe(self, account: AccountAccess) -> None:
        """Have the page deliver to our app; for when it is connected. Safe to repeat. Raises
        ChannelError."""
        health.subscribe(self._graph(account), account.external_id)

    def _graph(self, account: AccountAccess) -> Graph:
        return Graph(settings=self._settings, token=account.credentials.get("access_token", ""))

    def _human_agent(self, account: AccountAccess) -> bool:
        """Approved by Meta for one account, or for the whole app."""
        return bool(account.features.get("human_agent", self._settings.human_agent))
