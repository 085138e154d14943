"""E-mail to the people who work in the hub. Each is a row of a class that inherits Mailing; a
worker sends it. A mail server that is away delays it, and nobody is told twice.

The row is given up at the moment the server is about to take the mail, and noted as sent once it
has: a worker that is killed in between leaves behind that nobody knows, and it is not sent again.
One that is killed earlier leaves a lease, and another sends it when that has passed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TypeVar

import structlog
from flask import current_app
from flask_babel import force_locale
from sqlalchemy import ColumnElement, ForeignKey, String, and_, or_, select, update
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from config import Settings
from hub.accounts.languages import DEFAULT, LANGUAGES
from hub.accounts.models import User
from hub.channels.base import AccountBroken, OutcomeUnknown, Refused, RetryLater
from hub.channels.web import letter, mail
from hub.channels.web.settings import MailSettings
from hub.clock import UtcDateTime, back_off, now
from hub.database import BigInt, Id
from hub.extensions import db
from hub.plain_rows import plain_ids

log = structlog.get_logger()

LEASE = timedelta(minutes=2)
#: How long to wait after each try that failed; after the last one for each further one.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (2, 4, 8, 16, 30))
#: After that the page tells it, and no mail does.
GIVE_UP_AFTER = timedelta(days=1)


class Mailing:
    """One e-mail to one person.

    `next_at`: when it is to leave (again), None once it has left, may have, or was given up.
    `error`: code of what stopped the last try, or why it was given up.
    """

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(64), default="")

    @declared_attr
    def user(cls) -> Mapped[User]:  # noqa: N805  (SQLAlchemy calls it with the class)
        return relationship(User)


Row = TypeVar("Row", bound=Mailing)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, in the language of its reader."""

    subject: str
    text: str


def is_on() -> bool:
    """Does the council have a mail server?"""
    return _settings().is_on


def due(kind: type[Mailing]) -> list[int]:
    """Ids of the mails of this kind to send now, oldest first, at most 200."""
    query = select(kind.id).where(_is_due(kind)).order_by(kind.next_at, kind.id)
    return plain_ids(query.limit(200))


def send(kind: type[Row], row_id: int, write: Callable[[Row], Letter | None]) -> None:
    """Send one, unless another worker does. `write` gives what it says in the reader's language,
    None when there is nothing to say any more. Those who are switched off get none."""
    if not is_on():
        return
    try:
        email = _claim(kind, row_id, write)
        if email is not None:
            recipient = email["To"].addresses[0].addr_spec
            mail.deliver(_settings(), email, recipient, at_last=lambda: _let_go(kind, row_id))
            _update(kind, row_id, sent_at=now(), next_at=None, error="")
    except OutcomeUnknown as error:
        _update(kind, row_id, sent_at=now(), next_at=None, error=error.code)
    except Refused as error:
        log.warning("mail refused", mail=kind.__name__, row=row_id, code=error.code)
        _give_up(kind, row_id, error.code)
    except (RetryLater, AccountBroken) as error:
        log.warning("mail delayed", mail=kind.__name__, row=row_id, code=error.code)
        _postpone(kind, row_id, error.code)


def _settings() -> MailSettings:
    settings: Settings = current_app.config["HUB"]
    return MailSettings.from_environ(settings.environ)


def _is_due(kind: type[Mailing]) -> ColumnElement[bool]:
    instant = now()
    return and_(
        kind.next_at.is_not(None),
        kind.next_at <= instant,
        or_(kind.lease_until.is_(None), kind.lease_until < instant),
    )


def _claim(
    kind: type[Row], row_id: int, write: Callable[[Row], Letter | None]
) -> EmailMessage | None:
    claimed = db.session.scalar(
        update(kind)
        .where(kind.id == row_id, _is_due(kind))
        .values(lease_until=now() + LEASE, attempts=kind.attempts + 1)
        .returning(kind.id)
    )
    db.session.commit()
    if claimed is None:
        return None
    row = db.session.get_one(kind, row_id, populate_existing=True)
    with force_locale(row.user.language if row.user.language in LANGUAGES else DEFAULT):
        said = write(row) if row.user.active else None
    email = _compose(row, said) if said else None
    db.session.rollback()
    if email is None:
        _give_up(kind, row_id, "nothing-to-say")
    return email


def _compose(row: Mailing, said: Letter) -> EmailMessage:
    """Raises Refused when the address cannot stand in a header."""
    sender = _settings().sender
    name = f"{type(row).__name__.lower()}-{row.id}-{row.at:%Y%m%d%H%M%S}"
    email = EmailMessage()
    email["From"] = sender
    email["To"] = letter.recipient(row.user.email)
    email["Subject"] = " ".join(said.subject.split())
    email["Date"] = format_datetime(now())
    email["Message-ID"] = f"<{name}@{sender.domain}>"
    email["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine may answer
    email.set_content(said.text, charset="utf-8", cte="quoted-printable")
    return email


def _let_go(kind: type[Mailing], row_id: int) -> None:
    """From now on it may leave: should this worker die, no other sends it again."""
    _update(kind, row_id, next_at=None, error="worker-died")


def _give_up(kind: type[Mailing], row_id: int, error: str) -> None:
    _update(kind, row_id, next_at=None, error=error)


def _postpone(kind: type[Mailing], row_id: int, error: str) -> None:
    row = db.session.get_one(kind, row_id, populate_existing=True)
    if now() - row.at > GIVE_UP_AFTER:
        _give_up(kind, row_id, error)
    else:
        _update(kind, row_id, next_at=now() + back_off(BACK_OFF, row.attempts), error=error)


def _update(kind: type[Mailing], row_id: int, **values: object) -> None:
    db.session.execute(update(kind).where(kind.id == row_id).values(lease_until=None, **values))
    db.session.commit()
