"""The web form, as the hub sees it."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    Channel,
    Health,
    OutboundMessage,
    Sent,
    ThreadMessage,
    Way,
)
from hub.channels.web import letter, mail
from hub.channels.web.sentences import SENTENCES
from hub.channels.web.settings import MailSettings

#: Characters. E-mail has no limit; this one keeps a page readable.
LIMIT = 20_000


class Web(Channel):
    """See hub.channels.base.Channel. An account is a form; it needs no credentials.

    Every answer stands on the citizen's tracking page from the moment it is written. E-mail
    brings a copy, when the council has a mail server and the citizen gave an address
    (`Author.handle`).
    """

    slug: ClassVar[str] = "web"
    label = _l("Web form")
    icon = "channel-web"
    sentences: Mapping[str, str] = SENTENCES
    signs = True

    def __init__(self, settings: MailSettings) -> None:
        self._mail = settings

    def ways(self, thread: Sequence[ThreadMessage], account: AccountAccess) -> list[Way]:
        """One private way: by e-mail ("email"), else on the tracking page alone ("page")."""
        inbound = [message for message in thread if message.direction == "in"]
        address = inbound[-1].author_handle if inbound else ""
        if self._mail.is_on and address:
            return [_way("email", _("E-mail"), _by_email(address), {"email": address})]
        return [_way("page", _("Tracking page"), _on_the_page_alone(address), {})]

    def send(self, account: AccountAccess, message: OutboundMessage) -> Sent:
        """E-mail it where it has an address; on the tracking page it stands already."""
        if not self._mail.is_on or not message.target.get("email"):
            return Sent(external_id=f"page:{message.marker}")
        email = letter.compose(message, self._mail.sender)
        mail.deliver(self._mail, email, email["To"].addresses[0].addr_spec)
        return Sent(external_id=letter.message_id(message, self._mail.sender))

    def check(self, account: AccountAccess) -> Health:
        """Say hello to the mail server, with the name and password it wants."""
        if not self._mail.is_on:
            return Health(facts={_("Mail server"): str(_("no mail server: tracking pages alone"))})
        try:
            with mail.connected(self._mail) as server:
                server.noop()
        except AccountBroken as error:
            return Health(problems=(str(self.sentences[error.code]),))
        return Health(facts={_("Mail server"): f"{self._mail.host}:{self._mail.port}"})


def _way(code: str, label: str, hint: str, target: Mapping[str, str]) -> Way:
    return Way(
        code=code,
        label=label,
        visibility="private",
        allowed=True,
        hint=hint,
        limit=LIMIT,
        target=target,
    )


def _by_email(address: str) -> str:
    return str(_("On the citizen's tracking page, and by e-mail to %(address)s.", address=address))


def _on_the_page_alone(address: str) -> str:
    if not address:
        return str(_("On the citizen's tracking page; they gave no e-mail address."))
    return str(_("On the citizen's tracking page; no mail server is connected."))
