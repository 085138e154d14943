"""The hub inside the process of a test: its clock stands still unless it is moved, and it dies
where its fate says."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from hub import queue
from hub.accounts.models import Role
from hub.api import actions as api
from hub.channels import facebook, twitter
from hub.extensions import db
from hub.queue import Doorbell
from hub.sandbox.courier import Deliver
from tests import meta, x
from tests.builders import create_department
from tests.conftest import FACEBOOK
from tests.laws.continuity import dying, plan, rest
from tests.laws.continuity.carrying import BadDay
from tests.laws.continuity.citizens import Citizens
from tests.laws.continuity.dying import Fate, Killed
from tests.laws.continuity.tool import Tool
from tests.laws.continuity.trouble import Trouble

#: After so long the hub has asked X whether a post still stands.
RECHECKED = timedelta(hours=21)


@dataclass
class Hub:
    """Web and worker by turns. Its rings go through the queue at `bell`."""

    app: Flask
    bell: Doorbell
    fate: Fate
    token: str = ""

    def deliver(self, slug: str) -> Deliver:
        """The door for a platform; 0 when the web died under a delivery."""

        def deliver(headers: Mapping[str, str], body: bytes) -> int:
            answer = self._request("POST", f"/hooks/{slug}", data=body, headers=dict(headers))
            return answer.status_code if answer else 0

        return deliver

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> tuple[int, Any]:
        """The API. See tool.Ask."""
        given = {**headers, "Authorization": f"Bearer {self.token}"}
        answer = self._request(method, f"/api/v1{path}", json=body, headers=given)
        return (answer.status_code, answer.json) if answer else (0, None)

    def command(self, line: str, given: str) -> None:
        """Run one of the hub's commands."""
        db.session.rollback()
        done = self.app.test_cli_runner().invoke(args=shlex.split(line), input=given)
        assert done.exit_code == 0, (line, done.output, done.exception)

    def work(self, most: int) -> None:
        """A worker's turn: it sweeps, and does up to so many tasks. With it die its rings."""
        db.session.rollback()
        try:
            with self.fate.of("worker"):
                queue.sweep()
            for _task in range(min(most, self.bell.waiting())):
                task = self.bell._huey.dequeue()
                with self.fate.of("worker"):
                    self.bell._huey.execute(task)
        except Killed:
            if self.bell.waiting():
                self.bell._huey.dequeue()

    def _request(self, method: str, path: str, **options: Any) -> TestResponse | None:
        try:
            with self.fate.of("web"):
                return self.app.test_client().open(path, method=method, **options)
        except Killed:
            return None


@dataclass
class World:
    """The hub, the platforms and all who act on them. `clock` is moved by hand."""

    hub: Hub
    citizens: Citizens
    tool: Tool
    trouble: Trouble
    days: list[BadDay]
    clock: Any
    random: Random
    counts: Counter[str]

    def storm(self, outbound: int) -> None:
        """Carry out the plan, and have so many answers given meanwhile, while all goes wrong."""
        steps = self.citizens.plan.steps
        for number, step in enumerate(steps, start=1):
            self.clock.shift(self.random.uniform(2, 12))
            self.citizens.do(step)
            if number == len(steps) // 3:
                self.trouble.silence_facebook()
            for happens in self._what_else():
                happens()
            if number % 4 == 0:
                self.tool.look()
            while self.tool.asked < outbound * number // len(steps):
                self.tool.answer_somebody()

    def calm(self) -> None:
        """Let everything work again, and time pass until all is done."""
        self.trouble.end()
        self.hub.fate.over = True
        for day in self.days:
            day.over = True
        while not self.tool.ask_again():
            pass
        self._until_quiet()
        self.clock.shift(RECHECKED)
        self._until_quiet()

    def _until_quiet(self) -> None:
        for _minute in range(120):
            self.clock.shift(60)
            self._deliver()
            self.hub.work(most=1000)
            self._end_silence()
            if not (self._deliver() or self._unrest()):
                return
        raise AssertionError(f"never quiet: {self._unrest()}")

    def _unrest(self) -> list[str]:
        return [*self.trouble.lasting(), *rest.unrest(db.session)]

    def _end_silence(self) -> None:
        if rest.knows_of_silence(db.session):
            self.trouble.end_silence()

    def _what_else(self) -> Iterator[Callable[[], object]]:
        """What happens beside the plan after one of its steps."""
        shares = (
            (0.7, self._deliver),
            (0.6, lambda: self.hub.work(most=self.random.randint(1, 12))),
            (0.15, self.trouble.one_fault),
            (0.03, self.trouble.kill_token),
            (0.1, self.trouble.mend_tokens),
            (0.05, self.trouble.tell_otherwise),
            (0.2, self.tool.ask_again),
            (0.04, lambda: self.trouble.answer_outside(self.tool.some_talk())),
            (0.1, self._end_silence),
        )
        for share, happens in shares:
            if self.random.random() < share:
                yield happens

    def _deliver(self) -> int:
        db.session.rollback()
        return self.citizens.meta.deliver_pending() + self.citizens.x.deliver_pending()


@contextmanager
def world(app: Flask, folder: Path, bell: Doorbell, clock: Any, seed: int) -> Iterator[World]:
    """A hub with both platforms connected to it, where 200 messages are to be written."""
    random, counts = Random(seed), Counter[str]()
    hub = Hub(app, bell, Fate(random, counts))
    days = [BadDay(hub.deliver(slug), random, counts) for slug in ("facebook", "twitter")]
    with ExitStack() as stack:
        page, facebook_at = stack.enter_context(meta.serving(folder / "m", FACEBOOK, days[0]))
        handle, x_at = stack.enter_context(x.serving(folder / "x", days[1]))
        channels = {"facebook": facebook.create(facebook_at), "twitter": twitter.create(x_at)}
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setitem(app.extensions, "hub.doorbell", bell)
        patch.setattr(bell, "ring_soon", bell.ring)  # by a thread of its own no day would repeat
        patch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        for slug, channel in channels.items():
            patch.setitem(app.extensions["hub.channels"], slug, channel)
            patch.setattr(channel, "send", dying.mortal(channel.send, hub.fate))
        handle.switch(limits=False)
        citizens = Citizens(page, handle, plan.make(seed, 200, removed_on_x=True))
        tool = Tool(hub.ask, citizens.plan, random, counts)
        trouble = Trouble(citizens, hub.command, random, counts)
        create_department("accueil")
        hub.token = api.create_token("tool", Role.AGENT)
        trouble.connect("facebook")
        trouble.connect("twitter")
        stack.enter_context(dying.watching(db.engine, hub.fate))
        yield World(hub, citizens, tool, trouble, days, clock, random, counts)
