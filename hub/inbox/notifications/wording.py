"""What notifications say."""

from collections.abc import Callable

from flask_babel import gettext as _

from hub.inbox.notifications.choices import By, Rhythm
from hub.inbox.notifications.models import Kind, Notification
from hub.tickets.models import Event, EventKind

ICONS = {
    Kind.MENTIONED: "message-square",
    Kind.CONSULTED: "circle-question-mark",
    Kind.ANSWERED: "sticky-note",
    Kind.ASSIGNED: "user-plus",
    Kind.NOT_SENT: "circle-alert",
    Kind.MESSAGE: "mail",
    Kind.WOKEN: "calendar-clock",
    Kind.TRANSFERRED: "arrow-right-left",
    Kind.CLOSED: "archive",
}


def sentence(told: Notification) -> str:
    """What happened, in the reader's language. Nothing of what people wrote stands in it: it goes
    into e-mails as well."""
    by = told.event.user.name if told.event.user else _("An outside tool")
    return _SENTENCES[Kind(told.kind)](told.event, by)


def detail(told: Notification) -> str:
    """What the page shows below it, "" for nothing."""
    data = told.event.data
    return str(data.get("question") or data.get("reason") or "")


def kind_name(kind: Kind) -> str:
    """As the form of choices names it."""
    return {
        Kind.MENTIONED: _("A note names me or my department"),
        Kind.CONSULTED: _("I am, or my department is, asked about a ticket"),
        Kind.ANSWERED: _("My question is answered"),
        Kind.ASSIGNED: _("I am given a ticket"),
        Kind.NOT_SENT: _("An answer of mine was refused or held back, or may not have arrived"),
        Kind.MESSAGE: _("A citizen writes in a ticket that I have or follow"),
        Kind.WOKEN: _("A ticket that was put aside comes back"),
        Kind.TRANSFERRED: _("A ticket that I follow is transferred"),
        Kind.CLOSED: _("A ticket that I follow is closed"),
    }[kind]


def by_name(by: By) -> str:
    return {
        By.PAGE: _("In the page"),
        By.MAIL: _("In the page and by e-mail"),
        By.OFF: _("Not at all"),
    }[by]


def rhythm_name(rhythm: Rhythm) -> str:
    return {
        Rhythm.HOURLY: _("At most once an hour"),
        Rhythm.TWICE: _("In the morning and in the afternoon"),
        Rhythm.NEVER: _("No e-mail"),
    }[rhythm]


def _answered(event: Event, by: str) -> str:
    if event.kind == EventKind.CONSULTATION_ENDED:
        return _("%(by)s is done with your question", by=by)
    return _("%(by)s has answered your question", by=by)


def _not_sent(event: Event, _by: str) -> str:
    if event.kind == EventKind.CANCELLED:
        return _("Your answer was held back: somebody wrote before it was to leave")
    if event.kind == EventKind.UNSETTLED:
        return _("It is not known whether your answer arrived: somebody must look")
    return _("Your answer was refused")


def _transferred(event: Event, _by: str) -> str:
    return _("Transferred from %(old)s to %(new)s", old=event.data["old"], new=event.data["new"])


_SENTENCES: dict[Kind, Callable[[Event, str], str]] = {
    Kind.MENTIONED: lambda _event, by: _("%(by)s names you in a note", by=by),
    Kind.CONSULTED: lambda _event, by: _("%(by)s asks you something", by=by),
    Kind.ANSWERED: _answered,
    Kind.ASSIGNED: lambda _event, by: _("%(by)s gave you this ticket", by=by),
    Kind.NOT_SENT: _not_sent,
    Kind.MESSAGE: lambda _event, _by: _("The citizen wrote again"),
    Kind.WOKEN: lambda _event, _by: _("The time until which it was put aside has come"),
    Kind.TRANSFERRED: _transferred,
    Kind.CLOSED: lambda _event, by: _("%(by)s closed it", by=by),
}
