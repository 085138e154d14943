"""Is the hub done with everything? Read from its database."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from hub.channels.models import Account, Checkup
from hub.intake.models import Delivery, DeliveryState, Gap, KeptItem
from hub.tickets.models import DeliveryStatus, Message

ON_THEIR_WAY = (
    DeliveryStatus.PENDING,
    DeliveryStatus.SENDING,
    DeliveryStatus.WAITING,
    DeliveryStatus.SCHEDULED,
)


def unrest(session: Session) -> list[str]:
    """What is still to be done by itself."""
    in_doubt = Message.delivery == DeliveryStatus.UNKNOWN
    return list(
        _counted(
            session,
            {
                "deliveries wait": Delivery.state == DeliveryState.WAITING,
                "answers are on their way": Message.delivery.in_(ON_THEIR_WAY),
                "answers are being looked for": in_doubt & Message.next_at.is_not(None),
                "gaps are being filled": Gap.next_at.is_not(None),
                "accounts are broken": Account.broken_because != "",
                "accounts are deaf": Checkup.deaf_since.is_not(None),
            },
        )
    )


def knows_of_silence(session: Session) -> bool:
    """Has a check-up found that a platform does not deliver?"""
    deaf = select(Checkup.account_id).where(Checkup.deaf_since.is_not(None))
    found = session.scalar(deaf.limit(1)) is not None
    session.rollback()
    return found


def left_over(session: Session) -> list[str]:
    """What was not understood or given up: nothing of it is to be."""
    failed = Delivery.state == DeliveryState.FAILED
    return list(
        _counted(
            session,
            {"items were kept aside": KeptItem.id > 0, "deliveries were given up": failed},
        )
    )


def _counted(session: Session, wanted: dict[str, ColumnElement[bool]]) -> Iterator[str]:
    for words, condition in wanted.items():
        if number := session.scalar(select(func.count()).where(condition)):
            yield f"{number} {words}"
    session.rollback()
