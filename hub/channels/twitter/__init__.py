"""The X (Twitter) channel: public posts and direct messages."""

from collections.abc import Mapping

from hub.channels.base import Channel
from hub.channels.twitter.channel import Twitter
from hub.channels.twitter.settings import SETTINGS, TwitterSettings

__all__ = ["SETTINGS", "create"]


def create(environ: Mapping[str, str]) -> Channel:
    """The channel with the settings of `environ` (their names: SETTINGS).

    Raises ConfigurationError with the sentence to show when one is unusable.
    """
    return Twitter(TwitterSettings.from_environ(environ))
