"""Deliveries on a bad day: lost on the way, told twice, unanswered, told again much later."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from hub.sandbox.courier import Deliver

Request = tuple[Mapping[str, str], bytes]


@dataclass
class BadDay:
    """Hands deliveries on to `deliver` until it is `over`. A delivery that seems to have failed is
    tried again by its network, after others: so they come in another order."""

    deliver: Deliver
    random: Random
    counts: Counter[str]
    over: bool = False
    _earlier: deque[Request] = field(default_factory=lambda: deque(maxlen=40), init=False)

    def __call__(self, headers: Mapping[str, str], body: bytes) -> int:
        if self.over:
            return self.deliver(headers, body)
        chance = self.random.random()
        if chance < 0.08:
            self.counts["deliveries lost on the way"] += 1
            return 0
        status = self.deliver(headers, body)
        if chance < 0.14:
            self.counts["deliveries told twice"] += 1
            self.deliver(headers, body)
        elif chance < 0.20:
            self.counts["answers to deliveries lost"] += 1
            status = 0
        elif chance < 0.24 and self._earlier:
            self.counts["old deliveries told again"] += 1
            self.deliver(*self.random.choice(self._earlier))
        self._earlier.append((headers, body))
        return status
