"""How many deliveries a process of the web server takes at the same time.

Each request of a platform holds one of the threads that agents' pages and the citizens' form need
too, and a share of the processor. So few are worked on at once, some more wait for their turn, and
only beyond those a platform is asked to come again: one of them tries no more than a few times.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

#: Some wait for the disk while others compute.
AT_WORK = 8
#: At work or waiting; the rest of the 64 threads is for people.
INSIDE = 24
#: The least patient platform gives an answer ten seconds
#: (https://docs.x.com/x-api/webhooks/introduction), and storage may need most of them (outages.py).
LONGEST_WAIT_SECONDS = 4.0


class TooMany(Exception):
    """There is no room inside, or the wait became too long. Nothing was kept: ask again later."""


class Doorway:
    """Lets so many work, and so many be inside with them."""

    def __init__(self, at_work: int = AT_WORK, inside: int = INSIDE) -> None:
        self._at_work = BoundedSemaphore(at_work)
        self._inside = BoundedSemaphore(inside)

    @contextmanager
    def passing(self, longest_wait: float = LONGEST_WAIT_SECONDS) -> Iterator[None]:
        """Wait for one's turn and hold it inside the block. Raises TooMany."""
        if not self._inside.acquire(blocking=False):
            raise TooMany
        try:
            if not self._at_work.acquire(timeout=longest_wait):
                raise TooMany
            try:
                yield
            finally:
                self._at_work.release()
        finally:
            self._inside.release()
