"""Statements about what a person may read, made once for everybody.

Where an index gives the answer, making a statement takes longer than running it: of a ticket's
page it was a third. So a page's statements are kept, and told at each run who reads.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import bindparam

from hub.accounts.models import Role, User
from hub.database import BigInt


@dataclass(frozen=True, slots=True)
class AnyReader:
    """Stands for a person in a statement that is kept. `reads_all`: for those who supervise, whose
    statements name no department."""

    reads_all: bool

    @property
    def id(self) -> Any:
        return bindparam("reader_id", type_=BigInt)

    @property
    def department_ids(self) -> Any:
        return bindparam("reader_departments", type_=BigInt, expanding=True)

    def may(self, role: Role) -> bool:
        """Does everybody for whom the statement is kept have this role?"""
        return self.reads_all and Role.SUPERVISOR.covers(role)


Reader: TypeAlias = User | AnyReader


def like(user: User) -> AnyReader:
    """Who stands for this person."""
    return AnyReader(reads_all=user.may(Role.SUPERVISOR))


def told(user: User) -> dict[str, object]:
    """What a kept statement is told of this person when it is run."""
    return {"reader_id": user.id, "reader_departments": sorted(user.department_ids)}
