"""When the council leaves a network: nothing more comes in or goes out, and what the network's
terms want gone is erased.

X wants all its content deleted within 10 business days once access ends (developer agreement,
"Termination"). The file of each ticket stays: what the council answered, when, and by whom.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from hub.channels import accounts
from hub.channels.base import AccountBroken, Refused
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.intake import copies
from hub.intake.models import Delivery, KeptItem
from hub.outbox import results
from hub.people.models import Clue, Correction, IdentityLink, LinkedIdentity
from hub.tickets.actions import lock, set_unsettled, settle_clocks
from hub.tickets.history import record
from hub.tickets.models import (
    IN_DOUBT,
    ON_THEIR_WAY,
    Attachment,
    DeliveryStatus,
    Direction,
    Event,
    EventKind,
    Message,
    Revision,
    Ticket,
)
from hub.tickets.people import Contact, Identity

#: Lines of history that tell what somebody is called.
NAMING = (EventKind.NAMED, EventKind.IDENTIFIED, EventKind.SEPARATED, EventKind.CODE_SENT)
#: How many tickets are erased in one transaction.
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Left:
    """What a departure came to: answers that were stopped, tickets whose citizens' words are
    erased."""

    stopped: int
    erased: int


def leave(account: Account, *, erase: bool) -> Left:
    """Forget the account's credentials and stop the answers that have not left; their tickets
    wait for an answer again. The account stays in the list, and may be connected again.

    `erase` also removes what citizens wrote there, their names, and the raw deliveries. Nothing
    of that comes back. Commits in steps: run it again when it was interrupted.
    """
    account.sealed_credentials = ""
    accounts.pause(account, AccountBroken(accounts.DISCONNECTED))
    db.session.commit()
    stopped = sum(1 for _ in _stop(account.id))
    _leave_to_people(account.id)
    return Left(stopped, _erase(account) if erase else 0)


def _stop(account_id: int) -> Iterator[int]:
    """What is in a worker's hands right now is left to it."""
    waiting = db.session.scalars(
        select(Message.id).where(
            ON_THEIR_WAY,
            Message.account_id == account_id,
            Message.delivery.in_([DeliveryStatus.PENDING, DeliveryStatus.WAITING]),
        )
    ).all()
    for message_id in waiting:
        message = db.session.get_one(Message, message_id, with_for_update={"of": Message})
        if message.delivery in {DeliveryStatus.PENDING, DeliveryStatus.WAITING}:
            results.set_failed(message, Refused(accounts.DISCONNECTED))
            yield message_id
        db.session.commit()


def _leave_to_people(account_id: int) -> None:
    """Nobody can look any more for what may have been said: a person decides."""
    unknown = db.session.scalars(
        select(Message)
        .where(
            IN_DOUBT,
            Message.account_id == account_id,
            Message.delivery == DeliveryStatus.UNKNOWN,
            Message.next_at.is_not(None),
        )
        .with_for_update(of=Message)
    )
    for message in unknown:
        set_unsettled(message, why=accounts.DISCONNECTED)
    db.session.commit()


def _erase(account: Account) -> int:
    erased, after = 0, 0
    while tickets := _next_tickets(account.id, after):
        copies.forget(_erase_messages(account.id, tickets))
        erased, after = erased + len(tickets), tickets[-1]
    _erase_people(account.id)
    _erase_deliveries(account.channel)
    db.session.commit()
    return erased


def _next_tickets(account_id: int, after: int) -> list[int]:
    return list(
        db.session.scalars(
            select(Ticket.id)
            .where(Ticket.account_id == account_id, Ticket.id > after)
            .order_by(Ticket.id)
            .limit(AT_ONCE)
        )
    )


def _erase_messages(account_id: int, ticket_ids: Sequence[int]) -> list[str]:
    """Blank the citizens' words in these tickets, and commit. The line of history that tells a
    name goes too. Gives the keys of their files."""
    theirs = (
        Message.ticket_id.in_(ticket_ids),
        Message.account_id == account_id,
        Message.direction == Direction.IN,
    )
    ids = select(Message.id).where(*theirs).scalar_subquery()
    db.session.execute(delete(Revision).where(Revision.message_id.in_(ids)))
    keys = db.session.scalars(
        delete(Attachment).where(Attachment.message_id.in_(ids)).returning(Attachment.storage_key)
    ).all()
    db.session.execute(
        update(Message)
        .where(*theirs, Message.deleted_at.is_(None))
        .values(text="", notice="", details={}, deleted_at=now(), check_at=None)
    )
    db.session.execute(delete(Event).where(Event.ticket_id.in_(ticket_ids), Event.kind.in_(NAMING)))
    for ticket_id in ticket_ids:
        ticket = lock(ticket_id)
        ticket.subject = ""
        record(ticket, EventKind.ERASED)
        settle_clocks(ticket)
    db.session.commit()
    return [key for key in keys if key]


def _erase_people(account_id: int) -> None:
    """Those who are known here by another way keep the name they have there."""
    here = select(Identity.contact_id).where(Identity.account_id == account_id)
    elsewhere = select(Identity.contact_id).where(Identity.account_id != account_id)
    db.session.execute(
        update(Contact)
        .where(Contact.id.in_(here), Contact.id.not_in(elsewhere), Contact.email == "")
        .values(name="")
    )
    _erase_linked(account_id)
    theirs = select(Identity.id).where(Identity.account_id == account_id)
    db.session.execute(delete(Clue).where(Clue.identity_id.in_(theirs)))
    db.session.execute(
        update(Identity).where(Identity.account_id == account_id).values(name="", handle="")
    )


def _erase_linked(account_id: int) -> None:
    """Those who were known here alone, and count as somebody who is known elsewhere: their names,
    also where they were filled in, what was corrected, and why they were linked."""
    linked = (
        select(IdentityLink)
        .join(LinkedIdentity, LinkedIdentity.link_id == IdentityLink.id)
        .join(Identity, Identity.id == LinkedIdentity.identity_id)
        .join(IdentityLink.from_contact)
        .where(Identity.account_id == account_id, Contact.email == "")
    )
    for link in db.session.scalars(linked).unique():
        if link.undone_at is None and link.contact.name == link.from_contact.name:
            link.contact.name = "" if "name" in link.filled else link.contact.name
        link.from_contact.name = link.reason = ""
        db.session.execute(
            delete(Event).where(Event.ticket_id == link.ticket_id, Event.kind.in_(NAMING))
        )
    nameless = select(Contact.id).where(Contact.name == "", Contact.email == "")
    db.session.execute(delete(Correction).where(Correction.contact_id.in_(nameless)))
    # The search may have read the tickets once more, with the names, since their words went.
    known_here = select(Identity.contact_id).where(Identity.account_id == account_id)
    db.session.execute(
        update(Ticket).where(Ticket.contact_id.in_(known_here)).values(indexed_at=None)
    )


def _erase_deliveries(channel: str) -> None:
    """Raw deliveries name no account, so they go with the channel's last one."""
    others = select(Account.id).where(
        Account.channel == channel, Account.broken_because != accounts.DISCONNECTED
    )
    if db.session.scalar(others.limit(1)) is not None:
        return
    ids = select(Delivery.id).where(Delivery.channel == channel).scalar_subquery()
    db.session.execute(delete(KeptItem).where(KeptItem.delivery_id.in_(ids)))
    db.session.execute(delete(Delivery).where(Delivery.channel == channel))
