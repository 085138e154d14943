"""The e-mail a citizen receives: plain text in French, whole without any picture or link."""

from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from flask_babel import gettext as _

from hub.channels.base import OutboundMessage, Refused
from hub.clock import now

#: Beginnings of a text that greets by itself.
GREETINGS = ("bonjour", "bonsoir", "madame", "monsieur", "cher", "chère", "mesdames", "messieurs")


def compose(message: OutboundMessage, sender: Address) -> EmailMessage:
    """The whole e-mail for `message.target["email"]`, ready for the wire.

    The same message always has the same Message-ID, so a copy that arrives twice is recognised.
    Raises Refused when the address cannot stand in a header.
    """
    context = message.context
    email = EmailMessage()
    email["From"] = sender
    email["To"] = recipient(message.target["email"])
    email["Subject"] = _one_line(_subject(context))
    email["Date"] = format_datetime(now())
    email["Message-ID"] = message_id(message, sender)
    email["References"] = f"<{_one_line(context.get('reference', 'hub'))}@{sender.domain}>"
    if context.get("automatic"):
        email["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine may answer
        email["X-Auto-Response-Suppress"] = "All"
    email.set_content(_text(message), charset="utf-8", cte="quoted-printable")
    return email


def message_id(message: OutboundMessage, sender: Address) -> str:
    return f"<{message.marker}@{sender.domain}>"


def recipient(text: str) -> Address:
    """The address with its domain as mail servers know it (IDNA). Raises Refused."""
    local, _at, domain = text.rpartition("@")
    try:
        if not local.isascii() or not local:
            raise ValueError("a local part that is empty or not ASCII")
        return Address(addr_spec=f"{local}@{domain.encode('idna').decode()}")
    except (UnicodeError, ValueError, IndexError) as error:
        raise Refused("mail-address") from error


def _subject(context: Mapping[str, str]) -> str:
    """Nothing that the citizen typed stands here: an address given on the form may be that of
    somebody else, who must not be sent a stranger's words."""
    reference = context.get("reference", "")
    if context.get("code"):
        return str(_("Your code (%(reference)s)", reference=reference))
    if context.get("automatic"):
        return str(_("We have received your message (%(reference)s)", reference=reference))
    return str(_("Answer to your message (%(reference)s)", reference=reference))


def _text(message: OutboundMessage) -> str:
    parts = (
        "" if _greets(message.text) else _("Hello,"),
        message.text.strip(),
        _signature(message.context),
        _footer(message.context),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _greets(text: str) -> bool:
    return text.lstrip().casefold().startswith(GREETINGS)


def _signature(context: Mapping[str, str]) -> str:
    """First name, surname, role and service of the agent (CRPA L111-2), and the council."""
    lines = (
        context.get("author_name", ""),
        context.get("author_title", ""),
        context.get("organisation", ""),
    )
    return "\n".join(line for line in lines if line)


def _footer(context: Mapping[str, str]) -> str:
    """After the two hyphens and a space by which mail programs know a footer (RFC 3676)."""
    lines = ["-- ", _("Reference: %(reference)s", reference=context.get("reference", ""))]
    if url := context.get("tracking_url"):
        lines += [
            _("To read the whole exchange or write to us again, open your tracking page:"),
            url,
            _("This address is private: whoever has it can read your exchange."),
            _("Please do not answer this e-mail: write on your tracking page."),
        ]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    """A header never holds a line break, wherever its words come from."""
    return " ".join(text.split())
