"""Writing a note that names people: whoever is named is told, and must see the ticket for that."""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _

from hub.accounts.models import User
from hub.inbox.colleagues import names, queries
from hub.routing.models import Department
from hub.tickets import actions, consulting
from hub.tickets import queries as tickets
from hub.tickets.consulting import AskedAlready
from hub.tickets.models import Message, State, Ticket

#: What is asked of those who come to see the ticket: the note, which may be long.
LONGEST_QUESTION = 1000


class Then(StrEnum):
    """What to do about people who do not see the ticket: ask whoever writes, ask them about it so
    that they do, or tell them nothing."""

    DECIDE = ""
    CONSULT = "consult"
    TELL_NOBODY = "nobody"


class NotSeenBy(Exception):
    """People are named who do not see the ticket. Nothing was kept."""

    def __init__(self, strangers: "Strangers") -> None:
        super().__init__(strangers.names)
        self.strangers = strangers


@dataclass(frozen=True, slots=True)
class Strangers:
    """Those who do not see the ticket, in words. `may_be_asked`: whoever writes may ask them."""

    names: str
    may_be_asked: bool

    @property
    def sentence(self) -> str:
        """What is said of them, before anything is kept."""
        return _("They do not see this ticket, and would not be told: %(names)s", names=self.names)


def write(ticket: Ticket, text: str, *, by: User, then: Then, key: str | None) -> Message:
    """Keep a note and tell those whom it names; those whom it asks are told of that alone. Raises
    NotSeenBy, unless `then` says what to do. To do it twice with one `key` is no matter."""
    found = names.meant(text)
    named = [name for bearers in found.values() for name in bearers if name.who != by]
    strangers = queries.strangers(ticket, named)
    may_be_asked = tickets.works_on(by, ticket) and ticket.state != State.CLOSED
    if strangers and (then == Then.DECIDE or (then == Then.CONSULT and not may_be_asked)):
        said = ", ".join(dict.fromkeys(name.name for name in strangers))
        raise NotSeenBy(Strangers(said, may_be_asked))
    if then == Then.CONSULT:
        for name in strangers:
            _ask(ticket, text, name.who, by)
    told = [name for name in named if name not in strangers]
    mentions = names.mentions(found, told)
    return actions.note(ticket, text, by=by, mentions=mentions, idempotency_key=key)


def _ask(ticket: Ticket, text: str, who: User | Department, by: User) -> None:
    question = text if len(text) <= LONGEST_QUESTION else f"{text[: LONGEST_QUESTION - 1]}…"
    with suppress(AskedAlready):  # named twice, by two names
        consulting.consult(ticket, question, asked=who, by=by)
