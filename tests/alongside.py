"""Two things at once."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask

from hub.extensions import db


def alongside(app: Flask, work: Callable[[], object]) -> threading.Thread:
    """Begin something in a thread with a database session of its own."""

    def run() -> None:
        with app.app_context():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def at_once(app: Flask, *works: Callable[[], object]) -> list[Any]:
    """Do all in the same instant, each in a thread with a database session of its own; gives what
    each gave or raised. The caller's own transaction ends first."""
    db.session.rollback()
    start = threading.Barrier(len(works))
    outcomes: list[Any] = [None] * len(works)

    def run(number: int, work: Callable[[], object]) -> None:
        start.wait()
        try:
            outcomes[number] = work()
        except Exception as error:
            outcomes[number] = error

    threads = [alongside(app, partial(run, *each)) for each in enumerate(works)]
    for thread in threads:
        thread.join(30)
    return outcomes
