"""An answer that is held: what came in while it was written, to be seen before it is sent."""

from dataclasses import dataclass
from typing import Self

from hub.outbox.holding import CameMeanwhile, News


@dataclass(frozen=True, slots=True)
class Held:
    """What its writer had not seen, and whether the ticket was to be closed with the answer."""

    news: tuple[News, ...]
    closes: bool

    @classmethod
    def by(cls, problem: CameMeanwhile, *, closes: bool) -> Self:
        return cls(problem.news, closes)

    @property
    def seen(self) -> int:
        """The last line of the ticket's history that the writer knows, once they have read this."""
        return self.news[-1].event_id
