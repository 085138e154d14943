"""The pulse of the web processes: whoever finds it old knows since when no delivery could come in,
be it that no process ran or that none could reach the database."""

import threading
from datetime import datetime, timedelta

import structlog
from flask import Flask
from sqlalchemy import select

from hub.channels import registry
from hub.channels.accounts import DISCONNECTED
from hub.channels.models import Account
from hub.clock import now
from hub.database import insert_unless_there
from hub.extensions import db
from hub.intake import gaps
from hub.intake.models import Pulse

log = structlog.get_logger()

NAME = "web-process"
SECONDS = 30.0
#: A pulse older than this is a gap. Platforms try a delivery again for longer than that.
MISSED_AFTER = timedelta(minutes=3)


def beat() -> None:
    """Say that this process is up, and commit. Where nobody had said so for a while, the same
    transaction notes a gap for each account that deliveries are for."""
    instant = now()
    db.session.execute(insert_unless_there(Pulse, db.engine.dialect, name=NAME, at=instant))
    pulse = db.session.scalars(
        select(Pulse)
        .where(Pulse.name == NAME)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    before, pulse.at = pulse.at, max(pulse.at, instant)
    if instant - before > MISSED_AFTER:
        log.warning("no web process for a while", since=before.isoformat())
        _note_gaps(before)
    db.session.commit()


def start(app: Flask) -> threading.Event:
    """Beat now and then every SECONDS, in a thread that ends with the process or when the event
    it gives is set."""
    done = threading.Event()

    def go_on() -> None:
        while True:
            try:
                with app.app_context():
                    beat()
            except Exception as error:  # the next beat will tell how long it lasted
                log.warning("no pulse", error=str(error))
            if done.wait(SECONDS):
                return

    threading.Thread(target=go_on, name="pulse", daemon=True).start()
    return done


def _note_gaps(since: datetime) -> None:
    hooked = [slug for slug, channel in registry.all_channels().items() if channel.receives_hooks]
    listening = select(Account.id).where(
        Account.channel.in_(hooked), Account.broken_because != DISCONNECTED
    )
    for account_id in db.session.scalars(listening.order_by(Account.id)).all():
        gaps.note(account_id, since, reason=gaps.DOWN)
