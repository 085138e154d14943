"""Which tickets a job is about. Whatever a browser names, a job holds tickets alone that its
person may work on at that time."""

from collections.abc import Iterable
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from hub.accounts import readers
from hub.accounts.models import User
from hub.accounts.readers import AnyReader, Reader
from hub.database import BigInt
from hub.inbox import lists, reach
from hub.inbox.contents import NOT_CLOSED
from hub.inbox.selection import Selection
from hub.plain_rows import plain_rows
from hub.tickets import queries as tickets
from hub.tickets import references
from hub.tickets.models import Ticket

#: A job takes no more tickets than that: the first of the list.
MOST = 5000
#: So many can be ticked one by one.
MOST_TICKED = 500
#: One answer goes to no more tickets than that.
MOST_ANSWERED = 1000

Ids = Select[int]


def ticked(user: User, named: Iterable[str]) -> Ids:
    """The tickets with these references."""
    numbers = [references.number(text) for text in list(named)[:MOST_TICKED]]
    known = [number for number in numbers if number is not None]
    return select(Ticket.id).where(Ticket.id.in_(known), tickets.listed_for(user))


def matching(user: User, selection: Selection) -> Ids:
    """All tickets of a list, in its order, whichever page of it is shown; without those that its
    reader is only asked about."""
    whole = lists.whole(user, reach.of(user), selection)
    return whole.where(tickets.listed_for(user))


def under_publication(user: User, publication_id: int) -> Ids:
    """The open tickets that were opened under this publication."""
    return _under(user, publication_id)


def count_under(user: User, publication_id: int) -> int:
    """How many those are, up to one more than MOST_ANSWERED."""
    told = {"publication_id": publication_id, **readers.told(user)}
    return plain_rows(_number_under(readers.like(user)), told).scalar_one()


def count(chosen: Ids) -> int:
    """How many there are, up to one more than MOST."""
    return plain_rows(_number(chosen, MOST)).scalar_one()


def _under(reader: Reader, publication_id: int | ColumnElement[int]) -> Ids:
    here = Ticket.publication_id == publication_id
    return select(Ticket.id).where(here, NOT_CLOSED, tickets.listed_for(reader))


@cache
def _number_under(reader: AnyReader) -> Select[int]:
    return _number(_under(reader, bindparam("publication_id", type_=BigInt)), MOST_ANSWERED)


def _number(chosen: Ids, most: int) -> Select[int]:
    some = chosen.order_by(None).limit(most + 1).subquery()
    return select(func.count()).select_from(some)
