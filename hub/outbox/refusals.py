"""Why an answer cannot be sent as it is. Nothing is stored then; what was written is the caller's
to keep."""

from collections.abc import Sequence
from datetime import datetime


class CannotReply(Exception):
    """What these have in common."""


class EmptyReply(CannotReply):
    """There is nothing to send: no text, and no file."""


class NoSuchWay(CannotReply):
    """This ticket cannot be answered that way now. `reason` says why, in the reader's language."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ChannelUnusable(CannotReply):
    """The ticket's channel is switched off, or its account must be connected again. Nothing can
    be sent until then."""


class TooManyParts(CannotReply):
    """The text would have to be split into `parts` texts where `most` are allowed."""

    def __init__(self, parts: int, most: int) -> None:
        super().__init__(f"{parts} > {most}")
        self.parts = parts
        self.most = most


class TooLong(CannotReply):
    """The text is longer than the platform takes: `length` of at most `limit` characters."""

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"{length} > {limit}")
        self.length = length
        self.limit = limit


class WrongFiles(CannotReply):
    """The files cannot go with the answer: a sentence for each reason, in the reader's language.
    `undescribed` are the keys of pictures that want a text alternative."""

    def __init__(self, reasons: Sequence[str], undescribed: Sequence[str] = ()) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)
        self.undescribed = frozenset(undescribed)


class WrongTime(CannotReply):
    """It cannot leave at the instant that was chosen: that has passed ("past"), lies too far ahead
    ("far"), or comes when its way has closed at `until` ("closed")."""

    def __init__(self, why: str, until: datetime | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.until = until
