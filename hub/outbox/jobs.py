"""What one call to a platform needs."""

from dataclasses import dataclass

from hub.channels.base import AccountAccess, OutboundMessage


@dataclass(frozen=True, slots=True)
class Job:
    """All a call needs, read before the transaction ends. `part`: the number of the part it
    says, None for a whole message."""

    message_id: int
    attempt_id: int
    channel: str
    part: int | None
    access: AccountAccess
    outbound: OutboundMessage
