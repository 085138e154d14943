"""What citizens will say, change and take back: all of it made from a seed, none of it done yet."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Place = Literal["comment", "messenger", "mention", "dm"]
PLACES: tuple[Place, ...] = ("comment", "messenger", "mention", "dm")
#: How many talks go on at a time, and how many others come between two messages of one.
AT_ONCE, APART = 30, 12
MATTERS = (
    "le car de 7 h n’est pas passé ce matin à Saint-Aubin.",
    "où en est mon dossier de bourse régionale ?",
    "l’internat du lycée ferme-t-il pendant les vacances ?",
    "la ligne 214 a encore vingt minutes de retard 😡",
    "qui répare le chauffage du lycée agricole ?",
    "merci pour la réponse, mais ma question reste la même.",
    "je cherche le règlement des aides à l’apprentissage & le formulaire.",
)


@dataclass(frozen=True, slots=True)
class Talk:
    """One citizen on one matter in one place: all its messages belong to one ticket. `wall`: the
    number of the post that is commented on."""

    number: int
    place: Place
    citizen: int
    wall: int = 0

    @property
    def network(self) -> str:
        return "facebook" if self.place in {"comment", "messenger"} else "twitter"

    @property
    def is_public(self) -> bool:
        return self.place in {"comment", "mention"}


@dataclass(frozen=True, slots=True)
class Say:
    """Message `number` of the plan. `follows`: the message of the talk that it stands under."""

    talk: Talk
    number: int
    text: str
    follows: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    talk: Talk
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Remove:
    talk: Talk
    number: int


Act = Say | Edit | Remove


@dataclass
class Plan:
    """`steps`: what is done one after the other; the acts of one step are told in one delivery
    where the network does that. Acts of one talk keep their order."""

    citizens: int
    talks: list[Talk] = field(default_factory=list)
    steps: list[list[Act]] = field(default_factory=list)


def make(seed: int, inbound: int, *, removed_on_x: bool) -> Plan:
    """A plan of `inbound` messages, with some edits and removals besides. X tells nobody of what a
    citizen removes and is asked once in twenty hours: `removed_on_x` says whether there is time."""
    random = Random(f"plan {seed}")
    plan = Plan(citizens=max(8, inbound // 6))
    waiting = deque(_talks(random, plan, inbound, removed_on_x))
    going_on: list[deque[Act]] = []
    recent: deque[deque[Act]] = deque(maxlen=APART)
    while waiting or going_on:
        while waiting and len(going_on) < AT_ONCE:
            going_on.append(waiting.popleft())
        free = [acts for acts in going_on if not any(acts is one for one in recent)] or going_on
        chosen = _together(random, free)
        plan.steps.append([acts.popleft() for acts in chosen])
        recent.extend(chosen)
        going_on = [acts for acts in going_on if acts]
    return plan


def _together(random: Random, free: list[deque[Act]]) -> list[deque[Act]]:
    """The talks that go on in this step: mostly one, at times several of one network."""
    first = random.choice(free)
    if random.random() > 0.1:
        return [first]
    alike = [acts for acts in free if acts[0].talk.network == first[0].talk.network]
    return random.sample(alike, min(len(alike), random.randint(2, 4)))


def _talks(random: Random, plan: Plan, inbound: int, removed_on_x: bool) -> Iterator[deque[Act]]:
    """The acts of each talk, in their order."""
    taken: set[tuple[object, ...]] = set()
    said = 0
    while said < inbound:
        talk = Talk(
            number=len(plan.talks),
            place=random.choice(PLACES),
            citizen=random.randrange(plan.citizens),
            wall=random.randrange(4),
        )
        if _conversation(talk) in taken:
            continue
        taken.add(_conversation(talk))
        plan.talks.append(talk)
        length = min(inbound - said, random.choice((1, 1, 2, 2, 3, 4, 6)))
        says = _says(random, talk, range(said, said + length))
        said += length
        yield deque(_with_changes(random, says, removed_on_x))


def _conversation(talk: Talk) -> tuple[object, ...]:
    """What the platform makes one thread of: another talk there would be the same one. On X each
    first post opens a thread."""
    match talk.place:
        case "mention":
            return (talk.place, talk.number)
        case "comment":
            return (talk.place, talk.citizen, talk.wall)
        case _:
            return (talk.place, talk.citizen)


def _says(random: Random, talk: Talk, numbers: range) -> list[Say]:
    says: list[Say] = []
    for number in numbers:
        under = numbers[0] if number != numbers[0] else None
        if talk.place == "comment" and random.random() < 0.5:
            under = None  # another comment beside the first
        text = f"(m{number}) Bonjour, {random.choice(MATTERS)}"
        says.append(Say(talk, number, text, under if talk.is_public else None))
    return says


def _with_changes(random: Random, says: list[Say], removed_on_x: bool) -> Iterator[Act]:
    """Each message is changed or taken back at most once, some time after it was said."""
    later: list[Act] = []
    for say in says:
        yield say
        while later and random.random() < 0.5:
            yield later.pop(0)
        chance = random.random()
        if chance < 0.08 and _can_be_edited(say):
            later.append(Edit(say.talk, say.number, f"{say.text} (précision {say.number})"))
        elif chance > 0.94 and _can_be_removed(say, says, removed_on_x):
            later.append(Remove(say.talk, say.number))
    yield from later


def _can_be_edited(say: Say) -> bool:
    """X lets nobody edit answers or direct messages."""
    return say.talk.network == "facebook" or (say.talk.place == "mention" and say.follows is None)


def _can_be_removed(say: Say, says: list[Say], removed_on_x: bool) -> bool:
    """Not what others stand under: nobody can answer under a post that is gone, and what is under
    a comment goes with it, of which Facebook tells nobody."""
    if any(other.follows == say.number for other in says):
        return False
    return say.talk.place == "comment" or (say.talk.place == "mention" and removed_on_x)
