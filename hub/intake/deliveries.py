"""Raw deliveries: stored in the request, processed by a worker, kept for inspection.

Deliveries are taken a handful at a time, with a lease, so the death of a worker only delays them.
Processing one again has no second effect, because every value is filed under its own unique key.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, zip_longest
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, bindparam, delete, or_, select, update

from hub.channels import base, registry
from hub.channels.models import Account
from hub.clock import now, present
from hub.database import insert_unless_there
from hub.extensions import db
from hub.intake import actions, gaps, values
from hub.intake.models import Delivery, DeliveryState, KeptItem
from hub.outages import is_outage
from hub.plain_rows import plain_ids, plain_rows

log = structlog.get_logger()

_TABLE = Delivery.metadata.tables["delivery"]

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 8
#: How long before a first question, or one that nobody remembers, an item may have been there.
LONG_BEFORE = timedelta(days=7)
#: How many a worker takes at once: enough to share what taking and finishing cost, and few enough
#: that an answer need not wait for long behind them.
HANDFUL = 10


class Lease:
    """That a worker has these deliveries. A delivery may hold a thousand values: nobody else shall
    begin it, or one that waits behind it, meanwhile."""

    def __init__(self, delivery_ids: Sequence[int]) -> None:
        self._delivery_ids = delivery_ids
        self._renew_at = now() + LEASE / 2

    def keep(self) -> None:
        """Renew it when half of it is over, in a transaction of its own."""
        if now() <= self._renew_at:
            return
        taken = Delivery.id.in_(self._delivery_ids)
        db.session.execute(update(Delivery).where(taken).values(lease_until=now() + LEASE))
        db.session.commit()
        self._renew_at = now() + LEASE / 2


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that this worker has, and the lease on its whole handful."""

    delivery_id: int
    channel: str
    body: bytes
    lease: Lease


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to: deliveries that are processed `again`, items the platform is asked
    for `anew`."""

    again: int
    anew: int


def store(channel: str, body: bytes) -> int | None:
    """Keep one verified delivery and commit. Gives its id, None when these very bytes are here
    already (the platform repeated itself)."""
    new_id = _insert(channel, body, DeliveryState.WAITING)
    db.session.commit()
    return new_id


def due(most: int = HANDFUL) -> list[int]:
    """Ids of the deliveries to process now, at most so many: of each channel in turn, the oldest
    first, so that nobody waits for the flood of another channel. Those of a channel that is
    switched off wait until it is back.

    Those that another worker is taking in this instant are left out, and nobody else takes these
    until the caller's transaction ends.
    """
    slugs = [slug for slug, spoken in registry.all_channels().items() if spoken.receives_hooks]
    turns = zip_longest(
        *(plain_ids(_due_of_one(), {"channel": slug, "most": most}) for slug in slugs)
    )
    return [found for found in chain.from_iterable(turns) if found is not None][:most]


def is_due() -> bool:
    """Is there any?"""
    return plain_rows(_any_due()).first() is not None


def take() -> list[Taken]:
    """Take a handful of what is due, and commit. Gives fewer only where there are no more."""
    chosen = due()
    if not chosen:
        db.session.rollback()
        return []
    rows = db.session.execute(
        update(Delivery)
        .where(Delivery.id.in_(chosen), _is_due())
        .values(lease_until=now() + LEASE, attempts=Delivery.attempts + 1)
        .returning(Delivery.id, Delivery.channel, Delivery.body)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.commit()
    lease = Lease([row.id for row in rows])
    taken = [Taken(row.id, row.channel, row.body, lease) for row in rows]
    return sorted(taken, key=lambda one: chosen.index(one.delivery_id))


def process(handful: Sequence[Taken]) -> None:
    """Process what was taken.

    Each value is filed in a transaction of its own. One that breaks is kept aside with its
    error; trouble of the database leaves the delivery to be tried again, later and later.
    """
    kept: dict[int, list[KeptItem]] = {}
    for taken in handful:
        try:
            kept[taken.delivery_id] = _file_all(taken)
        except Exception as error:
            log.exception("delivery failed", delivery=taken.delivery_id)
            db.session.rollback()
            _postpone(taken.delivery_id, error)
    _finish(kept)


def replay(delivery_ids: list[int]) -> Replayed:
    """Let deliveries be processed again, after a repair. What was filed the first time is found
    again and stays as it is. What nobody delivered, the platform is asked for anew."""
    again = (
        update(Delivery)
        .where(Delivery.state != DeliveryState.POLLED)
        .values(state=DeliveryState.WAITING, attempts=0, next_at=now(), lease_until=None, error="")
    )
    count = anew = 0
    for start in range(0, len(delivery_ids), 500):
        some = delivery_ids[start : start + 500]
        done = db.session.execute(again.where(Delivery.id.in_(some)))
        count += done.rowcount  # type: ignore[attr-defined]
        anew += _ask_anew(some)
    db.session.commit()
    return Replayed(count, anew)


def _ask_anew(delivery_ids: list[int]) -> int:
    """Note a gap for each account that such items came from. Gives how many items there are."""
    items = db.session.execute(
        select(KeptItem.account_id, KeptItem.asked_since, Delivery.channel, Delivery.received_at)
        .join(Delivery, Delivery.id == KeptItem.delivery_id)
        .where(Delivery.id.in_(delivery_ids), Delivery.state == DeliveryState.POLLED)
    ).all()
    wanted: dict[int, datetime] = {}
    for account_id, asked_since, channel, received_at in items:
        since = asked_since or received_at - LONG_BEFORE
        for one in [account_id] if account_id else _accounts_of(channel):
            wanted[one] = min(wanted.get(one, since), since)
    for account_id, since in sorted(wanted.items()):
        gaps.note(account_id, since, reason=gaps.REPLAY)
    return len(items)


def _accounts_of(channel: str) -> list[int]:
    return list(db.session.scalars(select(Account.id).where(Account.channel == channel)))


def place(channel: str, value: base.Parsed) -> str | None:
    """File one value of a channel, whatever is wrong with it: it must not spoil its neighbours.
    Gives the reason when it could not be placed. Raises what is_outage knows, for it is no fault
    of the value; leaves no transaction open. Polling and back-fill enter here too."""
    try:
        return file_value(channel, value)
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("value not placed", channel=channel)
        return f"{type(error).__name__}: {error}"
    finally:
        db.session.rollback()


def file_value(channel: str, value: base.Parsed) -> str | None:
    """File one value. Gives the reason to keep it aside, None when it is filed or means nothing
    to the hub."""
    if isinstance(value, base.Unknown):
        return value.reason
    if not isinstance(value, base.Ignored):
        _FILING[type(value)](channel, value)
    return None


def keep_aside(
    channel: str, value: base.Parsed, reason: str, *, account_id: int, asked_since: datetime
) -> None:
    """Keep a value that came because this account was asked for what is new since then, and could
    not be placed; commits. The same one is kept once."""
    raw = _raw(value)
    delivery_id = _insert(channel, json.dumps(raw).encode(), DeliveryState.POLLED)
    if delivery_id is not None:
        db.session.add(
            KeptItem(
                delivery_id=delivery_id,
                position=0,
                reason=reason,
                raw=raw,
                account_id=account_id,
                asked_since=asked_since,
                external_id=values.external_id(value),
            )
        )
    db.session.commit()


_FILING: dict[type[base.Parsed], Callable[[str, Any], object]] = {
    base.InboundMessage: actions.receive,
    base.Edited: actions.edit,
    base.Deleted: actions.delete,
    base.Hidden: actions.hide,
    base.Echo: actions.echo,
    base.Receipt: actions.note_receipt,
    base.AccessRevoked: actions.note_revoked,
}


def _insert(channel: str, body: bytes, state: DeliveryState) -> int | None:
    """By the table alone and not by its class, which takes twice the time: platforms wait."""
    instant = now()
    values = {
        "channel": channel,
        "digest": hashlib.sha256(body).hexdigest(),
        "body": body,
        "received_at": instant,
        "next_at": instant,
        "state": state,
        "attempts": 0,
        "error": "",
    }
    connection = db.session.connection()
    added = insert_unless_there(_TABLE, connection.dialect).returning(_TABLE.c.id)
    return connection.scalar(added, values)


@cache
def _is_due() -> ColumnElement[bool]:
    return (
        (Delivery.state == DeliveryState.WAITING)
        & (Delivery.next_at <= present())
        & or_(Delivery.lease_until.is_(None), Delivery.lease_until < present())
    )


@cache
def _any_due() -> Select[int]:
    on = Delivery.channel.in_(registry.slugs_on(lambda channel: channel.receives_hooks))
    return select(Delivery.id).where(on, _is_due()).limit(1)


@cache
def _due_of_one() -> Select[int]:
    return (
        select(Delivery.id)
        .where(Delivery.channel == bindparam("channel"), _is_due())
        .order_by(Delivery.next_at, Delivery.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )


def _file_all(taken: Taken) -> list[KeptItem]:
    """File every value; give those to keep aside. Raises only for trouble of the database."""
    kept = []
    for position, value in enumerate(registry.channel(taken.channel).parse(taken.body)):
        taken.lease.keep()
        if (reason := place(taken.channel, value)) is not None:
            kept.append(KeptItem(position=position, reason=reason, raw=_raw(value)))
    return kept


def _raw(value: base.Parsed) -> Any:
    return value.raw if isinstance(value, base.Unknown) else repr(value)


def _finish(kept: dict[int, list[KeptItem]]) -> None:
    """Note that these deliveries are done, and what of each is kept aside."""
    if not kept:
        return
    db.session.execute(delete(KeptItem).where(KeptItem.delivery_id.in_(kept)))
    for delivery_id, items in kept.items():
        for item in items:
            item.delivery_id = delivery_id
        db.session.add_all(items)
    db.session.execute(
        update(Delivery)
        .where(Delivery.id.in_(kept))
        .values(state=DeliveryState.DONE, lease_until=None, error="")
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def _postpone(delivery_id: int, error: Exception) -> None:
    delivery = db.session.get_one(Delivery, delivery_id)
    delivery.error = f"{type(error).__name__}: {error}"
    delivery.lease_until = None
    delivery.next_at = now() + timedelta(seconds=5 * 2**delivery.attempts)
    if delivery.attempts >= MOST_ATTEMPTS:
        delivery.state = DeliveryState.FAILED
    db.session.commit()
