"""E-mail with what people have not read in the page.

A mail names the ticket by its reference and subject, what happened, and who did it, and nothing
else: mailboxes are read on private telephones and kept for years, so what citizens and colleagues
wrote stays in the hub, behind the sign-in.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select, update

from config import Settings
from hub.accounts import mails
from hub.accounts.mails import Letter
from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.formats import exact
from hub.inbox.notifications import choices, queries, wording
from hub.inbox.notifications.choices import Rhythm
from hub.inbox.notifications.models import Digest, Notification

#: People that one look makes mails for; the next look is made soon.
HANDFUL = 100
#: Notifications that one mail tells of.
MOST_LINES = 50
HOUR = timedelta(hours=1)
#: When mail comes that comes twice a day, in the council's time zone.
TIMES_OF_DAY = (time(8), time(14))


def make_due() -> None:
    """Make mails for the people whose time has come. Nothing happens without a mail server."""
    if not mails.is_on():
        return
    waiting = (
        select(Notification.user_id)
        .where(Notification.mail_at.is_not(None), Notification.mail_at <= now())
        .group_by(Notification.user_id)
        .order_by(func.min(Notification.mail_at))
        .limit(HANDFUL)
    )
    found = list(db.session.scalars(waiting))
    db.session.rollback()
    for user_id in found:
        make(user_id)


def make(user_id: int) -> None:
    """Put what this person has not read into one mail, when it is time for one. Two workers that
    try at once make one: the person's row is held."""
    user = db.session.get_one(User, user_id, with_for_update={"of": User}, populate_existing=True)
    rhythm = choices.rhythm(user)
    if not user.active or rhythm == Rhythm.NEVER:
        _take(user, None)
    elif _is_time(user, rhythm):
        digest = Digest(user_id=user.id)
        db.session.add(digest)
        db.session.flush()
        if not _take(user, digest):
            db.session.rollback()
    db.session.commit()


def send(digest_id: int) -> None:
    """Send one, unless another worker does."""
    mails.send(Digest, digest_id, _write)


def _take(user: User, digest: Digest | None) -> bool:
    """Put what is due into this mail, or into none. False when nothing is."""
    due = update(Notification).where(
        Notification.user_id == user.id,
        Notification.mail_at.is_not(None),
        Notification.mail_at <= now(),
    )
    taken = due.values(mail_at=None, digest_id=digest.id if digest else None)
    return bool(db.session.scalars(taken.returning(Notification.id)).all())


def _is_time(user: User, rhythm: Rhythm) -> bool:
    """Has the time passed that lies between two mails to this person?"""
    last = db.session.scalar(select(func.max(Digest.at)).where(Digest.user_id == user.id))
    if last is None or rhythm == Rhythm.HOURLY:
        return last is None or last <= now() - HOUR
    settings: Settings = current_app.config["HUB"]
    return last < _last_time_of_day(now(), settings.timezone)


def _last_time_of_day(at: datetime, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    days = (local.date(), local.date() - timedelta(days=1))
    times = (datetime.combine(day, clock, zone) for day in days for clock in TIMES_OF_DAY)
    return max(instant for instant in times if instant <= local)


def _write(digest: Digest) -> Letter | None:
    found = queries.to_say(digest.user, digest.id, MOST_LINES)
    if not found:
        return None
    settings: Settings = current_app.config["HUB"]
    number = len(found)
    lines = [_line(told, settings.base_url) for told in found]
    return Letter(
        ngettext("%(num)d thing to read", "%(num)d things to read", number),
        "\n\n".join(
            [
                _("This happened, and you have not read it in the hub yet:"),
                *lines,
                _("What is told by e-mail, and how often, you choose here:"),
                f"{settings.base_url}/account#notifications",
                f"{settings.organisation_name}, {exact(now())}",
            ]
        ),
    )


def _line(told: Notification, base_url: str) -> str:
    ticket = told.ticket
    subject = " ".join(ticket.subject.split()) or _("(no text)")
    return "\n".join(
        [
            f"- {wording.sentence(told)}, {exact(told.at)}",
            f"  {ticket.reference} – {subject}",
            f"  {base_url}/tickets/{ticket.reference}",
        ]
    )
