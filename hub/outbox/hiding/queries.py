"""Reading what became of wishes to hide messages."""

from collections.abc import Iterable

from sqlalchemy import select

from hub.extensions import db
from hub.outbox.hiding.models import Hiding


def latest(message_ids: Iterable[int]) -> dict[int, Hiding]:
    """Message id -> the last wish about it. One statement; none without ids."""
    wanted = list(message_ids)
    if not wanted:
        return {}
    query = select(Hiding).where(Hiding.message_id.in_(wanted)).order_by(Hiding.id)
    return {wish.message_id: wish for wish in db.session.scalars(query)}
