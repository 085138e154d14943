"""What stands beside a ticket about its person, and about the tickets it has to do with."""

from typing import Any

from hub.accounts.models import User
from hub.inbox.people import candidates, panel, wording
from hub.inbox.regrouping import queries as regrouping
from hub.inbox.regrouping.queries import Relations
from hub.tickets import queries as tickets
from hub.tickets.models import Ticket


def beside(user: User, ticket: Ticket) -> dict[str, Any]:
    """Who wrote, who else that may be, and what was merged, split and linked. Two statements, and
    a few more where there is something."""
    person = panel.person(ticket, user)
    works_on = tickets.works_on(user, ticket)
    return {
        "person": person,
        "likely": candidates.likely(ticket, user) if works_on else [],
        "code": panel.code(person.code_id) if person.code_id and works_on else None,
        "relations": regrouping.relations(ticket, user) if person.has_relations else Relations(),
        "reasons": wording.reasons,
        "how": wording.how,
    }
