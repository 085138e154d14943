"""Reading canned replies, and filling them for a ticket."""

from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from hub.accounts.languages import DEFAULT
from hub.accounts.models import Role, User
from hub.clock import now
from hub.extensions import db
from hub.formats import day
from hub.inbox.canned import filling
from hub.inbox.canned.filling import Values
from hub.inbox.canned.models import CannedReply
from hub.outbox import signing
from hub.tickets.models import Ticket

#: More than anybody reads through; a council that has more searches.
MOST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A canned reply as it stands for one ticket. `plain`: in plain language, "" without one."""

    id: int
    title: str
    shortcut: str
    department: str
    language: str
    text: str
    plain: str


def for_ticket(ticket: Ticket, user: User) -> list[Filled]:
    """Those that fit the ticket's department, filled. One statement."""
    fitting = or_(
        CannedReply.department_id.is_(None), CannedReply.department_id == ticket.department_id
    )
    query = select(CannedReply).where(CannedReply.active, fitting)
    ordered = query.options(joinedload(CannedReply.department)).order_by(
        CannedReply.department_id.is_(None), CannedReply.position, CannedReply.title
    )
    values = values_of(ticket, user)
    return [_filled(reply, values) for reply in db.session.scalars(ordered.limit(MOST))]


def one_for_ticket(ticket: Ticket, user: User, key: int) -> Filled | None:
    """One of them."""
    return next((reply for reply in for_ticket(ticket, user) if reply.id == key), None)


def matching(replies: list[Filled], words: str) -> list[Filled]:
    """Those that hold every word, whatever its accents, as the list beside the composer has it."""
    wanted = filling.folded(words).split()
    return [
        reply
        for reply in replies
        if all(
            word in filling.folded(f"{reply.shortcut} {reply.title} {reply.text}")
            for word in wanted
        )
    ]


def editable_by(user: User) -> list[CannedReply]:
    """Those on the settings page: all for administrators; for supervisors those of all departments,
    to read, and of their own, to change."""
    query = select(CannedReply).options(joinedload(CannedReply.department))
    if not user.may(Role.ADMIN):
        query = query.where(
            or_(
                CannedReply.department_id.is_(None),
                CannedReply.department_id.in_(user.department_ids),
            )
        )
    return list(db.session.scalars(query.order_by(CannedReply.position, CannedReply.title)))


def may_change(user: User, reply: CannedReply) -> bool:
    """Administrators change all, supervisors those of their departments."""
    return user.may(Role.ADMIN) or (
        user.may(Role.SUPERVISOR) and reply.department_id in user.department_ids
    )


def values_of(ticket: Ticket, user: User) -> Values:
    """What is known for this ticket, in French, as answers to citizens are."""
    first_name, surname = filling.names_of(ticket.contact.name)
    token, settings = ticket.tracking_token, current_app.config["HUB"]
    with force_locale(DEFAULT):
        return Values(
            first_name=first_name,
            surname=surname,
            reference=ticket.reference,
            service=ticket.department.name,
            agent=signing.public_name(user),
            date=day(now()),
            link=f"{settings.base_url}/suivi/{token}" if token else "",
        )


def _filled(reply: CannedReply, values: Values) -> Filled:
    return Filled(
        id=reply.id,
        title=reply.title,
        shortcut=reply.shortcut,
        department=reply.department.name if reply.department else "",
        language=reply.language,
        text=filling.fill(reply.body, values),
        plain=filling.fill(reply.plain_body, values),
    )
