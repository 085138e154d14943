"""Does an account work? Asked of the platform, told in words."""

from flask_babel import gettext as _

from hub.channels import registry
from hub.channels.accounts import DISCONNECTED, access
from hub.channels.base import ChannelError, Health, RetryLater
from hub.channels.credentials import CredentialsUnreadable
from hub.channels.models import Account


def ask(account: Account) -> Health:
    """What a check of this account finds. An account that was disconnected has nothing to ask
    with. Raises RetryLater when the platform cannot be reached.

    Call it with no transaction open: it asks the platform.
    """
    channel = registry.all_channels().get(account.channel)
    if channel is None:
        return Health(problems=(said(account.channel, "channel-off"),))
    if account.broken_because == DISCONNECTED:
        return Health(problems=(said(account.channel, DISCONNECTED),))
    try:
        return channel.check(access(account))
    except CredentialsUnreadable:
        return Health(problems=(credentials_unreadable(),), deaf=True)
    except RetryLater:
        raise
    except ChannelError as error:
        problem = _with_detail(said(account.channel, error.code), error.detail)
        return Health(problems=(problem,), deaf=True)


def unreachable(error: RetryLater) -> str:
    """The sentence for a platform that could not be asked."""
    sentence = _("The platform could not be reached. Check again in a few minutes.")
    return _with_detail(sentence, error.detail)


def said(channel: str, code: str) -> str:
    """The sentence for an error code of a channel; the code itself when nobody has one."""
    if code == "credentials-unreadable":
        return credentials_unreadable()
    if code == DISCONNECTED:
        return _("The council has disconnected this account. Connect it again to use it.")
    if code == "internal":
        return _("The hub itself failed at it; its log says why. It tries again by itself.")
    if code == "channel-off":
        return _("The channel %(name)s is not in the setting CHANNELS.", name=channel)
    return registry.sentence(channel, code) or code


def said_of_question(channel: str, code: str) -> str:
    """The same where the platform was asked and nothing was to be sent: what is said of an answer
    that was refused speaks of a text that is kept."""
    if code == "invalid":
        return _("The platform refused the question as badly formed. The log of the hub has more.")
    return said(channel, code)


def credentials_unreadable() -> str:
    return _(
        "SECRET_KEY has changed since this account was connected, so its credentials cannot be "
        "read. Connect the account again."
    )


def _with_detail(sentence: str, detail: str) -> str:
    return f"{sentence} ({detail})" if detail else sentence
