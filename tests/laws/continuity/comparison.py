"""What the hub shows against what stands on the platforms, message by message.

Each difference is a sentence that names the message; none is the law.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.laws.continuity import truth
from tests.laws.continuity.citizens import Citizens, Key
from tests.laws.continuity.plan import Remove
from tests.laws.continuity.tool import Ask, Reply, Tool
from tests.laws.continuity.truth import Answered, Written

Json = Mapping[str, Any]

ADDRESSEES = re.compile(r"\A\s*(?:@\w+\s+)+")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as the hub shows it, with its ticket."""

    reference: str
    channel: str
    message: Json

    @property
    def key(self) -> Key:
        return (self.channel, self.message["external_id"])

    @property
    def keys(self) -> tuple[Key, ...]:
        """Of its parts, or its own; those that are not known to be out there are left out."""
        pieces = self.message["parts"] or [self.message]
        return tuple((self.channel, p["external_id"]) for p in pieces if p["external_id"])

    def __str__(self) -> str:
        found = self.message
        state = found["delivery"] or ("deleted" if found["deleted"] else "in")
        return f"{self.reference} {state} {self.keys} {found['text'][:60]!r}"


def shown(ask: Ask) -> list[Shown]:
    """All that the hub shows, thread by thread, by its API."""
    return [
        Shown(ticket["reference"], ticket["channel"], message)
        for ticket in _tickets(ask)
        for message in _read(ask, f"/tickets/{ticket['reference']}")["messages"]
    ]


def differences(citizens: Citizens, tool: Tool, found: list[Shown]) -> list[str]:
    """What is lost, doubled, changed, in a wrong place or of unknown fate; nothing is well."""
    inbound = [one for one in found if one.message["direction"] == "in"]
    outbound = [one for one in found if one.message["direction"] == "out"]
    written, answered = truth.written(citizens), truth.answered(citizens)
    return [
        *_inbound(written, inbound),
        *_places(written, inbound),
        *_replies(citizens, tool, answered, outbound),
        *_answers(answered, outbound),
    ]


# --- In


def _inbound(written: list[Written], inbound: list[Shown]) -> Iterator[str]:
    """Each message once, with the words it now has."""
    by_key = {one.key: one for one in inbound}
    times = Counter(one.key for one in inbound)
    yield from (f"shown {n} times: {by_key[key]}" for key, n in times.items() if n > 1)
    known = {one.key for one in written}
    yield from (f"nobody said: {one}" for key, one in by_key.items() if key not in known)
    for said in written:
        there = by_key.get(said.key)
        if there is None:
            yield f"lost: {said}"
        elif there.message["deleted"] != said.gone:
            yield f"removed is {said.gone} there: {there}"
        elif not said.gone and plain(there.message["text"]) != plain(said.text):
            yield f"other words than {said.text!r}: {there}"


def _places(written: list[Written], inbound: list[Shown]) -> Iterator[str]:
    """Each talk in a ticket of its own, in the order in which it was said."""
    said = {one.key: one for one in written}
    tickets: dict[int, set[str]] = defaultdict(set)
    threads: dict[str, list[Written]] = defaultdict(list)
    for one in inbound:
        if message := said.get(one.key):
            tickets[message.talk.number].add(one.reference)
            threads[one.reference].append(message)
    yield from (f"talk {n} in several tickets: {t}" for n, t in tickets.items() if len(t) > 1)
    for reference, thread in threads.items():
        if len({one.talk.number for one in thread}) > 1:
            yield f"several talks in {reference}: {[one.talk for one in thread]}"
        for before, after in pairwise(thread):
            if before.at > after.at:
                yield f"in a wrong order in {reference}: {before}, {after}"


# --- Out


def _replies(
    citizens: Citizens, tool: Tool, answered: list[Answered], outbound: list[Shown]
) -> Iterator[str]:
    """Each answer that was asked for: shown once, and as often there as the hub says."""
    by_id = {one.message["id"]: one for one in outbound}
    ids = Counter(tool.accepted.values())
    yield from (f"two answers are message {key}" for key, n in ids.items() if n > 1)
    there: dict[tuple[int, str], list[Answered]] = defaultdict(list)
    for answer in answered:
        there[answer.talk.number, plain(answer.text)].append(answer)
    removed = _talks_with_removals(citizens)
    for reply, message_id in tool.accepted.items():
        one, said = by_id.get(message_id), there[reply.talk.number, plain(reply.text)]
        if one is None:
            yield f"taken and not shown: {reply}"
        else:
            yield from _fate(reply, one, said, reply.talk.number in removed)


def _fate(reply: Reply, one: Shown, said: list[Answered], removed: bool) -> Iterator[str]:
    """`said`: what stands in that talk in the words of the answer. An answer may fail where the
    message it answers is gone; of an answer in parts some may be there."""
    state = one.message["delivery"]
    if plain(one.message["text"]) != plain(reply.text):
        yield f"other words than {reply.text!r}: {one}"
    if len(said) > 1:
        yield f"said {len(said)} times: {one}"
    elif state == "sent" and not said:
        yield f"shown as sent and not there: {one}"
    elif state == "failed" and said:
        yield f"shown as failed and there: {one}"
    elif state == "failed" and not removed:
        yield f"failed for {one.message['error']!r}: {one}"
    elif state not in {"sent", "failed", "unknown"}:
        yield f"of no settled fate: {one}"


def _answers(answered: list[Answered], outbound: list[Shown]) -> Iterator[str]:
    """All that the council said is shown, once, as sent. What a person decides on is there or
    not."""
    shown_as = Counter(key for one in outbound for key in one.keys)
    undecided = {
        plain(one.message["text"]) for one in outbound if one.message["delivery"] == "unknown"
    }
    there = {key: answer for answer in answered for key in answer.keys}
    for key, answer in there.items():
        if shown_as[key] > 1:
            yield f"shown {shown_as[key]} times: {key} {answer}"
        elif not shown_as[key] and plain(answer.text) not in undecided:
            yield f"there and not shown: {key} {answer}"
    for one in outbound:
        yield from (f"not there: {one}" for key in one.keys if key not in there)


def plain(text: str) -> str:
    """Words alone: platforms put people before an answer, and change white space."""
    return " ".join(ADDRESSEES.sub("", text).split())


def _talks_with_removals(citizens: Citizens) -> set[int]:
    acts = (act for step in citizens.plan.steps for act in step)
    return {act.talk.number for act in acts if isinstance(act, Remove)}


def _tickets(ask: Ask) -> Iterator[Json]:
    page = _read(ask, "/tickets")
    yield from page["tickets"]
    while page["next"]:
        page = _read(ask, f"/tickets?cursor={page['next']}")
        yield from page["tickets"]


def _read(ask: Ask, path: str) -> Json:
    for _try in range(20):
        status, body = ask("GET", path, None, {})
        if status == 200:
            return body
    raise AssertionError(f"the hub does not show {path}: {status} {body}")
