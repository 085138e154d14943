"""What a worker does for changes of many tickets."""

from datetime import timedelta

from hub.inbox.bulk import actions, working
from hub.queue import periodic, ring, sweeper, task


@task
def work_on_bulk_job(job_id: int) -> None:
    """Do a handful of one job, and ring for the next."""
    if working.work(job_id):
        ring("work_on_bulk_job", job_id)


@sweeper
def ring_for_bulk_jobs() -> None:
    """Find jobs that no ring has brought to a worker, and those whose worker died."""
    for job_id in working.due():
        ring("work_on_bulk_job", job_id)


@periodic(timedelta(days=1))
def forget_old_jobs() -> None:
    """Remove what was done long ago."""
    actions.forget_old()
