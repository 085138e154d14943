"""What the council says about Mastodon, from the environment. The server and the token belong to
each account and are given when it is connected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from config import ConfigurationError
from hub.channels.environment import words

SETTINGS = ("MASTODON_FILE_HOSTS", "MASTODON_FILE_ORIGINS", "MASTODON_POLL_SECONDS")


@dataclass(frozen=True, kw_only=True)
class MastodonSettings:
    """`file_hosts`: where servers keep files besides their own host."""

    file_hosts: tuple[str, ...] = ()
    file_origins: tuple[str, ...] = ()
    poll_every: timedelta = timedelta(seconds=60)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read and check. Raises ConfigurationError with a sentence that names the setting."""
        return cls(
            file_hosts=words(environ.get("MASTODON_FILE_HOSTS", "")),
            file_origins=words(environ.get("MASTODON_FILE_ORIGINS", "")),
            poll_every=_seconds(environ.get("MASTODON_POLL_SECONDS") or "60"),
        )


def _seconds(text: str) -> timedelta:
    if not (text.isascii() and text.isdecimal() and 10 <= int(text[:9]) <= 86_400):
        raise ConfigurationError(
            f"MASTODON_POLL_SECONDS is {text!r}: write a whole number from 10 to 86400."
        )
    return timedelta(seconds=int(text))
