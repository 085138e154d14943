"""Raw deliveries: stored in the request, processed by a worker, kept for inspection.

A delivery is taken with a lease, so the death of a worker only delays it. Processing it again
has no second effect, because every value is filed under its own unique key.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, delete, or_, select, update

from hub.channels import base, registry
from hub.channels.models import Account
from hub.clock import now
from hub.database import insert_unless_there
from hub.extensions import db
from hub.intake import actions, gaps, values
from hub.intake.models import Delivery, DeliveryState, KeptItem
from hub.outages import is_outage

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 8
#: How long before a first question, or one that nobody remembers, an item may have been there.
LONG_BEFORE = timedelta(days=7)


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


def process(delivery_id: int) -> None:
    """Process one delivery, unless another worker has it or it is done.

    Each value is filed in a transaction of its own. One that breaks is kept aside with its
    error; trouble of the database leaves the delivery to be tried again, later and later.
    """
    taken = _claim(delivery_id)
    if taken is None:
        return
    try:
        kept = _file_all(delivery_id, *taken)
    except Exception as error:
        log.exception("delivery failed", delivery=delivery_id)
        db.session.rollback()
        _postpone(delivery_id, error)
        return
    _finish(delivery_id, kept)


def due() -> list[int]:
    """Ids of the deliveries to process now, oldest first, at most 500."""
    return list(
        db.session.scalars(
            select(Delivery.id).where(_is_due()).order_by(Delivery.next_at).limit(500)
        )
    )


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
    instant = now()
    added = insert_unless_there(
        Delivery,
        db.engine.dialect,
        channel=channel,
        digest=hashlib.sha256(body).hexdigest(),
        body=body,
        received_at=instant,
        next_at=instant,
        state=state,
        attempts=0,
        error="",
    )
    return db.session.scalar(added.returning(Delivery.id))


def _is_due() -> ColumnElement[bool]:
    instant = now()
    return (
        (Delivery.state == DeliveryState.WAITING)
        & (Delivery.next_at <= instant)
        & or_(Delivery.lease_until.is_(None), Delivery.lease_until < instant)
    )


def _claim(delivery_id: int) -> tuple[str, bytes] | None:
    """Take it; gives its channel and its body, None when it is not to be had."""
    claimed = db.session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, _is_due())
        .values(lease_until=now() + LEASE, attempts=Delivery.attempts + 1)
        .returning(Delivery.channel, Delivery.body)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.commit()
    return (claimed.channel, claimed.body) if claimed else None


def _file_all(delivery_id: int, channel: str, body: bytes) -> list[KeptItem]:
    """File every value; give those to keep aside. Raises only for trouble of the database."""
    kept = []
    renew_at = now() + LEASE / 2
    for position, value in enumerate(registry.channel(channel).parse(body)):
        if now() > renew_at:
            _renew(delivery_id)
            renew_at = now() + LEASE / 2
        if (reason := place(channel, value)) is not None:
            kept.append(KeptItem(position=position, reason=reason, raw=_raw(value)))
    return kept


def _raw(value: base.Parsed) -> Any:
    return value.raw if isinstance(value, base.Unknown) else repr(value)


def _renew(delivery_id: int) -> None:
    """A delivery may hold a thousand values: nobody else shall begin it meanwhile."""
    db.session.execute(
        update(Delivery).where(Delivery.id == delivery_id).values(lease_until=now() + LEASE)
    )
    db.session.commit()


def _finish(delivery_id: int, kept: list[KeptItem]) -> None:
    db.session.execute(delete(KeptItem).where(KeptItem.delivery_id == delivery_id))
    db.session.add_all(kept)
    for item in kept:
        item.delivery_id = delivery_id
    db.session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
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
