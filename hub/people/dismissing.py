"""Two people who are not suggested as one again."""

from hub.accounts.models import User
from hub.clock import now
from hub.database import insert_unless_there
from hub.extensions import db
from hub.people.models import Dismissal
from hub.tickets.people import Contact


def dismiss(one: Contact, other: Contact, *, by: User) -> None:
    """Remember it. Once more is no matter."""
    low, high = sorted([one.id, other.id])
    dialect = db.session.connection().dialect
    values = {"contact_id": low, "other_id": high, "by_id": by.id, "at": now()}
    db.session.execute(insert_unless_there(Dismissal, dialect, **values))
    db.session.commit()
