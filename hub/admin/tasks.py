"""What a worker does for those who look after the hub."""

from datetime import timedelta

from hub.admin import alarms, checkups, statistics
from hub.queue import periodic, ring, sweeper, task


@task
def check_up(account_id: int) -> None:
    """Examine one account."""
    checkups.check_up(account_id)


@task
def send_alarm(alarm_id: int) -> None:
    """Send one e-mail about an account."""
    alarms.send(alarm_id)


@periodic(timedelta(seconds=30))
def ring_for_check_ups() -> None:
    """Find accounts whose turn has come."""
    for account_id in checkups.due():
        ring("check_up", account_id)


@periodic(timedelta(days=1))
def renew_statistics() -> None:
    """Let SQLite know what its tables hold."""
    statistics.renew()


@sweeper
def ring_for_alarms() -> None:
    """Find e-mails that have not left."""
    for alarm_id in alarms.due():
        ring("send_alarm", alarm_id)
