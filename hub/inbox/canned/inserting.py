"""A canned reply in the composer, where no script puts it there."""

from hub.accounts.models import User
from hub.inbox.canned import queries
from hub.inbox.composer import Draft
from hub.tickets.models import Ticket


def as_draft(ticket: Ticket, user: User, key: int, *, plain: bool) -> Draft:
    """The canned reply with this id, filled for the ticket; an empty composer where it is not
    offered there."""
    found = queries.one_for_ticket(ticket, user, key)
    if found is None:
        return Draft()
    return Draft(text=(plain and found.plain) or found.text, is_added=True)
