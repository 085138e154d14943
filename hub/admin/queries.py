"""Reading for the settings pages."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from hub.accounts.models import Membership, User
from hub.extensions import db
from hub.intake.models import Delivery, DeliveryState, KeptItem
from hub.routing.models import Department
from hub.tickets.models import State, Ticket

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list, newest first; `older` is the key of the next page, None on the last."""

    rows: list[Any]
    older: int | None


def all_departments() -> list[Department]:
    """All departments, switched off ones too, in their order."""
    return list(
        db.session.scalars(select(Department).order_by(Department.position, Department.name))
    )


def people_by_department() -> dict[int, int]:
    """Department id -> how many active people work there."""
    counted = (
        select(Membership.department_id, func.count())
        .join(User, User.id == Membership.user_id)
        .where(User.active)
        .group_by(Membership.department_id)
    )
    return dict(db.session.execute(counted).all())


def open_tickets(department: Department) -> int:
    """How many tickets of the department are not closed."""
    counted = select(func.count()).where(
        Ticket.department_id == department.id, Ticket.state != State.CLOSED
    )
    return db.session.scalar(counted) or 0


def people() -> list[User]:
    """Everybody, those who can sign in first, by name."""
    return list(db.session.scalars(select(User).order_by(User.active.desc(), User.name, User.id)))


def kept_items(before: int | None) -> Page:
    """Items that were kept aside, each with its delivery's channel and state."""
    query = (
        select(
            KeptItem.id,
            KeptItem.delivery_id,
            KeptItem.at,
            KeptItem.reason,
            Delivery.channel,
            Delivery.state,
        )
        .join(Delivery, Delivery.id == KeptItem.delivery_id)
        .order_by(KeptItem.id.desc())
    )
    return _page(query.where(KeptItem.id < before) if before else query)


def failed_deliveries(before: int | None) -> Page:
    """Deliveries that were given up."""
    query = (
        select(
            Delivery.id,
            Delivery.id.label("delivery_id"),
            Delivery.received_at.label("at"),
            Delivery.error.label("reason"),
            Delivery.channel,
            Delivery.state,
        )
        .where(Delivery.state == DeliveryState.FAILED)
        .order_by(Delivery.id.desc())
    )
    return _page(query.where(Delivery.id < before) if before else query)


def deliveries_to_inspect() -> dict[str, int]:
    """How many items are kept aside ("kept"), and how many deliveries have failed ("failed")."""
    kept = db.session.scalar(select(func.count()).select_from(KeptItem)) or 0
    failed = select(func.count()).where(Delivery.state == DeliveryState.FAILED)
    return {"kept": kept, "failed": db.session.scalar(failed) or 0}


def ids_to_replay(which: str) -> list[int]:
    """Ids of the deliveries that hold kept items ("kept") or have failed ("failed")."""
    if which == "kept":
        return list(db.session.scalars(select(KeptItem.delivery_id).distinct()))
    return list(
        db.session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.FAILED))
    )


def readable(value: Any) -> str:
    """A JSON value as text for people."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def readable_body(body: bytes) -> str:
    """A delivery's bytes as text: indented where they are JSON, as they are otherwise."""
    text = body.decode("utf-8", errors="replace")
    try:
        return readable(json.loads(text))
    except ValueError:
        return text


def _page(query: Select[*tuple[Any, ...]]) -> Page:
    rows = list(db.session.execute(query.limit(PAGE + 1)))
    more = len(rows) > PAGE
    return Page(rows[:PAGE], rows[PAGE - 1].id if more else None)
