"""What an agent corrects of a person by hand."""

from collections.abc import Mapping

from sqlalchemy import select

from hub.accounts.models import User
from hub.extensions import db
from hub.people import clues
from hub.people.models import Correction
from hub.tickets.actions import set_renamed
from hub.tickets.people import Contact, Identity

FIELDS = ("name", "email", "postal_address")


def correct(contact: Contact, values: Mapping[str, str], *, by: User) -> None:
    """Set the fields that are given and differ, and keep what they said before, in one commit.
    Answers that went by e-mail to the old address go to the new one."""
    db.session.refresh(contact, with_for_update=True)
    for field in FIELDS:
        old, new = getattr(contact, field), values.get(field, getattr(contact, field))
        if old == new:
            continue
        db.session.add(
            Correction(contact_id=contact.id, field=field, old=old, new=new, by_id=by.id)
        )
        setattr(contact, field, new)
        if field == "email" and old and new:
            _readdress(contact, old, new)
    set_renamed(contact.id)
    db.session.commit()


def _readdress(contact: Contact, old: str, new: str) -> None:
    query = select(Identity).where(Identity.contact_id == contact.id, Identity.handle == old)
    for identity in db.session.scalars(query.order_by(Identity.id).with_for_update()):
        identity.handle = new
        clues.note_names(identity)
