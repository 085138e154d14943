"""What the playground shows, read in one go."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.sandbox import mail
from hub.sandbox.digest import digest
from hub.sandbox.meta import board as facebook_board
from hub.sandbox.meta.board import FacebookBoard
from hub.sandbox.meta.store import Store as MetaStore
from hub.sandbox.people import CITIZENS, Citizen
from hub.sandbox.world import World
from hub.sandbox.x import board as x_board
from hub.sandbox.x.board import XBoard
from hub.sandbox.x.store import Store as XStore

SHOWN_DELIVERIES = 8


@dataclass(frozen=True, kw_only=True)
class Board:
    """Everything on the playground."""

    me: Citizen
    people: Sequence[Citizen]
    facebook: FacebookBoard
    x: XBoard
    mails: int

    @property
    def version(self) -> str:
        """Two boards with the same version look the same."""
        return digest(self)


def citizen(who: str) -> Citizen:
    """Whom one plays: the person with this id on Facebook, the first one when there is none."""
    return next((one for one in CITIZENS if one.facebook_id == who), CITIZENS[0])


def read(world: World, me: Citizen) -> Board:
    """The board as `me` sees it."""
    with world.database.reading() as connection:
        facebook = facebook_board.read(
            world.meta, MetaStore(connection), me.facebook_id, SHOWN_DELIVERIES
        )
        x = x_board.read(world.x, XStore(connection), me.x_id, SHOWN_DELIVERIES)
        return Board(me=me, people=CITIZENS, facebook=facebook, x=x, mails=mail.count(connection))
