"""What is done to one ticket of a job: the same actions as by hand, under the right that the
person has at that time."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from hub.accounts.models import Role, User
from hub.deadlines.targets import Priority
from hub.extensions import db
from hub.inbox import composer, exposure, queries
from hub.inbox.bulk.models import Action, BulkItem
from hub.inbox.canned import filling
from hub.inbox.canned.queries import values_of
from hub.inbox.exposure import TellsPersonalData
from hub.outbox import actions as outbox
from hub.outbox import signing
from hub.outbox.refusals import CannotReply
from hub.routing.models import Department
from hub.tickets import actions, planning
from hub.tickets import queries as tickets
from hub.tickets.actions import AlreadyTaken, NotAllowedNow, TooManyTags
from hub.tickets.models import Message, State, Ticket

#: What a change needs to know, as it stands in BulkJob.args.
Args = Mapping[str, Any]


class Refused(Exception):
    """It cannot be done to this ticket. `code` is for wording.py, `detail` completes it."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def may_still(user: User, ticket: Ticket) -> None:
    """Raises Refused when this person may not change the ticket any more."""
    if not (user.active and user.may(Role.AGENT)):
        raise Refused("no_right")
    if not tickets.works_on(user, ticket):
        raise Refused("moved")


def do(action: Action, ticket: Ticket, user: User, args: Args) -> None:
    """One change. Raises Refused, and nothing was changed."""
    _DOING[action](ticket, user, args)


def answer(item: BulkItem, user: User, args: Args, *, leaves_in: timedelta) -> None:
    """Write the job's answer to one ticket, with its person's signature, and note in the same
    transaction which message it is. `text` and `mode`: what is said, and where (see
    `visibility_for`); `close`: close the ticket too. Raises Refused."""
    ticket = item.ticket

    def note(message: Message) -> None:
        item.message_id = message.id
        if args["close"] and ticket.state != State.CLOSED:
            actions.set_closed(ticket, by=user)

    visibility = visibility_for(ticket, args["mode"])
    try:
        refuse_personal_data(args["text"], visibility, user)
        outbox.reply(
            ticket,
            text_for(ticket, args["text"], user),
            visibility=visibility,
            by=user,
            signature=signing.signature(user, ticket),
            idempotency_key=f"bulk-{item.job_id}",
            leaves_in=leaves_in,
            also=note,
        )
    except CannotReply as problem:
        raise Refused("unanswerable", explain(problem)) from problem


def text_for(ticket: Ticket, text: str, user: User) -> str:
    """The text with what is this ticket's own."""
    return filling.fill(text, values_of(ticket, user))


def explain(problem: CannotReply) -> str:
    """Why a ticket cannot have the answer."""
    if isinstance(problem, TellsPersonalData):
        return _("Everybody could read the personal data in this answer: take it out.")
    return composer.explain(problem)


def refuse_personal_data(text: str, visibility: str, user: User) -> None:
    """Raises TellsPersonalData for what everybody would read: what goes to many is nobody's
    answer alone, so nobody can mean to tell it on purpose."""
    if visibility == "public" and exposure.of(text, user):
        raise TellsPersonalData


def visibility_for(ticket: Ticket, mode: str) -> str:
    """Where an answer goes that is to go "public", "private", or as each person wrote ("same")."""
    return ticket.visibility if mode == "same" else mode


def _take(ticket: Ticket, user: User, _args: Args) -> None:
    try:
        actions.take(ticket, user)
    except AlreadyTaken as error:
        raise Refused("taken", error.by.name) from error


def _assign(ticket: Ticket, user: User, args: Args) -> None:
    """`to`: a person's id; None lets the ticket go. What a colleague holds is a supervisor's to
    give away."""
    if args["to"] is not None and args["to"] not in dict(queries.candidates(ticket, user)):
        raise Refused("not_theirs")
    to = db.session.get_one(User, args["to"]) if args["to"] else None
    own = None if user.may(Role.SUPERVISOR) else (user.id,)
    try:
        actions.assign(ticket, to, by=user, instead_of=own)
    except AlreadyTaken as error:
        raise Refused("taken", error.by.name) from error


def _transfer(ticket: Ticket, user: User, args: Args) -> None:
    """`department`: an id. `reason`: for its agents."""
    department = db.session.get_one(Department, args["department"])
    try:
        actions.transfer(ticket, department, args["reason"], by=user)
    except NotAllowedNow as error:
        raise Refused("there_already") from error


def _tag(ticket: Ticket, user: User, args: Args) -> None:
    """`tag`: the word."""
    try:
        actions.tag(ticket, args["tag"], by=user)
    except TooManyTags as error:
        raise Refused("too_many_tags") from error


def _untag(ticket: Ticket, user: User, args: Args) -> None:
    actions.untag(ticket, args["tag"], by=user)


def _prioritise(ticket: Ticket, user: User, args: Args) -> None:
    """`priority`: a word of Priority."""
    planning.prioritise(ticket, Priority(args["priority"]), by=user)


def _snooze(ticket: Ticket, user: User, args: Args) -> None:
    """`until`: an instant in ISO 8601."""
    try:
        planning.snooze(ticket, datetime.fromisoformat(args["until"]), by=user)
    except NotAllowedNow as error:
        raise Refused("closed") from error


def _wake(ticket: Ticket, user: User, _args: Args) -> None:
    planning.wake(ticket, by=user)


def _close(ticket: Ticket, user: User, args: Args) -> None:
    """`needs_no_answer`: the history says so."""
    try:
        actions.close(ticket, by=user, needs_no_answer=bool(args.get("needs_no_answer")))
    except NotAllowedNow as error:
        raise Refused("closed") from error


def _reopen(ticket: Ticket, user: User, _args: Args) -> None:
    try:
        actions.reopen(ticket, by=user)
    except NotAllowedNow as error:
        raise Refused("open") from error


_DOING: Mapping[Action, Callable[[Ticket, User, Args], None]] = {
    Action.TAKE: _take,
    Action.ASSIGN: _assign,
    Action.TRANSFER: _transfer,
    Action.TAG: _tag,
    Action.UNTAG: _untag,
    Action.PRIORITY: _prioritise,
    Action.SNOOZE: _snooze,
    Action.WAKE: _wake,
    Action.CLOSE: _close,
    Action.REOPEN: _reopen,
}
