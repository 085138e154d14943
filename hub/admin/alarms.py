"""E-mail to supervisors and administrators when an account is sick, and when it is well again.

Each person's is a row that is sent by a worker: a mail server that is away delays it, and nobody
is told twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import structlog
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, or_, select, update

from config import Settings
from hub.accounts.languages import DEFAULT, LANGUAGES
from hub.accounts.models import Role, User
from hub.admin.models import Alarm
from hub.channels.base import AccountBroken, OutcomeUnknown, Refused, RetryLater
from hub.channels.models import Account
from hub.channels.registry import channel_name
from hub.channels.web import letter, mail
from hub.channels.web.settings import MailSettings
from hub.clock import back_off, now
from hub.extensions import db
from hub.formats import exact

log = structlog.get_logger()

LEASE = timedelta(minutes=2)
#: How long to wait after each try that failed; after the last one for each further one.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (2, 4, 8, 16, 30))
#: After that the page tells it, and no mail does.
GIVE_UP_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Job:
    """One e-mail on its way."""

    email: EmailMessage
    recipient: str


def tell(account: Account, problems: Sequence[str]) -> None:
    """Have all active supervisors and administrators told what is wrong, or with no problem that
    all is well again, in the caller's transaction. Nothing happens without a mail server."""
    if not _mail().is_on:
        return
    told = select(User).where(User.active, User.role.in_([Role.SUPERVISOR, Role.ADMIN]))
    for user in db.session.scalars(told.order_by(User.id)):
        db.session.add(Alarm(account_id=account.id, user_id=user.id, problems=list(problems)))


def due() -> list[int]:
    """Ids of the e-mails to send now, oldest first, at most 200."""
    query = select(Alarm.id).where(_is_due()).order_by(Alarm.next_at, Alarm.id)
    return list(db.session.scalars(query.limit(200)))


def send(alarm_id: int) -> None:
    """Send one, unless another worker does."""
    if not _mail().is_on:
        return
    try:
        job = _claim(alarm_id)
        if job is not None:
            mail.deliver(_mail(), job.email, job.recipient)
            _finish(alarm_id)
    except OutcomeUnknown as error:
        _finish(alarm_id, error=error.code)  # it may have left: nobody is told twice
    except Refused as error:
        log.warning("alarm refused", alarm=alarm_id, code=error.code)
        _give_up(alarm_id, error.code)
    except (RetryLater, AccountBroken) as error:
        log.warning("alarm delayed", alarm=alarm_id, code=error.code)
        _postpone(alarm_id, error.code)


def _mail() -> MailSettings:
    settings: Settings = current_app.config["HUB"]
    return MailSettings.from_environ(settings.environ)


def _is_due() -> ColumnElement[bool]:
    instant = now()
    return and_(
        Alarm.next_at.is_not(None),
        Alarm.next_at <= instant,
        or_(Alarm.lease_until.is_(None), Alarm.lease_until < instant),
    )


def _claim(alarm_id: int) -> Job | None:
    claimed = db.session.scalar(
        update(Alarm)
        .where(Alarm.id == alarm_id, _is_due())
        .values(lease_until=now() + LEASE, attempts=Alarm.attempts + 1)
        .returning(Alarm.id)
    )
    db.session.commit()
    if claimed is None:
        return None
    alarm = db.session.get_one(Alarm, alarm_id, populate_existing=True)
    language = alarm.user.language if alarm.user.language in LANGUAGES else DEFAULT
    with force_locale(language):
        email = _compose(alarm)
    db.session.rollback()
    return Job(email, email["To"].addresses[0].addr_spec)


def _compose(alarm: Alarm) -> EmailMessage:
    """Raises Refused when the address cannot stand in a header."""
    sender, account = _mail().sender, alarm.account
    email = EmailMessage()
    email["From"] = sender
    email["To"] = letter.recipient(alarm.user.email)
    email["Subject"] = " ".join(_subject(account, well=not alarm.problems).split())
    email["Date"] = format_datetime(now())
    email["Message-ID"] = f"<alarm-{alarm.id}-{alarm.at:%Y%m%d%H%M%S}@{sender.domain}>"
    email["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine may answer
    email.set_content(_text(alarm), charset="utf-8", cte="quoted-printable")
    return email


def _subject(account: Account, *, well: bool) -> str:
    words = {"account": account.name, "channel": channel_name(account.channel)}
    if well:
        return _("%(account)s on %(channel)s works again", **words)
    return _("%(account)s on %(channel)s needs somebody", **words)


def _text(alarm: Alarm) -> str:
    settings: Settings = current_app.config["HUB"]
    name = {"account": alarm.account.name, "channel": channel_name(alarm.account.channel)}
    if alarm.problems:
        first = _("Something is wrong with %(account)s on %(channel)s:", **name)
        last = _("What citizens wrote is kept, and so are the answers that cannot leave.")
    else:
        first = _("All is well again with %(account)s on %(channel)s.", **name)
        last = _("The platform is asked by itself for what may have been missed.")
    return "\n\n".join(
        [
            first,
            *(f"- {problem}" for problem in alarm.problems),
            last,
            f"{settings.base_url}/settings/channels#account-{alarm.account_id}",
            f"{settings.organisation_name}, {exact(alarm.at)}",
        ]
    )


def _finish(alarm_id: int, error: str = "") -> None:
    _update(alarm_id, sent_at=now(), next_at=None, error=error)


def _give_up(alarm_id: int, error: str) -> None:
    _update(alarm_id, next_at=None, error=error)


def _postpone(alarm_id: int, error: str) -> None:
    alarm = db.session.get_one(Alarm, alarm_id, populate_existing=True)
    if now() - alarm.at > GIVE_UP_AFTER:
        _give_up(alarm_id, error)
    else:
        _update(alarm_id, next_at=now() + back_off(BACK_OFF, alarm.attempts), error=error)


def _update(alarm_id: int, **values: object) -> None:
    db.session.execute(update(Alarm).where(Alarm.id == alarm_id).values(lease_until=None, **values))
    db.session.commit()
