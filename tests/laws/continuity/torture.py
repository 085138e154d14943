"""The long form: real processes under real signals, in real time."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy.orm import Session

from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.x.stand_in import XStandIn
from tests import meta, x
from tests.conftest import FACEBOOK
from tests.laws.continuity import comparison, figures, plan, rest
from tests.laws.continuity.carrying import BadDay
from tests.laws.continuity.citizens import Citizens
from tests.laws.continuity.plan import Act, Plan
from tests.laws.continuity.processes import Installation, Shape, environment
from tests.laws.continuity.tool import Tool
from tests.laws.continuity.trouble import Trouble

#: Messages of one talk are so many seconds apart, since Facebook tells whole seconds.
APART = 1.1
#: Direct messages that X has given up to deliver are asked for every five minutes.
LEAST_CALM = 330
LONGEST_CALM = 1500
#: Threads that carry deliveries, for each network.
COURIERS = 3
#: Longer than the hub waits for an answer.
LATE = 25


@dataclass
class Torture:
    """One hub, its platforms, and all who act on them."""

    hub: Installation
    citizens: Citizens
    tool: Tool
    trouble: Trouble
    days: Sequence[BadDay]
    random: Random
    say: Callable[[str], None]
    failures: list[BaseException] = field(default_factory=list, init=False)
    _calm: threading.Event = field(default_factory=threading.Event, init=False)
    _end: threading.Event = field(default_factory=threading.Event, init=False)
    _last: dict[int, float] = field(default_factory=dict, init=False)

    def storm(self, seconds: float, outbound: int) -> None:
        """Carry out the plan in so long, and have so many answers given, while all goes wrong."""
        troubles = [
            self._begin(self._again, self._calm, 0.5, 2.0, self.trouble.one_fault),
            self._begin(self._again, self._calm, 15, 30, self.trouble.tell_otherwise),
            self._begin(self._again, self._calm, 25, 45, self._token_dies),
            self._begin(self._again, self._calm, 5, 12, lambda: self.hub.kill_one(self.random)),
            self._begin(self._again, self._calm, 25, 60, self._database_goes),
            self._begin(self._again, self._calm, 3, 6, self._colleague_answers),
        ]
        answers = self._begin(self._answer, seconds, outbound)
        try:
            self._act(seconds)
        finally:
            self._calm.set()
            for thread in troubles:
                thread.join()
        answers.join()

    def calm(self) -> None:
        """Let everything work again, and wait until all is done. Raises AssertionError when it
        never is."""
        self.trouble.end()
        for day in self.days:
            day.over = True
        began = time.monotonic()
        while (left := self._left()) or time.monotonic() - began < LEAST_CALM:
            self._end_silence()
            self.say(f"{time.monotonic() - began:.0f} s of calm; {', '.join(left) or 'quiet'}")
            assert time.monotonic() - began < LONGEST_CALM, left
            time.sleep(15)

    @contextmanager
    def carrying(self) -> Iterator[None]:
        """Let the networks deliver meanwhile."""
        networks: list[MetaStandIn | XStandIn] = [self.citizens.meta, self.citizens.x]
        threads = [
            self._begin(self._again, self._end, 0.02, 0.1, network.deliver_pending)
            for network in networks
            for _courier in range(COURIERS)
        ]
        try:
            yield
        finally:
            self._end.set()
            for thread in threads:
                thread.join()

    def _act(self, seconds: float) -> None:
        steps, began = self.citizens.plan.steps, time.monotonic()
        for number, step in enumerate(steps):
            assert not self.failures, self.failures
            _sleep_until(began + seconds * number / len(steps))
            self._keep_apart(step)
            self.citizens.do(step)
            self._remember(step)
            if number == len(steps) // 2:
                self.trouble.silence_facebook()
            if number % 200 == 199:
                self.say(f"{number + 1} of {len(steps)} steps; {len(self.tool.accepted)} answers")

    def _keep_apart(self, step: Sequence[Act]) -> None:
        for act in step:
            _sleep_until(self._last.get(act.talk.number, 0) + APART)

    def _remember(self, step: Sequence[Act]) -> None:
        self._last |= {act.talk.number: time.monotonic() for act in step}

    def _answer(self, seconds: float, outbound: int) -> None:
        """Tickets are there after some seconds; the last answers are asked for in the calm."""
        began, looked = time.monotonic(), 0.0
        while self.tool.asked < outbound or not self.tool.ask_again():
            if self.failures:
                return
            if time.monotonic() - looked > 4:
                looked = time.monotonic()
                self.tool.look()
                self.tool.ask_again()
            due = outbound * min(1, (time.monotonic() - began) / seconds)
            if self.tool.asked < due:
                self.tool.answer_somebody()
            else:
                time.sleep(0.1)

    def _token_dies(self) -> None:
        self.trouble.kill_token()
        time.sleep(self.random.uniform(5, 15))
        self.trouble.mend_tokens()

    def _database_goes(self) -> None:
        self.hub.cut_database(self.random)

    def _colleague_answers(self) -> None:
        self.trouble.answer_outside(self.tool.some_talk())

    def _end_silence(self) -> None:
        with Session(self.hub.database()) as session:
            if rest.knows_of_silence(session):
                self.trouble.end_silence()

    def _left(self) -> list[str]:
        for process in self.hub.processes:
            process.must_be_running()
        assert not self.failures, self.failures
        with Session(self.hub.database()) as session:
            return [*self.trouble.lasting(), *rest.unrest(session)]

    def _begin(self, work: Callable[..., None], *arguments: object) -> threading.Thread:
        def run() -> None:
            try:
                work(*arguments)
            except BaseException as failure:  # told by who waits for the end
                self.failures.append(failure)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def _again(
        self, over: threading.Event, least: float, most: float, work: Callable[[], object]
    ) -> None:
        while not over.wait(self.random.uniform(least, most)):
            work()


def run(
    shape: Shape, folder: Path, postgresql: str, seed: int, inbound: int, outbound: int,
    seconds: float, say: Callable[[str], None],
) -> list[str]:  # fmt: skip
    """Torment a hub of this shape; gives the differences that were found. Nothing is well."""
    made = plan.make(seed, inbound, removed_on_x=False)
    with _torture(shape, folder, postgresql, made, seed, say) as torture:
        with torture.hub.running(), torture.carrying():
            say(f"storm of {seconds:.0f} s: {inbound} messages in, {outbound} answers out")
            torture.storm(seconds, outbound)
            torture.calm()
            shown = comparison.shown(torture.hub.ask)
        found = comparison.differences(torture.citizens, torture.tool, shown)
        with Session(torture.hub.database()) as session:
            found += rest.left_over(session)
            for line in figures.lines(torture.citizens, torture.tool, session, torture.hub.counts):
                say(line)
    return found


@contextmanager
def _torture(
    shape: Shape, folder: Path, postgresql: str, made: Plan, seed: int, say: Callable[[str], None]
) -> Iterator[Torture]:
    """A hub that is set up and not yet running, connected to both platforms."""
    counts, random = Counter[str](), Random(f"storm {seed}")
    hub: Installation

    def deliver_to(slug: str, within: float) -> BadDay:
        def deliver(headers: Mapping[str, str], body: bytes) -> int:
            return hub.deliver(slug, within, headers, body)

        return BadDay(deliver, random, counts)

    days = [deliver_to("facebook", 5), deliver_to("twitter", 10)]
    with ExitStack() as stack:
        page, facebook_at = stack.enter_context(meta.serving(folder / "m", FACEBOOK, days[0]))
        handle, x_at = stack.enter_context(x.serving(folder / "x", days[1]))
        environ, ports = environment(shape, folder, postgresql, {**facebook_at, **x_at})
        hub = Installation(shape, folder, environ, ports, counts)
        handle.switch(limits=False)
        hub.set_up()
        citizens = Citizens(page, handle, made)
        tool = Tool(hub.ask, made, random, counts)
        trouble = Trouble(citizens, hub.command, random, counts, slow=LATE)
        trouble.connect("facebook")
        trouble.connect("twitter")
        yield Torture(hub, citizens, tool, trouble, days, random, say)


def _sleep_until(instant: float) -> None:
    time.sleep(max(0.0, instant - time.monotonic()))
