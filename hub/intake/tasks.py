"""What a worker does for the way in."""

from hub.intake import (
    backfill,
    copies,
    deliveries,
    gaps,
    lookups,
    pictures,
    polling,
    rechecks,
    unknowns,
)
from hub.queue import patient_task, ring, sweeper, task, urgent_task


@task
def process_delivery(_row_id: int) -> None:
    """File a handful of what came in, of each channel in turn: the ring says that something did,
    and not what is next. Where there may be more, the next worker is rung for before this one
    begins; that ring stands behind what people wait for."""
    taken = deliveries.take()
    if len(taken) == deliveries.HANDFUL:
        ring("process_delivery", 0)
    deliveries.process(taken)


@patient_task
def copy_file(attachment_id: int) -> None:
    """Copy one file of a message from its platform."""
    copies.copy(attachment_id)
    ring("make_pictures", attachment_id)


@patient_task
def make_pictures(attachment_id: int) -> None:
    """Make the small pictures by which a file is shown."""
    pictures.make(attachment_id)


@patient_task
def look_up_author(identity_id: int) -> None:
    """Ask a platform for the name of somebody who wrote."""
    lookups.look_up_author(identity_id)


@patient_task
def look_up_publication(publication_id: int) -> None:
    """Ask a platform for the text of a publication that somebody commented on."""
    lookups.look_up_publication(publication_id)


@patient_task
def poll_account(account_id: int) -> None:
    """Ask a platform what is new in one account."""
    polling.poll(account_id)


@patient_task
def look_again(account_id: int) -> None:
    """Ask a platform what has become of messages of one account."""
    rechecks.look_again(account_id)


@urgent_task
def look_for_message(message_id: int) -> None:
    """Ask a platform whether a message of ours is there."""
    unknowns.look_for(message_id)


@patient_task
def fill_gap(gap_id: int) -> None:
    """Ask a platform for what came in a gap."""
    backfill.fill(gap_id)


@sweeper
def ring_for_due() -> None:
    """Find deliveries and files that no ring has brought to a worker, and what to ask for."""
    if deliveries.is_due():
        ring("process_delivery", 0)
    for attachment_id in copies.due():
        ring("copy_file", attachment_id)
    for attachment_id in pictures.due():
        ring("make_pictures", attachment_id)
    for account_id in polling.due():
        ring("poll_account", account_id)
    for account_id in rechecks.due():
        ring("look_again", account_id)
    for message_id in unknowns.due():
        ring("look_for_message", message_id)
    gaps.note_paused()
    for gap_id in gaps.due():
        ring("fill_gap", gap_id)
