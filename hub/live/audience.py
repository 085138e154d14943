"""Who may hear of what: the rule of hub.tickets.queries.visible_to, for what is told without asking
the database about each listener."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select

from hub.accounts.models import Role, User
from hub.extensions import db
from hub.routing.models import FALLBACK
from hub.tickets.models import Consultation


class Concerning(Protocol):
    """Something about one ticket. The ids and slugs are those of the departments it belongs to, or
    has just left."""

    @property
    def ticket_id(self) -> int: ...
    @property
    def department_ids(self) -> frozenset[int]: ...
    @property
    def slugs(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Audience:
    """What a person may hear. `consulted_on`: the tickets of others that they are asked about."""

    everything: bool
    department_ids: frozenset[int]
    consulted_on: frozenset[int] = frozenset()

    def may_hear(self, told: Concerning) -> bool:
        return (
            self.everything
            or FALLBACK in told.slugs
            or not self.department_ids.isdisjoint(told.department_ids)
            or told.ticket_id in self.consulted_on
        )


def audiences(session_keys: Collection[str]) -> dict[str, Audience]:
    """What the people behind these sessions (User.get_id) may hear. Those who are switched off or
    were signed out everywhere are left out. Three statements, however many they are."""
    ids = {int(number) for number in (key.partition(".")[0] for key in session_keys)}
    people = db.session.scalars(select(User).where(User.id.in_(ids), User.active)).all()
    consulted = _consulted_on()
    return {
        user.get_id(): Audience(
            everything=user.may(Role.SUPERVISOR),
            department_ids=frozenset(user.department_ids),
            consulted_on=consulted["user", user.id].union(
                *(consulted["department", number] for number in user.department_ids)
            ),
        )
        for user in people
        if user.get_id() in session_keys
    }


def _consulted_on() -> defaultdict[tuple[str, int | None], frozenset[int]]:
    """The open questions, by who is asked."""
    query = select(Consultation.ticket_id, Consultation.user_id, Consultation.department_id)
    found: defaultdict[tuple[str, int | None], frozenset[int]] = defaultdict(frozenset)
    for ticket_id, user_id, department_id in db.session.execute(
        query.where(Consultation.ended_at.is_(None))
    ):
        found["user" if user_id else "department", user_id or department_id] |= {ticket_id}
    return found
