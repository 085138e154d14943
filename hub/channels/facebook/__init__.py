"""The Facebook channel: a page's wall and its Messenger conversations."""

from collections.abc import Mapping

from hub.channels.base import Channel
from hub.channels.facebook.channel import Facebook
from hub.channels.facebook.settings import SETTINGS, FacebookSettings

__all__ = ["SETTINGS", "create"]


def create(environ: Mapping[str, str]) -> Channel:
    """The channel with the settings of `environ` (their names: SETTINGS).

    Raises ConfigurationError with the sentence to show when one is unusable.
    """
    return Facebook(FacebookSettings.from_environ(environ))
