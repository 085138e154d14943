"""Saying what is stored, and recording what came of it.

The row is the truth: it is claimed and committed before the platform is called (claiming.py), no
transaction is open during the call, and the result is written afterwards (results.py).
"""

from collections.abc import Callable
from functools import partial

import structlog
from flask_babel import force_locale
from sqlalchemy.exc import IntegrityError, OperationalError

from hub.accounts.languages import DEFAULT
from hub.channels import registry
from hub.channels.base import ChannelError, OutcomeUnknown
from hub.extensions import db
from hub.outbox import results
from hub.outbox.claiming import claim
from hub.queue import ring

log = structlog.get_logger()

#: How often the result of a call is written before the row is left to look unknown.
WRITES = 4


def send(message_id: int) -> None:
    """Say one message, or its next part, unless another worker has it or it is settled."""
    job = claim(message_id)
    if job is None:
        return
    try:
        with force_locale(DEFAULT):  # official replies are in French (CRPA L111-1)
            sent = registry.channel(job.channel).send(job.access, job.outbound)
    except ChannelError as error:
        result = partial(results.record_error, job, error)
    except Exception as error:
        log.exception("send broke", message=message_id)
        broke = OutcomeUnknown("unexpected", f"{type(error).__name__}: {error}")
        result = partial(results.record_error, job, broke)
    else:
        result = partial(results.record_sent, job, sent)
    if _write(result):
        ring("send_message", message_id)


def _write(record_result: Callable[[], bool]) -> bool:
    """Write what came of a call, in one transaction. Losing a race, or a deadlock, must not lose
    the result: nobody could tell later whether the message left."""
    for attempt in range(1, WRITES + 1):
        try:
            goes_on = record_result()
            db.session.commit()
        except (IntegrityError, OperationalError):
            db.session.rollback()
            if attempt == WRITES:
                raise
        else:
            return goes_on
    raise AssertionError("unreachable")
