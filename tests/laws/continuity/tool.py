"""A tool outside the hub that answers citizens through its API, and asks again until it knows."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.laws.continuity.plan import Plan, Say, Talk

#: Takes method, path under /api/v1, JSON and headers; gives the status, 0 when no answer came,
#: and the JSON of the answer.
Ask = Callable[[str, str, Mapping[str, Any] | None, Mapping[str, str]], tuple[int, Any]]

TOKEN = re.compile(r"\(m(\d+)\)")
#: What agents say to many. X takes the same words for one person once.
CANNED = (
    "Bonjour, nous avons bien reçu votre message et revenons vers vous.",
    "Merci ! Votre signalement est transmis au service des transports.",
    "Votre dossier est en cours d’instruction : comptez trois semaines.",
)
SENTENCE = "Les équipes de la Région ont bien vu votre demande et vous répondent au point {n}."


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that the hub was asked to give. Its `key` makes it one, however often asked."""

    talk: Talk
    reference: str
    visibility: str
    text: str
    key: str


@dataclass
class Tool:
    """`accepted`: what the hub has taken, each with the id of its message."""

    ask: Ask
    plan: Plan
    random: Random
    counts: Counter[str]
    accepted: dict[Reply, int] = field(default_factory=dict, init=False)
    _unsure: list[Reply] = field(default_factory=list, init=False)
    _tickets: dict[str, Talk] = field(default_factory=dict, init=False)
    _said: set[tuple[str, int, str]] = field(default_factory=set, init=False)
    _tries: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        acts = (act for step in self.plan.steps for act in step)
        self._talks = {act.number: act.talk for act in acts if isinstance(act, Say)}

    @property
    def asked(self) -> int:
        """How many answers the hub was asked for and has not refused."""
        return len(self.accepted) + len(self._unsure)

    def look(self) -> None:
        """Learn of new tickets, by the message that a ticket's subject is made of."""
        status, body = self.ask("GET", "/tickets", None, {})
        for ticket in body["tickets"] if status == 200 else ():
            if found := TOKEN.search(ticket["subject"]):
                self._tickets[ticket["reference"]] = self._talks[int(found[1])]

    def answer_somebody(self) -> None:
        """Ask for an answer in one of the tickets. What comes of it may stay unclear."""
        if not self._tickets:
            return
        reference = self.random.choice(list(self._tickets)[-40:])
        talk = self._tickets[reference]
        visibility = "public" if talk.is_public else "private"
        if self._can_be_answered_in_messenger(talk) and self.random.random() < 0.15:
            visibility = "private"
        self._tries += 1
        text = self._words(talk, visibility)
        self._try(Reply(talk, reference, visibility, text, f"tool-{self._tries}"))

    def some_talk(self) -> Talk | None:
        """One that the hub shows."""
        return self.random.choice([*self._tickets.values(), None])

    def ask_again(self) -> bool:
        """Ask once more for whatever is unclear. True when nothing is any more."""
        unsure, self._unsure = self._unsure, []
        for reply in unsure:
            self._try(reply)
        return not self._unsure

    def _try(self, reply: Reply) -> None:
        status, body = self.ask(
            "POST",
            f"/tickets/{reply.reference}/replies",
            {"text": reply.text, "visibility": reply.visibility},
            {"Idempotency-Key": reply.key},
        )
        if status == 202 and self.random.random() < 0.1:
            self.counts["answers of the API lost"] += 1
            status = 0
        if status == 202:
            self.accepted[reply] = body["id"]
        elif status == 409:
            self.counts["answers the hub did not take"] += 1
        else:
            self._unsure.append(reply)

    def _can_be_answered_in_messenger(self, talk: Talk) -> bool:
        """Where the citizen has no talk there, which Facebook would mix with this one."""
        others = (other for other in self.plan.talks if other.place == "messenger")
        return talk.place == "comment" and talk.citizen not in {one.citizen for one in others}

    def _words(self, talk: Talk, visibility: str) -> str:
        """A text that is said to one person once: at times the same as to others, and at times one
        of several parts."""
        canned = self.random.choice(CANNED)
        said = (talk.network, talk.citizen, canned)
        if self.random.random() < 0.2 and said not in self._said:
            self._said.add(said)
            return canned
        text = f"(r{self._tries}) C’est noté & transmis 🚌, merci de votre patience."
        if (talk.place, visibility) == ("mention", "public") and self.random.random() < 0.3:
            numbers = range(1, self.random.randint(3, 8))
            return " ".join([text, *(SENTENCE.format(n=f"{self._tries}.{n}") for n in numbers)])
        return text
