"""Rows with sensible defaults, committed, for tests to name only what matters to them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from flask import current_app
from sqlalchemy import select

from hub.accounts import passwords
from hub.accounts.models import Membership, Role, User
from hub.channels.base import Author, InboundMessage
from hub.channels.credentials import encrypt
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.routing.models import Department, Rule
from hub.tickets.models import Ticket

PASSWORD = "a good password"
PAGE_ID = "104000000000001"
_numbers = count(1)


@cache
def _hashed() -> str:
    """One hash serves all the people of the tests."""
    return passwords.hashed(PASSWORD)


def create_department(slug: str = "transports", **values: Any) -> Department:
    """The department with this slug, made when it is not there."""
    found = db.session.scalar(select(Department).where(Department.slug == slug))
    if found is None:
        found = Department(**{"slug": slug, "name": slug.capitalize(), **values})
        db.session.add(found)
    db.session.commit()
    return found


def create_user(
    *,
    email: str = "",
    name: str = "Camille Martin",
    role: Role = Role.AGENT,
    departments: list[Department] | None = None,
    **values: Any,
) -> User:
    user = User(
        email=email or f"user{next(_numbers)}@region.example",
        name=name,
        role=role,
        password_hash=_hashed(),
        memberships=[Membership(department_id=d.id) for d in departments or []],
        **values,
    )
    db.session.add(user)
    db.session.commit()
    return user


def create_account(channel: str = "facebook", **values: Any) -> Account:
    """The page (or form) of the tests, made when it is not there."""
    external_id = values.pop("external_id", PAGE_ID if channel == "facebook" else "contact")
    found = db.session.scalar(
        select(Account).where(Account.channel == channel, Account.external_id == external_id)
    )
    if found is None:
        secret_key = current_app.config["HUB"].secret_key
        found = Account(
            channel=channel,
            external_id=external_id,
            name=values.pop("name", "Région Exemple"),
            sealed_credentials=encrypt({"access_token": "EAAtest0000PAGETOKEN"}, secret_key),
            **values,
        )
        db.session.add(found)
    db.session.commit()
    return found


def create_rule(department: Department, *, position: int | None = None, **values: Any) -> Rule:
    number = next(_numbers)
    rule = Rule(
        **{
            "position": number if position is None else position,
            "name": f"Rule {number}",
            "department_id": department.id,
            **values,
        }
    )
    db.session.add(rule)
    db.session.commit()
    return rule


def inbound(**values: Any) -> InboundMessage:
    """A private Facebook message of one citizen, as a channel would give it."""
    number = next(_numbers)
    return InboundMessage(
        **{
            "account": PAGE_ID,
            "external_id": f"m_{number}",
            "conversation": "messenger:25000000000000777",
            "visibility": "private",
            "author": Author(external_id="25000000000000777", name="Nolwenn Tanguy"),
            "text": "Bonjour, où en est ma demande ?",
            "posted_at": now() - timedelta(minutes=5),
            **values,
        }
    )


def comment(**values: Any) -> InboundMessage:
    """A public Facebook comment of one citizen, as a channel would give it."""
    number = next(_numbers)
    return inbound(
        **{
            "external_id": f"122200000000010_{number}",
            "conversation": "public:104000000000001_122200000000010:25000000000000777",
            "visibility": "public",
            **values,
        }
    )


def create_ticket(department: Department | None = None, **values: Any) -> Ticket:
    """A ticket opened by a message that came in the ordinary way. Each call is another citizen.

    `message` gives values of that message; any other keyword sets a column of the ticket.
    """
    create_department("accueil")
    create_account()
    citizen = str(25_000_000_000_000_000 + next(_numbers))
    message = {
        "conversation": f"messenger:{citizen}",
        "author": Author(external_id=citizen, name=f"Citoyenne {citizen[-3:]}"),
        **values.pop("message", {}),
    }
    stored = intake.receive("facebook", inbound(**message))
    ticket = stored.ticket
    if department is not None:
        ticket.department = department
    for name, value in values.items():
        setattr(ticket, name, value)
    db.session.commit()
    return ticket


def at(text: str) -> datetime:
    """An instant, aware and UTC, from "2026-11-10 08:40"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
