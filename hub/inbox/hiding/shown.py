"""What the page of a ticket offers about public messages of citizens: to hide them, and to go on in
private where they hold personal data."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import gettext as _

from hub.accounts.languages import DEFAULT
from hub.accounts.models import User
from hub.channels.registry import channel_name, sentence
from hub.inbox import composer, exposure
from hub.inbox.composer import Draft
from hub.outbox.hiding import actions, queries
from hub.outbox.hiding.models import Hiding, HidingState
from hub.tickets.models import Direction, Message, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`exposed`: kinds of personal data that everybody can read in it. `said`: what has become of
    the last wish, in words. `may_ask`: the platform can be asked now."""

    exposed: Sequence[str]
    said: str
    may_ask: bool


def of(thread: Sequence[Message], user: User) -> dict[int, Shown]:
    """Message id -> what is offered, for the messages of a thread that anything is offered of. One
    statement where there are any."""
    askable = [message for message in thread if actions.may_be_asked(message)]
    wishes = queries.latest(message.id for message in askable)
    found = {message.id: _shown(message, wishes.get(message.id), user) for message in askable}
    exposed = (message for message in thread if _is_public(message) and message.id not in found)
    for message in exposed:
        if kinds := _kinds(message, user):
            found[message.id] = Shown(exposed=kinds, said="", may_ask=False)
    return found


def in_private(ticket: Ticket) -> Draft:
    """The first words of going on in private, in French as official answers are. The general answer
    of the composer where no private way is open."""
    private = (choice for choice in composer.choices(ticket) if not choice.is_public)
    way = next((choice.code for choice in private if choice.allowed), "")
    if not way:
        return Draft()
    with force_locale(DEFAULT):
        why = _(
            "Your public message shows personal information, and everybody could read it. To "
            "protect you, let us go on here: only you and our services read this."
        )
        text = "\n\n".join([_("Hello,"), why])
    return Draft(text=text, way=way)


def _shown(message: Message, wish: Hiding | None, user: User) -> Shown:
    is_open = wish is not None and wish.state == HidingState.ASKED
    return Shown(
        exposed=() if message.hidden_at else _kinds(message, user),
        said=_said(message, wish) if wish else "",
        may_ask=not is_open,
    )


def _is_public(message: Message) -> bool:
    return (
        message.direction == Direction.IN
        and message.visibility == "public"
        and message.deleted_at is None
        and message.hidden_at is None
    )


def _kinds(message: Message, user: User) -> list[str]:
    return list(dict.fromkeys(one.label for one in exposure.of(message.text, user)))


def _said(message: Message, wish: Hiding) -> str:
    channel = message.account.channel
    if wish.state == HidingState.ASKED:
        return _("%(channel)s is being asked.", channel=channel_name(channel))
    if wish.state == HidingState.DONE:
        return ""
    reason = sentence(channel, wish.error_code) if wish.error_code == "cannot_hide" else ""
    return reason or _(
        "%(channel)s did not do it (%(detail)s). Look there, or ask a supervisor.",
        channel=channel_name(channel),
        detail=wish.error_detail or wish.error_code,
    )
