"""What every stand-in does alike: change the state, tell of it, and let time pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from hub.sandbox import courier
from hub.sandbox.courier import Courier, Deliver, Retry
from hub.sandbox.database import Database
from hub.sandbox.store import Store
from hub.sandbox.values import Delivery

S = TypeVar("S", bound=Store)


class StandIn(Generic[S]):
    """A network on the state in `database`.

    Every action stores what happened and queues what is told of it in one transaction. With
    `background` a thread carries the deliveries; without, they wait for `deliver_pending`.
    """

    def __init__(
        self,
        database: Database,
        store: type[S],
        *,
        deliver: Deliver,
        retry: Retry,
        background: bool,
    ) -> None:
        self.database = database
        self._store = store
        self.courier = Courier(database, store, deliver, retry, background)

    def now(self) -> datetime:
        with self.reading() as store:
            return store.now()

    def advance(self, by: timedelta) -> None:
        """Move the network's clock; the hub's stays."""
        with self.change() as store:
            store.advance(by)

    def real_time(self) -> None:
        """Back to the machine's clock. What waits is due again at once."""
        with self.change() as store:
            store.set("clock_offset", 0)
            courier.hurry(store)

    def deliveries(self) -> list[Delivery]:
        """The latest webhooks, oldest first, delivered or not."""
        with self.reading() as store:
            return courier.deliveries(store)

    def deliver_pending(self) -> int:
        """Try everything due, now, in this thread. Gives the number of tries."""
        return self.courier.run_due()

    @contextmanager
    def reading(self) -> Iterator[S]:
        """One consistent view of the state."""
        with self.database.reading() as connection:
            yield self._store(connection)

    @contextmanager
    def change(self) -> Iterator[S]:
        """One transaction; the courier looks afterwards whether there is something to carry."""
        with self.database.writing() as connection:
            yield self._store(connection)
        self.courier.ring()
