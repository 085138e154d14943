"""What stands in the place of a file that is not there: words, never codes."""

from flask_babel import gettext as _

from hub.channels import registry
from hub.tickets.models import Attachment, FileState


def words(attachment: Attachment, channel: str) -> str:
    """What was there, or why there is no copy of it, in the reader's language. `channel`: the
    slug of the ticket's channel."""
    if attachment.state == FileState.PENDING:
        name = registry.channel_name(channel)
        return _("A file that is being copied from %(channel)s", channel=name)
    if attachment.label:
        return _labelled(attachment, channel)
    name = attachment.name or _("A file")
    return f"{name} – {reason(attachment.error_code)}"


def _labelled(attachment: Attachment, channel: str) -> str:
    """Channels write a code, and after it a detail: an address and a place are worth reading."""
    code, _colon, detail = attachment.label.partition(": ")
    sentence = registry.sentence(channel, f"file_{code}")
    if not sentence:
        return attachment.name or _("A file that could not be fetched")
    return f"{sentence} {detail}" if code in {"link", "location"} and detail else sentence


def reason(code: str) -> str:
    """Why there is no copy of a file, after its name."""
    reasons = {
        "address_refused": _("not copied: it is not on the platform's own servers"),
        "gone": _("not copied: it was gone from the platform"),
        "too_large": _("not copied: it is too large"),
        "too_many_redirects": _("not copied: the platform sent us round in circles"),
        "unreachable": _("not copied: the platform could not be reached"),
        "busy": _("not copied: the platform was busy"),
        "too_slow": _("not copied: it came too slowly"),
        "channel-off": _("not copied: the account was not connected"),
    }
    return reasons.get(code, _("not copied"))
