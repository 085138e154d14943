"""The council's own form: citizens write on a public page, and read answers on their tracking
page and by e-mail."""

from collections.abc import Mapping

from hub.channels.base import Channel
from hub.channels.web.channel import Web
from hub.channels.web.settings import SETTINGS, MailSettings

__all__ = ["SETTINGS", "create"]


def create(environ: Mapping[str, str]) -> Channel:
    """The channel with the settings of `environ` (their names: SETTINGS).

    Raises ConfigurationError with the sentence to show when one is unusable.
    """
    return Web(MailSettings.from_environ(environ))
