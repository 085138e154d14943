"""The web form, as the hub sees it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    Author,
    BadHandshake,
    BadSignature,
    Health,
    NotOurs,
    OutboundMessage,
    Parsed,
    Publication,
    Sent,
    ThreadMessage,
    Way,
)
from hub.channels.web import letter, mail
from hub.channels.web.sentences import SENTENCES
from hub.channels.web.settings import MailSettings

#: Characters. E-mail has no limit; this one keeps a page readable.
LIMIT = 20_000


class Web:
    """See hub.channels.base.Channel. An account is a form; it needs no credentials.

    Every answer stands on the citizen's tracking page from the moment it is written. E-mail
    brings a copy, when the council has a mail server and the citizen gave an address
    (`Author.handle`).
    """

    slug: ClassVar[str] = "web"
    label = _l("Web form")
    sentences: Mapping[str, str] = SENTENCES
    file_hosts: Sequence[str] = ()
    file_origins: Sequence[str] = ()
    receives_hooks = False

    def __init__(self, settings: MailSettings) -> None:
        self._mail = settings

    def handshake(self, query: Mapping[str, str]) -> tuple[str, str]:
        raise BadHandshake("forms have no webhook")

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        raise BadSignature("forms have no webhook")

    def check_envelope(self, body: bytes) -> None:
        raise NotOurs("Forms have no webhook.")

    def parse(self, body: bytes) -> list[Parsed]:
        return []

    def ways(self, thread: Sequence[ThreadMessage], account: AccountAccess) -> list[Way]:
        """One private way: by e-mail ("email"), else on the tracking page alone ("page")."""
        inbound = [message for message in thread if message.direction == "in"]
        address = inbound[-1].author_handle if inbound else ""
        if self._mail.is_on and address:
            return [_way("email", _by_email(address), {"email": address})]
        return [_way("page", _on_the_page_alone(address), {})]

    def length(self, text: str) -> int:
        return len(text)

    def send(self, account: AccountAccess, message: OutboundMessage) -> Sent:
        """E-mail it where it has an address; on the tracking page it stands already."""
        if not self._mail.is_on or not message.target.get("email"):
            return Sent(external_id=f"page:{message.marker}")
        email = letter.compose(message, self._mail.sender)
        mail.deliver(self._mail, email, email["To"].addresses[0].addr_spec)
        return Sent(external_id=letter.message_id(message, self._mail.sender))

    def author(self, account: AccountAccess, external_id: str) -> Author | None:
        """People name themselves on a form."""
        return None

    def publication(self, account: AccountAccess, external_id: str) -> Publication | None:
        """A form stands under no publication."""
        return None

    def backfill(self, account: AccountAccess, since: datetime) -> Iterator[Parsed]:
        """What was written on a form was filed when it was sent: there is nothing to fetch."""
        return iter(())

    def check(self, account: AccountAccess) -> Health:
        """Say hello to the mail server, with the name and password it wants."""
        if not self._mail.is_on:
            return Health(facts={"mail": str(_("no mail server: tracking pages alone"))})
        try:
            with mail.connected(self._mail) as server:
                server.noop()
        except AccountBroken as error:
            return Health(problems=(str(self.sentences[error.code]),))
        return Health(facts={"mail": f"{self._mail.host}:{self._mail.port}"})


def _way(code: str, hint: str, target: Mapping[str, str]) -> Way:
    return Way(code=code, visibility="private", allowed=True, hint=hint, limit=LIMIT, target=target)


def _by_email(address: str) -> str:
    return str(_("On the citizen's tracking page, and by e-mail to %(address)s.", address=address))


def _on_the_page_alone(address: str) -> str:
    if not address:
        return str(_("On the citizen's tracking page; they gave no e-mail address."))
    return str(_("On the citizen's tracking page; no mail server is connected."))
