"""A thread that rings for those who may not wait for the queue's store.

It rings at most once in each pause for all that is rung for under one name meanwhile: for tasks
that look for all that is due, whichever row the ring names.
"""

import atexit
import threading
from collections.abc import Callable
from time import sleep

import structlog

log = structlog.get_logger()

PAUSE_SECONDS = 0.05


class Ringer:
    """`ring` does the ringing. The thread is made at the first use, and lives with the process,
    which rings for the last ones when it ends."""

    def __init__(self, ring: Callable[[str, int], None]) -> None:
        self._ring = ring
        self._wanted: dict[str, int] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def want(self, name: str, row_id: int) -> None:
        """Have it rung for soon. Never raises and never waits."""
        with self._changed:
            self._wanted.setdefault(name, row_id)
            if self._thread is None:
                self._start()
            self._changed.notify()

    def ring_for_all(self) -> None:
        """Ring now for all that is wanted."""
        with self._changed:
            wanted, self._wanted = self._wanted, {}
        for name, row_id in wanted.items():
            try:
                self._ring(name, row_id)
            except Exception as error:  # any engine's trouble means the same: the sweep takes over
                log.warning("doorbell failed", task=name, row=row_id, error=str(error))

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="ringer", daemon=True)
        self._thread.start()
        atexit.register(self.ring_for_all)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._wanted))
            self.ring_for_all()
            sleep(PAUSE_SECONDS)
