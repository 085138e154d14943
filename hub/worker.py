"""The worker process: takes rings from the queue and sweeps for what no ring brought."""

import os
import signal
import threading

import click
import structlog
from flask import current_app
from flask.cli import with_appcontext

from hub import queue
from hub.queue import Doorbell

SWEEP_SECONDS = 5
#: Where the processor is short, pages and deliveries get some three times a worker's share.
NICENESS = 5

log = structlog.get_logger()


@click.command("worker")
@click.option("--threads", default=4, show_default=True, help="Tasks done at the same time.")
@with_appcontext
def command(threads: int) -> None:
    """Process deliveries and send replies, until stopped."""
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    doorbell: Doorbell = current_app.extensions["hub.doorbell"]
    consumer = doorbell.consumer(threads)
    stopping = threading.Event()
    queue.start()
    consumer.start()
    for number in (signal.SIGTERM, signal.SIGINT):  # after the consumer has set its own
        signal.signal(number, lambda *_: stopping.set())
    log.info("worker started", threads=threads)
    while not stopping.is_set():
        queue.sweep()
        stopping.wait(SWEEP_SECONDS)
    consumer.stop(graceful=True)
    doorbell.close()
    log.info("worker stopped")
