"""Taking a message to say it: the row is claimed with a lease and committed before the call.

A worker that dies in the call leaves a row that nobody may resend blindly: once its lease has
passed, its fate is `unknown`.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import joinedload, selectinload

from hub import files
from hub.channels import accounts, registry
from hub.channels.base import AccountAccess, AccountBroken, OutboundFile, OutboundMessage
from hub.channels.credentials import CredentialsUnreadable
from hub.channels.models import Account
from hub.clock import now, present
from hub.extensions import db
from hub.outbox import results, scheduling, signing, spending
from hub.outbox.jobs import Job
from hub.outbox.models import Attempt
from hub.plain_rows import plain_ids
from hub.tickets import codes, outgoing
from hub.tickets.models import ON_THEIR_WAY, DeliveryStatus, FileState, Message, Part

LEASE = timedelta(seconds=120)
#: How long a message waits before it is looked at again while its channel is switched off.
CHANNEL_OFF_WAIT = timedelta(minutes=5)
#: The same while the month's ceiling is reached: somebody may raise it.
CEILING_WAIT = timedelta(minutes=15)
#: Reasons to wait that other settings may end.
BY_SETTINGS = frozenset({"ceiling", "channel-off"})


def hasten_what_settings_hold() -> None:
    """Make due what waits for reasons that other settings may end, and commit."""
    db.session.execute(
        update(Message)
        .where(
            ON_THEIR_WAY,
            Message.delivery == DeliveryStatus.WAITING,
            Message.error_code.in_(BY_SETTINGS),
        )
        .values(next_at=now())
    )
    db.session.commit()


def due() -> list[int]:
    """Ids of the messages to send now, oldest first, at most 200."""
    return plain_ids(_due())


@cache
def _due() -> Select[int]:
    return select(Message.id).where(_is_due()).order_by(Message.next_at, Message.id).limit(200)


def claim(message_id: int) -> Job | None:
    """Take a message for one call, and commit. None when another worker has it, when it is
    settled, when it has to wait, when somebody wrote before the time it was put off to, or when
    its window has closed: it fails then."""
    claimed = db.session.scalar(
        update(Message)
        .where(Message.id == message_id, _is_due())
        .values(delivery=DeliveryStatus.SENDING, lease_until=now() + LEASE)
        .returning(Message.id)
    )
    if claimed is None:
        db.session.rollback()
        return None
    message = _loaded(message_id)
    if scheduling.is_overtaken(message):
        scheduling.hold_back(message)
        db.session.commit()
        scheduling.tell_author(message_id)
        return None
    access = _access(message)
    job = _begin_attempt(message, access) if access else None
    db.session.commit()
    return job


@cache
def _is_due() -> ColumnElement[bool]:
    """What waits for a broken account is due from the moment the account is mended. A message
    whose window has closed is due whatever it waits for: nobody must believe that it will leave."""
    well = select(Account.id).where(Account.broken_because == "")
    is_pending = Message.delivery.in_([DeliveryStatus.PENDING, DeliveryStatus.SCHEDULED])
    is_waiting = Message.delivery == DeliveryStatus.WAITING
    return and_(
        ON_THEIR_WAY,
        or_(
            and_(
                or_(is_pending, and_(is_waiting, Message.account_id.in_(well))),
                Message.next_at <= present(),
            ),
            and_(or_(is_pending, is_waiting), Message.send_until <= present()),
        ),
    )


def _access(message: Message) -> AccountAccess | None:
    """What the call needs of the account. None when it cannot be used, and the message waits, or
    when the platform takes it no more, and it has failed."""
    account = message.account
    if message.send_until and message.send_until <= now():
        results.set_window_closed(message, message.error_code)
    elif account.broken_because:
        results.wait(message, account.broken_because, now())
    elif account.channel not in registry.all_channels():
        results.wait(message, "channel-off", now() + CHANNEL_OFF_WAIT)
    else:
        try:
            return accounts.access(account)
        except CredentialsUnreadable:
            results.pause_account(message, AccountBroken("credentials-unreadable"))
    return None


def _begin_attempt(message: Message, access: AccountAccess) -> Job | None:
    """None, and the message waits, when the month's ceiling does not allow another call."""
    begun_at = now()
    part = message.next_part.number if message.next_part else None
    channel, outbound = registry.channel(message.account.channel), _outbound(message)
    price = channel.price(access, outbound.target, outbound.text, part=part or 1)
    if price and not spending.reserve(message.account_id, price, channel.ceiling, begun_at):
        until = min(spending.next_month(begun_at), begun_at + CEILING_WAIT)
        results.wait_for_money(message, until)
        return None
    attempt = Attempt(
        message_id=message.id,
        part=part,
        started_at=begun_at,
        cost=price.amount if price else None,
    )
    message.attempts += 1
    db.session.add(attempt)
    db.session.flush()
    return Job(
        message_id=message.id,
        attempt_id=attempt.id,
        channel=channel.slug,
        part=part,
        access=access,
        outbound=outbound,
    )


def _outbound(message: Message) -> OutboundMessage:
    part = message.next_part
    is_later = part is not None and part.number > 1
    return replace(
        outgoing.words(message),
        tried_at=_tried_at(message, part),
        files=() if is_later else _files(message),
        context=_context(message),
    )


def _tried_at(message: Message, part: Part | None) -> datetime | None:
    if not message.attempts:
        return None
    first = select(func.min(Attempt.started_at)).where(
        Attempt.message_id == message.id,
        Attempt.part.is_not_distinct_from(part.number if part else None),
    )
    return db.session.scalar(first)


def _context(message: Message) -> dict[str, str]:
    ticket, author, settings = message.ticket, message.user, current_app.config["HUB"]
    token = ticket.tracking_token
    return {
        "reference": ticket.reference,
        "subject": ticket.subject,
        "tracking_url": f"{settings.base_url}/suivi/{token}" if token else "",
        "author_name": signing.public_name(author) if author else "",
        "author_title": signing.public_title(author, ticket) if author else "",
        "organisation": settings.organisation_name,
        "automatic": "yes" if message.automatic else "",
        "code": "yes" if codes.carries_code(message) else "",
    }


def _files(message: Message) -> tuple[OutboundFile, ...]:
    return tuple(
        OutboundFile(
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            alt_text=file.alt_text,
            read=files.path(file.storage_key).read_bytes,
        )
        for file in message.attachments
        if file.state == FileState.STORED
    )


def _loaded(message_id: int) -> Message:
    return db.session.scalars(
        select(Message)
        .where(Message.id == message_id)
        .options(
            joinedload(Message.account),
            joinedload(Message.ticket),
            joinedload(Message.user),
            selectinload(Message.parts),
            selectinload(Message.attachments),
        )
        .execution_options(populate_existing=True)
    ).one()
