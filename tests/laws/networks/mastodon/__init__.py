"""The Mastodon channel: posts that mention the council's account, and private mentions."""

from collections.abc import Mapping

from hub.channels.base import Channel
from hub.channels.mastodon.channel import Mastodon
from hub.channels.mastodon.settings import SETTINGS, MastodonSettings

__all__ = ["SETTINGS", "create"]


def create(environ: Mapping[str, str]) -> Channel:
    """The channel with the settings of `environ` (their names: SETTINGS).

    Raises ConfigurationError with the sentence to show when one is unusable.
    """
    return Mastodon(MastodonSettings.from_environ(environ))
