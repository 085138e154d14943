"""Two things at once."""

import threading
from collections.abc import Callable

from flask import Flask


def alongside(app: Flask, work: Callable[[], object]) -> threading.Thread:
    """Begin something in a thread with a database session of its own."""

    def run() -> None:
        with app.app_context():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
