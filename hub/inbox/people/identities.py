"""The names under which a person is known: what the side panel and a person's page say of each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import InstrumentedAttribute

from hub.channels.models import Account
from hub.people.models import IdentityLink, LinkedIdentity
from hub.tickets.models import Message
from hub.tickets.people import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One identity of a person. `since`: when they first wrote under it. `how`: how it is known to
    be theirs, where it was another person's first."""

    channel: str
    account: str
    name: str
    handle: str
    since: datetime | None
    how: str


def columns() -> tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]:
    """What a statement reads of each identity and its account, for `known`."""
    return (
        Account.channel,
        Account.name.label("account"),
        Identity.name,
        Identity.handle,
        _first_heard().label("since"),
        _how().label("how"),
    )


def known(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Known]:
    """Rows of `columns`, those that look alike in one line: each form that somebody sends makes
    one."""
    groups: dict[tuple[str, str, str], Known] = {}
    for one in map(_known_as, rows):
        key = (one.channel, one.account, one.handle or one.name)
        earlier = groups.setdefault(key, one)
        since = [at for at in (earlier.since, one.since) if at]
        how = earlier.how or one.how
        groups[key] = replace(earlier, since=min(since, default=None), how=how)
    return list(groups.values())


def _known_as(row: Row[*tuple[Any, ...]]) -> Known:
    return Known(
        channel=row.channel,
        account=row.account,
        name=row.name,
        handle=row.handle,
        since=row.since,
        how=row.how or "",
    )


def _first_heard() -> ColumnElement[Any]:
    return (
        select(func.min(Message.posted_at, type_=Message.posted_at.type))
        .where(Message.identity_id == Identity.id)
        .correlate(Identity)
        .scalar_subquery()
    )


def _how() -> ColumnElement[str | None]:
    return (
        select(func.max(IdentityLink.how))
        .join(LinkedIdentity, LinkedIdentity.link_id == IdentityLink.id)
        .where(LinkedIdentity.identity_id == Identity.id, IdentityLink.undone_at.is_(None))
        .correlate(Identity)
        .scalar_subquery()
    )
