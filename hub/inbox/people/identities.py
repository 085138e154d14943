"""The names under which a person is known: what the side panel and a person's page say of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

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


def columns() -> tuple[Any, ...]:
    """What a statement reads of each identity, for `known`."""
    return Identity, Account, _first_heard(), _how()


def known(rows: Iterable[Sequence[Any]]) -> list[Known]:
    """Rows of `columns`, those that look alike in one line: each form that somebody sends makes
    one."""
    groups: dict[tuple[str, str, str], Known] = {}
    for one in (_known_as(*row) for row in rows):
        key = (one.channel, one.account, one.handle or one.name)
        earlier = groups.setdefault(key, one)
        since = [at for at in (earlier.since, one.since) if at]
        how = earlier.how or one.how
        groups[key] = replace(earlier, since=min(since, default=None), how=how)
    return list(groups.values())


def _known_as(
    identity: Identity, account: Account, since: datetime | None, how: str | None
) -> Known:
    return Known(
        channel=account.channel,
        account=account.name,
        name=identity.name,
        handle=identity.handle,
        since=since,
        how=how or "",
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
