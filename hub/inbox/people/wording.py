"""What agents are told about who is who."""

from collections.abc import Callable

from flask_babel import gettext as _

from hub.people.refusals import (
    CannotIdentify,
    LinkedElsewhere,
    LinkedOn,
    NoCode,
    NoPrivateWay,
    SamePerson,
    TicketsTogether,
    TooManyCodes,
    UndoneAlready,
    WrongCode,
)
from hub.people.suggestions import Suggestion


def reasons(suggestion: Suggestion) -> str:
    """Why two people may be one."""
    found = []
    if "email" in suggestion.reasons:
        found.append(_("same e-mail address"))
    if "name" in suggestion.reasons:
        found.append(_("same name"))
    if "department" in suggestion.reasons:
        found.append(_("wrote to the same department at about the same time"))
    if "tag" in suggestion.reasons:
        found.append(_("has a ticket with the same tag"))
    return ", ".join(found)


def how(word: str) -> str:
    """How an identity is known to be the person's."""
    return {"hand": _("linked by hand"), "code": _("proved by a code")}.get(word, "")


def field(name: str) -> str:
    """What a field of a person is called."""
    return {
        "name": _("Name"),
        "email": _("E-mail address"),
        "postal_address": _("Postal address"),
    }[name]


def refusal(problem: CannotIdentify) -> str:
    """Why it cannot be done, and what can."""
    match problem:
        case TicketsTogether(reference=reference):
            return _(
                "Tickets of both are merged in %(reference)s. Undo the merge first.",
                reference=reference,
            )
        case WrongCode(left=left) if left > 0:
            return _("This is not the code. Tries left: %(left)s.", left=left)
        case WrongCode():
            return _("This is not the code, and it cannot be tried any more. Send another one.")
        case _:
            return _PLAIN[type(problem)]()


_PLAIN: dict[type[CannotIdentify], Callable[[], str]] = {
    SamePerson: lambda: _("They are one person already."),
    LinkedElsewhere: lambda: _("A colleague has linked one of them meanwhile. Look again."),
    UndoneAlready: lambda: _("A colleague has undone it already."),
    LinkedOn: lambda: _("This person was linked with another one since. Undo that link first."),
    NoPrivateWay: lambda: _(
        "This person cannot be written to in private now, so no code can be sent."
    ),
    TooManyCodes: lambda: _("Enough codes were sent for today. Try again tomorrow."),
    NoCode: lambda: _("No code is awaited here any more. Send another one."),
}
