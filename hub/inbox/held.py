"""An answer that is held: what came in while it was written, to be seen before it is sent."""

from dataclasses import dataclass
from typing import Self

from hub.outbox.holding import CameMeanwhile, News


@dataclass(frozen=True, slots=True)
class Held:
    """What its writer had not seen, and what was to be done beside sending: "close" the ticket,
    send it "later", or nothing ("")."""

    news: tuple[News, ...]
    then: str

    @classmethod
    def by(cls, problem: CameMeanwhile, *, then: str) -> Self:
        return cls(problem.news, then)

    @property
    def closes(self) -> bool:
        return self.then == "close"

    @property
    def seen(self) -> int:
        """The last line of the ticket's history that the writer knows, once they have read this."""
        return self.news[-1].event_id
