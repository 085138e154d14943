"""Reading what became of wishes to hide messages."""

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Select, bindparam, select

from hub.database import BigInt
from hub.extensions import db
from hub.outbox.hiding.models import Hiding


def latest(message_ids: Iterable[int]) -> dict[int, Hiding]:
    """Message id -> the last wish about it. One statement; none without ids."""
    wanted = list(message_ids)
    if not wanted:
        return {}
    wishes = db.session.scalars(_wishes(), {"message_ids": wanted})
    return {wish.message_id: wish for wish in wishes}


@cache
def _wishes() -> Select[Hiding]:
    wanted = bindparam("message_ids", type_=BigInt, expanding=True)
    return select(Hiding).where(Hiding.message_id.in_(wanted)).order_by(Hiding.id)
