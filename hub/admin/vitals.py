"""What the hub itself knows of how its accounts are doing, for all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select

from hub.channels.models import Account
from hub.extensions import db
from hub.intake.models import Delivery, DeliveryState, Gap, KeptItem
from hub.tickets.models import FROM_CITIZENS, NOT_SENT, DeliveryStatus, Message
from hub.tickets.queries import doubted_since, is_undecided

#: How many gaps of each account are told of.
RECENT_GAPS = 3
TO_LEAVE = (
    DeliveryStatus.PENDING,
    DeliveryStatus.SENDING,
    DeliveryStatus.WAITING,
    DeliveryStatus.SCHEDULED,
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many there are, and since when the oldest has been."""

    number: int = 0
    oldest_at: datetime | None = None


@dataclass(slots=True)
class Vitals:
    """Of one account. Deliveries name no account before they are read: those figures are of its
    whole channel.

    `last_at`: when a citizen last wrote. `waiting`, `failed`: deliveries; `kept`: items that were
    kept aside. `outbound`: how many answers are to leave; `unknown`: those of unknown fate;
    `undecided`: those among them that the hub cannot find, so that a person must say what became
    of them. `gaps`: the latest, newest first.
    """

    last_at: datetime | None = None
    waiting: Backlog = Backlog()
    failed: Backlog = Backlog()
    kept: int = 0
    outbound: int = 0
    unknown: Backlog = Backlog()
    undecided: Backlog = Backlog()
    gaps: Sequence[Gap] = ()

    @property
    def given_up(self) -> Gap | None:
        """The latest gap, where the platform could not be asked for it within a day."""
        latest = self.gaps[0] if self.gaps else None
        return latest if latest and latest.next_at is None and latest.filled_at is None else None


def vitals() -> dict[int, Vitals]:
    """Account id -> its vitals, for every account. Six statements, however many there are."""
    deliveries, kept, messages, recent = _deliveries(), _kept(), _messages(), _gaps()
    undecided = _undecided()
    nothing = Backlog()
    heard = select(Account.id, Account.channel, _last_at())
    return {
        account_id: Vitals(
            last_at=last_at,
            waiting=deliveries.get((channel, DeliveryState.WAITING), nothing),
            failed=deliveries.get((channel, DeliveryState.FAILED), nothing),
            kept=kept.get(channel, 0),
            outbound=sum(messages.get((account_id, s), nothing).number for s in TO_LEAVE),
            unknown=messages.get((account_id, DeliveryStatus.UNKNOWN), nothing),
            undecided=undecided.get(account_id, nothing),
            gaps=recent.get(account_id, []),
        )
        for account_id, channel, last_at in db.session.execute(heard).all()
    }


def last_heard() -> list[tuple[str, str, datetime | None]]:
    """(channel, the platform's id, when a citizen last wrote) of every account."""
    query = select(Account.channel, Account.external_id, _last_at())
    return [(channel, key, last_at) for channel, key, last_at in db.session.execute(query)]


def _last_at() -> ScalarSelect[datetime]:
    return (
        select(Message.posted_at)
        .where(FROM_CITIZENS, Message.account_id == Account.id)
        .order_by(Message.posted_at.desc())
        .limit(1)
        .correlate(Account)
        .scalar_subquery()
    )


def _deliveries() -> dict[tuple[str, str], Backlog]:
    """By channel and state."""
    counted = (
        select(Delivery.channel, Delivery.state, func.count(), func.min(Delivery.received_at))
        .where(Delivery.state.in_([DeliveryState.WAITING, DeliveryState.FAILED]))
        .group_by(Delivery.channel, Delivery.state)
    )
    return {(key, state): Backlog(n, at) for key, state, n, at in db.session.execute(counted)}


def _kept() -> dict[str, int]:
    counted = (
        select(Delivery.channel, func.count(KeptItem.id))
        .join(KeptItem, KeptItem.delivery_id == Delivery.id)
        .group_by(Delivery.channel)
    )
    return dict(db.session.execute(counted).all())


def _messages() -> dict[tuple[int, str], Backlog]:
    """By account and delivery."""
    counted = (
        select(Message.account_id, Message.delivery, func.count(), func.min(doubted_since()))
        .where(NOT_SENT, Message.delivery.in_([*TO_LEAVE, DeliveryStatus.UNKNOWN]))
        .group_by(Message.account_id, Message.delivery)
    )
    return {(key, str(state)): Backlog(n, at) for key, state, n, at in db.session.execute(counted)}


def _undecided() -> dict[int, Backlog]:
    counted = (
        select(Message.account_id, func.count(), func.min(doubted_since()))
        .where(is_undecided())
        .group_by(Message.account_id)
    )
    return {key: Backlog(n, at) for key, n, at in db.session.execute(counted)}


def _gaps() -> dict[int, list[Gap]]:
    newest = func.row_number().over(partition_by=Gap.account_id, order_by=Gap.id.desc())
    ranked = select(Gap.id, newest.label("place")).subquery()
    query = select(Gap).join(ranked, ranked.c.id == Gap.id).where(ranked.c.place <= RECENT_GAPS)
    found: dict[int, list[Gap]] = {}
    for gap in db.session.scalars(query.order_by(Gap.id.desc())):
        found.setdefault(gap.account_id, []).append(gap)
    return found
