"""What a worker does so that people are told."""

from datetime import timedelta

from hub.accounts import mails
from hub.inbox.notifications import digests, reading, telling
from hub.inbox.notifications.models import Digest
from hub.queue import periodic, ring, starter, sweeper, task


@starter
def begin() -> None:
    """Note where the history ends before anybody was ever told."""
    reading.begin()


@task
def tell_people(_row_id: int) -> None:
    """Tell people of the next lines of the history: the ring says that there are some."""
    reading.begin()
    if reading.read_on(telling.tell):
        ring("tell_people", 0)


@task
def send_digest(digest_id: int) -> None:
    """Send one e-mail with what somebody has not read."""
    digests.send(digest_id)


@sweeper
def ring_for_lines() -> None:
    """Find lines of the history that nobody was told of."""
    if reading.is_behind():
        ring("tell_people", 0)


@periodic(timedelta(minutes=1))
def make_digests() -> None:
    """Put what was not read into e-mails."""
    digests.make_due()


@sweeper
def ring_for_digests() -> None:
    """Find e-mails that have not left."""
    for digest_id in mails.due(Digest):
        ring("send_digest", digest_id)
