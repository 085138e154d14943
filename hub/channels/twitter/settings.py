"""What the council says about its X app and the access it has bought, from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal, Self, cast, get_args

from config import ConfigurationError
from hub.channels.environment import secrets, web_address, words

SETTINGS = (
    "TWITTER_ACCESS",
    "TWITTER_API_URL",
    "TWITTER_BEARER_TOKEN",
    "TWITTER_CLIENT_ID",
    "TWITTER_CLIENT_SECRET",
    "TWITTER_CONSUMER_KEY",
    "TWITTER_CONSUMER_SECRET",
    "TWITTER_CONSUMER_SECRET_PREVIOUS",
    "TWITTER_FILE_HOSTS",
    "TWITTER_FILE_ORIGINS",
    "TWITTER_MONTHLY_CEILING",
    "TWITTER_POLL_SECONDS",
    "TWITTER_RECHECK_DAYS",
)

Access = Literal["pay_per_use", "enterprise"]

#: X allows 15 questions for direct messages in 15 minutes, and a poll asks for little else.
SHORTEST_POLL = 15
LONGEST_POLL = 24 * 60 * 60
MOST_RECHECK_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class TwitterSettings:
    """Settings of the channel; the defaults let it start, and refuse every delivery.

    `consumer_key`: the app's API key. `consumer_secrets`: its present API secret first, then
    the one it replaces, if any.
    `client_id`, `client_secret`: of the app's OAuth 2, which a public client has no secret for.
    `api_url`: X's host, without version.
    `access`: what was bought, as X calls it.
    `poll_every`: None when X is not asked for what is new. `recheck_days`: 0 when citizens'
    posts are not looked at again.
    `ceiling`: the most that answers may cost in one month of UTC, in US dollars, for each
    account; None for no ceiling.
    """

    consumer_key: str = ""
    consumer_secrets: tuple[str, ...] = field(default=(), repr=False)
    bearer_token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_url: str = "https://api.x.com"
    access: Access = "pay_per_use"
    poll_every: timedelta | None = timedelta(seconds=120)
    recheck_days: int = 30
    ceiling: Decimal | None = None
    file_hosts: tuple[str, ...] = ("twimg.com", "ton.twitter.com")
    file_origins: tuple[str, ...] = ()

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read and check. Raises ConfigurationError with a sentence that names the setting."""
        return cls(
            consumer_key=environ.get("TWITTER_CONSUMER_KEY", "").strip(),
            consumer_secrets=secrets(environ, "TWITTER_CONSUMER_SECRET"),
            bearer_token=environ.get("TWITTER_BEARER_TOKEN", "").strip(),
            client_id=environ.get("TWITTER_CLIENT_ID", "").strip(),
            client_secret=environ.get("TWITTER_CLIENT_SECRET", "").strip(),
            api_url=_api_url(environ.get("TWITTER_API_URL") or cls.api_url),
            access=_access(environ.get("TWITTER_ACCESS") or cls.access),
            poll_every=_poll_every(environ.get("TWITTER_POLL_SECONDS") or "120"),
            recheck_days=_recheck_days(environ.get("TWITTER_RECHECK_DAYS") or "30"),
            ceiling=_ceiling(environ.get("TWITTER_MONTHLY_CEILING", "")),
            file_hosts=words(environ.get("TWITTER_FILE_HOSTS", "")) or cls.file_hosts,
            file_origins=words(environ.get("TWITTER_FILE_ORIGINS", "")),
        )

    @property
    def consumer_secret(self) -> str:
        """The secret to sign with, "" when none is set."""
        return self.consumer_secrets[0] if self.consumer_secrets else ""


def _api_url(url: str) -> str:
    url = web_address("TWITTER_API_URL", url)
    if re.search(r"/(1\.1|2)$", url):
        raise ConfigurationError(
            f"TWITTER_API_URL is {url!r}: leave the version out, the hub adds it."
        )
    return url


def _access(text: str) -> Access:
    name = text.strip().lower()
    if name not in get_args(Access):
        raise ConfigurationError(f"TWITTER_ACCESS is {text!r}: write pay_per_use or enterprise.")
    return cast(Access, name)


def _poll_every(text: str) -> timedelta | None:
    seconds = _whole_number(text)
    if seconds == 0:
        return None
    if seconds is None or not SHORTEST_POLL <= seconds <= LONGEST_POLL:
        raise ConfigurationError(
            f"TWITTER_POLL_SECONDS is {text!r}: write a whole number from {SHORTEST_POLL} to "
            f"{LONGEST_POLL}, or 0 to ask X for nothing."
        )
    return timedelta(seconds=seconds)


def _recheck_days(text: str) -> int:
    days = _whole_number(text)
    if days is None or days > MOST_RECHECK_DAYS:
        raise ConfigurationError(
            f"TWITTER_RECHECK_DAYS is {text!r}: write a whole number of days up to "
            f"{MOST_RECHECK_DAYS}, or 0 to look at no post again."
        )
    return days


def _ceiling(text: str) -> Decimal | None:
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,2})?", text) or Decimal(text) == 0:
        raise ConfigurationError(
            f"TWITTER_MONTHLY_CEILING is {text!r}: write an amount of US dollars such as 50 or "
            "49.90, or nothing for no ceiling."
        )
    return Decimal(text)


def _whole_number(text: str) -> int | None:
    """None for anything but a whole number of reasonable length."""
    text = text.strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
