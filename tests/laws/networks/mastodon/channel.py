"""Mastodon, as the hub sees it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from hub.channels.base import (
    AccountAccess,
    Channel,
    Echo,
    Health,
    OutboundMessage,
    Parsed,
    Polled,
    Publication,
    Rechecks,
    Refused,
    Sent,
    ThreadMessage,
    Way,
)
from hub.channels.mastodon import health, parse, polling, sending, ways
from hub.channels.mastodon.client import Server
from hub.channels.mastodon.sentences import SENTENCES
from hub.channels.mastodon.settings import MastodonSettings
from hub.channels.splitting import split
from hub.channels.untrusted import mapping, web_address

RECHECKS = Rechecks(every=timedelta(hours=12), during=timedelta(days=30))


class Mastodon(Channel):
    """See hub.channels.base.Channel. An account is known as `id@host`, for servers number their
    accounts each for itself; its credentials hold `server` (https://host) and `access_token`."""

    slug: ClassVar[str] = "mastodon"
    label = "Mastodon"
    icon = "megaphone"
    sentences: Mapping[str, str] = SENTENCES
    rechecks = RECHECKS

    def __init__(self, settings: MastodonSettings) -> None:
        self.file_hosts: Sequence[str] = settings.file_hosts
        self.file_origins: Sequence[str] = settings.file_origins
        self.poll_every = settings.poll_every

    def hosts_of_files(self, account: AccountAccess) -> Sequence[str]:
        """The account's own server keeps copies of what other servers hold."""
        own = urlsplit(account.credentials.get("server", "")).hostname
        return [*self.file_hosts, own] if own else self.file_hosts

    def poll(self, account: AccountAccess, cursor: Mapping[str, Any]) -> Iterator[Polled]:
        return polling.poll(Server.of(account), account.external_id, cursor)

    def look(self, account: AccountAccess, external_ids: Sequence[str]) -> Iterator[Parsed]:
        return polling.look(Server.of(account), account.external_id, external_ids)

    def publication(self, account: AccountAccess, external_id: str) -> Publication | None:
        try:
            raw = mapping(Server.of(account).get(f"v1/statuses/{external_id}"))
        except Refused:
            return None
        post = parse.post(raw, account.external_id)
        if not isinstance(post, Echo):
            return None
        link = web_address(raw.get("url")) or ""
        return Publication(external_id=external_id, permalink=link, text=post.text)

    def check(self, account: AccountAccess) -> Health:
        return health.check(account)

    def ways(self, thread: Sequence[ThreadMessage], account: AccountAccess) -> list[Way]:
        return ways.ways(thread)

    def length(self, text: str, way: Way) -> int:
        return ways.length(text)

    def split(self, text: str, way: Way) -> list[str]:
        return split(text, way.limit, ways.length, way.most_parts, numbered=True)

    def send(self, account: AccountAccess, message: OutboundMessage) -> Sent:
        return sending.send(Server.of(account), account.external_id, message)
