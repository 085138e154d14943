"""Keeping the index as the tickets are.

`ticket.indexed_at` is the truth: whoever changes a ticket empties it (`record` does), and a worker
fills it in once the index has what was read. Documents are made outside of any transaction that
writes, so no answer and no message waits for them.
"""

from collections.abc import Sequence
from datetime import timedelta
from time import monotonic

import structlog
from flask import current_app
from sqlalchemy import Connection, select, update

from hub.clock import now
from hub.extensions import db
from hub.outages import is_outage
from hub.search import documents, engines
from hub.search.documents import Document
from hub.tickets.models import TO_INDEX, Ticket

#: Tickets whose documents are in memory at one time, and are written in one transaction.
BATCH = 200

log = structlog.get_logger()


def is_due() -> bool:
    """Has any ticket changed since the index read it?"""
    return bool(_due(None, limit=1))


def index_due(within: timedelta) -> bool:
    """Index tickets that have changed, the newest first, for about so long. True where more are
    left: after an upgrade those are all there are."""
    ends, below = monotonic() + within.total_seconds(), None
    while ticket_ids := _due(below, limit=BATCH):
        _index_each(ticket_ids)
        below = ticket_ids[-1]
        if monotonic() > ends:
            return True
    return False


def index(ticket_ids: Sequence[int]) -> int:
    """Bring the documents of these tickets up to date, in a handful of statements, and say how
    many were. One that changes meanwhile stays due."""
    read = _documents(ticket_ids)
    with db.engine.begin() as connection:
        written = _unchanged(connection, read)
        if written:
            engines.of(connection).store(connection, written)
            indexed = update(Ticket).where(Ticket.id.in_([d.ticket_id for d in written]))
            connection.execute(indexed.values(indexed_at=now()))
    return len(written)


def _documents(ticket_ids: Sequence[int]) -> list[Document]:
    zone = current_app.config["HUB"].timezone
    with db.engine.connect().execution_options(read_only=True) as connection:
        return documents.of(connection, ticket_ids, zone)


def _due(below: int | None, *, limit: int) -> list[int]:
    query = select(Ticket.id).where(TO_INDEX)
    if below is not None:
        query = query.where(Ticket.id < below)
    with db.engine.connect().execution_options(read_only=True) as connection:
        return list(connection.scalars(query.order_by(Ticket.id.desc()).limit(limit)))


def _unchanged(connection: Connection, read: Sequence[Document]) -> list[Document]:
    """Those that are still due and as they were read, held until the transaction ends. Another
    worker may have done some meanwhile, with what is newer than ours; one that somebody holds is
    being changed."""
    due = select(Ticket.id, Ticket.updated_at).where(
        Ticket.id.in_([document.ticket_id for document in read]), TO_INDEX
    )
    held = connection.execute(due.order_by(Ticket.id).with_for_update(of=Ticket, skip_locked=True))
    as_read = {(ticket_id, updated_at) for ticket_id, updated_at in held}
    return [d for d in read if (d.ticket_id, d.updated_at) in as_read]


def _index_each(ticket_ids: Sequence[int]) -> None:
    """One ticket that cannot be indexed stays due and does not hold up the others."""
    try:
        index(ticket_ids)
    except Exception as error:
        if is_outage(error):
            raise
        if len(ticket_ids) == 1:
            log.exception("ticket not indexed", ticket=ticket_ids[0])
            return
        for ticket_id in ticket_ids:
            _index_each([ticket_id])
