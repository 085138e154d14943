"""What goes wrong on the platforms' side: faults of calls, dead tokens, events told otherwise."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from hub.sandbox.meta.faults import FAULTS as FACEBOOK_FAULTS
from hub.sandbox.meta.identities import PAGE_ID, PAGE_NAME, PAGE_TOKEN
from hub.sandbox.x.faults import FAULTS as X_FAULTS
from hub.sandbox.x.identities import ACCOUNT_ID, HANDLE
from tests.laws.continuity.citizens import Citizens
from tests.laws.continuity.plan import Talk

#: A command of the hub, and what it is given on its standard input.
Command = Callable[[str, str], object]

#: "instead" of what was asked, or after it was done.
FACEBOOK = ("answer_lost", "error_but_posted", "html_503", "rate_limited", "usage_high")
X = (*FACEBOOK[:-1], "echo_first", "echo_never")
#: Faults that may strike questions as well as answers.
OF_ANY_CALL = frozenset({"html_503", "rate_limited"})


@dataclass
class Trouble:
    """`slow`: how many seconds late a late answer is, 0 where nobody has so much time."""

    citizens: Citizens
    command: Command
    random: Random
    counts: Counter[str]
    slow: float = 0
    _broken: set[str] = field(default_factory=set, init=False)
    _silent: bool = field(default=False, init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)

    def one_fault(self) -> None:
        """Spoil one of the next calls to a platform."""
        network = self.random.choice(("facebook", "twitter"))
        name = self.random.choice(FACEBOOK if network == "facebook" else X)
        if self.slow and self.random.random() < 0.1:
            name = "answer_slow"
        any_call = True if name in OF_ANY_CALL and self.random.random() < 0.5 else None
        self._arm(network, name, any_call=any_call)
        self.counts[f"fault: {name}"] += 1

    def kill_token(self) -> None:
        """A platform takes the access of the council's account away."""
        with self._lock:
            network = "twitter" if self._silent else self.random.choice(("facebook", "twitter"))
            self._broken.add(network)
        self.counts[f"tokens dead: {network}"] += 1
        if network == "facebook":
            self._arm(network, "token_dead", times=2)
        elif self.random.random() < 0.5:
            self.citizens.x.revoke()
        else:  # the hub renews once by itself
            self._arm(network, "token_dead", times=2, any_call=True)

    def mend_tokens(self) -> None:
        """Connect again, as the council would, what lost its access."""
        with self._lock:
            for network in sorted(self._broken):
                self._arm(network, "token_dead", times=0)
                self.connect(network)
                self._broken.discard(network)

    def connect(self, network: str) -> None:
        """Give the hub access to the council's account."""
        if network == "facebook":
            names = f"--page-id {PAGE_ID} --name '{PAGE_NAME}'"
            self.command(f"channels connect facebook {names} --token-stdin", PAGE_TOKEN)
        else:
            names = f"--user-id {ACCOUNT_ID} --handle {HANDLE}"
            tokens = json.dumps(self.citizens.x.grant())
            self.command(f"channels connect twitter {names} --token-stdin", tokens)

    def tell_otherwise(self) -> None:
        """X pushes by another product or nothing at all, or tries no delivery again."""
        shape = self.random.choice(("activity", "account_activity", "both"))
        retries = self.random.choice(("three", "three", "none"))
        pushes = self.random.random() < 0.8
        self.citizens.x.switch(shape=shape, retries=retries, webhooks=pushes)
        self.counts["X tells otherwise" if pushes else "X pushes nothing"] += 1

    def silence_facebook(self) -> None:
        """Facebook tells the hub nothing any more, until somebody connects the page again, who
        was told by the hub that this is to be done."""
        with self._lock:
            self.mend_tokens()
            self._silent = True
            self.citizens.meta.subscribe_page(())
        self.counts["Facebook fell silent"] += 1

    def end_silence(self) -> None:
        """Connect the page, as often as it takes: a fault may spoil that too."""
        while self.citizens.facebook_is_silent():
            self.connect("facebook")
        if self._silent:
            self._silent = False
            self.citizens.catch_up()

    def lasting(self) -> list[str]:
        """What is still to be mended by people."""
        return ["Facebook is silent"] if self._silent else []

    def answer_outside(self, talk: Talk | None) -> None:
        """A colleague answers in the platform's own tools, without the hub."""
        if talk:
            self.counts["answers outside of the hub"] += 1
            number = self.counts["answers outside of the hub"]
            self.citizens.colleague_answers(talk, f"(o{number}) Bonjour, je réponds d’ici.")

    def end(self) -> None:
        """Everything works again."""
        with self.citizens.meta.database.writing() as connection:
            FACEBOOK_FAULTS.disarm(connection)
        with self.citizens.x.database.writing() as connection:
            X_FAULTS.disarm(connection)
        self.mend_tokens()
        self.citizens.x.switch(retries="three", webhooks=True)

    def _arm(
        self, network: str, name: str, *, times: int = 1, any_call: bool | None = None
    ) -> None:
        if network == "facebook":
            with self.citizens.meta.database.writing() as connection:
                FACEBOOK_FAULTS.arm(connection, name, times, self.slow or 20, any_call)
        else:
            with self.citizens.x.database.writing() as connection:
                X_FAULTS.arm(connection, name, times, self.slow or 20, any_call)
