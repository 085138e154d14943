"""The language in which people search, as they type it -> a Question. Pure functions.

    retard bus            both words, in any form
    "gare routière"       these words side by side; also « gare routière »
    inond*                words that begin so
    -travaux              not this word
    from:tanguy           who wrote: a name or a handle
    department:lycees     a department, by its slug or its name; also channel: state: tag: language:
    after:2026-11-01      received on that day or later, in the council's days
    before:01/12/2026     received before that day
    2026-004217-K         a ticket; without its end, those whose references begin so

An operator also takes a quoted value, and has a French name. What cannot be understood becomes a
Problem, which the page tells: nothing that was typed is left out in silence, except what is in
every text (words.COMMON), and that is told as well.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub.search.question import Chosen, Names, Operator, Phrase, Problem, Question, Trouble
from hub.search.words import Word, folded, normal, words
from hub.tickets import references

#: Longer questions are cut. Nobody types one, and each word costs time.
LONGEST = 300
MOST_PARTS = 24
#: So much of what was not understood is said back.
LONGEST_QUOTED = 60
#: With fewer letters before the star, too many words begin so.
SHORTEST_BEGINNING = 3

#: What people may type for them, folded.
NAMES = {
    **{str(operator): operator for operator in Operator},
    "de": Operator.FROM,
    "auteur": Operator.FROM,
    "service": Operator.DEPARTMENT,
    "direction": Operator.DEPARTMENT,
    "canal": Operator.CHANNEL,
    "etat": Operator.STATE,
    "etiquette": Operator.TAG,
    "langue": Operator.LANGUAGE,
    "avant": Operator.BEFORE,
    "apres": Operator.AFTER,
    "depuis": Operator.AFTER,
}


def tag_name(text: str) -> str:
    """A tag as one word of the index: folded, its words joined."""
    return folded(text).replace(" ", "_")


def ask(text: str, names: Names, today: date) -> Question:
    """The question in what somebody typed. Never raises: see Question.problems."""
    return _Reader(names, today).read(normal(text.replace("\0", " ")))


_QUOTED = r'"(?P<straight>[^"]*)"?|«(?P<french>[^»]*)»?|“(?P<curly>[^”]*)”?'
_PART = re.compile(
    r"(?P<lone>[^\W\d_]+):\s*$"
    rf"|(?P<minus>-)?(?:(?P<name>[^\W\d_]+):(?P<gap>\s*))?(?:{_QUOTED}|(?P<bare>[^\s\"«“]+))"
)
#: The year and the first digits of a reference, or all but its letter.
_BEGINNING = re.compile(r"(20\d\d)-(\d{1,18})-?", re.ASCII)
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_FRENCH = re.compile(r"(?:(\d{1,2})[/.])?(\d{1,2})[/.](\d{4})", re.ASCII)
_DAYS = {"today": 0, "aujourd hui": 0, "yesterday": 1, "hier": 1}


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of what was typed. `name`: what stood before its colon."""

    typed: str
    value: str
    name: str = ""
    is_quoted: bool = False
    is_unwanted: bool = False
    has_gap: bool = False

    @classmethod
    def of(cls, match: re.Match[str]) -> "_Part":
        quoted = [match[kind] for kind in ("straight", "french", "curly")]
        value = next((text for text in quoted if text is not None), match["bare"] or "")
        return cls(
            typed=match.group().strip(),
            value=value.strip(),
            name=match["name"] or match["lone"] or "",
            is_quoted=any(text is not None for text in quoted),
            is_unwanted=bool(match["minus"]),
            has_gap=bool(match["gap"]),
        )

    @property
    def begins(self) -> bool:
        """Does it stand for all words that begin so?"""
        return self.value.endswith("*") and not self.is_quoted


class _Reader:
    """Reads one question from left to right."""

    def __init__(self, names: Names, today: date) -> None:
        self._names, self._today = names, today
        self._phrases: dict[str, list[Phrase]] = {}
        self._tags: dict[bool, list[str]] = {False: [], True: []}
        self._chosen: dict[Operator, tuple[set[str], set[str]]] = {}
        self._days: dict[Operator, date] = {}
        self._references: list[str] = []
        self._beginnings: list[tuple[int, str]] = []
        self._common: list[str] = []
        self._problems: list[Problem] = []

    def read(self, text: str) -> Question:
        if references.number(text) is not None:
            self._references.append(text.strip())
            return self._question(text)
        if len(text) > LONGEST:
            self._trouble(Trouble.TOO_LONG, text[LONGEST:])
        parts = list(_PART.finditer(text[:LONGEST]))
        for match in parts[:MOST_PARTS]:
            self._take(_Part.of(match))
        if len(parts) > MOST_PARTS:
            self._trouble(Trouble.TOO_LONG, text[parts[MOST_PARTS].start() : LONGEST])
        return self._question(text)

    def _question(self, text: str) -> Question:
        return Question(
            text=text.strip(),
            wanted=tuple(self._phrases.get("wanted", ())),
            unwanted=tuple(self._phrases.get("unwanted", ())),
            by=tuple(self._phrases.get("by", ())),
            not_by=tuple(self._phrases.get("not_by", ())),
            tags=tuple(self._tags[False]),
            not_tags=tuple(self._tags[True]),
            departments=self._choice(Operator.DEPARTMENT),
            channels=self._choice(Operator.CHANNEL),
            states=self._choice(Operator.STATE),
            languages=self._choice(Operator.LANGUAGE),
            after=self._days.get(Operator.AFTER),
            before=self._days.get(Operator.BEFORE),
            references=tuple(self._references),
            beginnings=tuple(self._beginnings),
            common=tuple(dict.fromkeys(self._common)),
            problems=tuple(self._problems),
        )

    def _choice(self, operator: Operator) -> Chosen:
        these, not_those = self._chosen.get(operator, (set(), set()))
        return Chosen(frozenset(these), frozenset(not_those))

    def _take(self, part: _Part) -> None:
        if operator := NAMES.get(folded(part.name)):
            self._operate(operator, part)
        elif not part.name:
            self._say(part)
        elif part.has_gap or not part.value:  # an ordinary colon, as in "Bonjour: je…"
            self._say(replace(part, value=part.name, is_quoted=False))
            self._say(replace(part, is_unwanted=False))
        else:
            if not part.value.startswith("//"):
                self._trouble(Trouble.NO_OPERATOR, part.typed)
            self._say(replace(part, value=f"{part.name} {part.value}", is_quoted=True))

    def _operate(self, operator: Operator, part: _Part) -> None:
        if not _words(part.value):
            self._trouble(Trouble.NO_VALUE, part.typed, operator)
        elif operator is Operator.FROM:
            self._keep_phrase("not_by" if part.is_unwanted else "by", part, _words(part.value))
        elif operator is Operator.TAG:
            self._tags[part.is_unwanted].append(tag_name(part.value))
        elif operator in (Operator.BEFORE, Operator.AFTER):
            self._keep_day(operator, part)
        else:
            self._choose(operator, part)

    def _choose(self, operator: Operator, part: _Part) -> None:
        value = self._names.of(operator).get(folded(part.value))
        if value is None:
            self._trouble(Trouble.UNKNOWN, part.value, operator)
            return
        self._chosen.setdefault(operator, (set(), set()))[part.is_unwanted].add(value)

    def _keep_day(self, operator: Operator, part: _Part) -> None:
        day = None if part.is_unwanted else _day_in(part.value, self._today)
        if day is None:
            self._trouble(Trouble.NO_DATE, part.typed if part.is_unwanted else part.value, operator)
            return
        narrower = max if operator is Operator.AFTER else min
        self._days[operator] = narrower(self._days.get(operator, day), day)

    def _say(self, part: _Part) -> None:
        """Words, or a reference among them."""
        if not part.is_quoted and not part.is_unwanted and self._refer(part.value):
            return
        found = _words(part.value)
        left = [word for word in found if not word.is_common or (part.begins and word is found[-1])]
        if left:
            self._keep_phrase("unwanted" if part.is_unwanted else "wanted", part, left)
        elif found:
            self._common.append(part.value)

    def _keep_phrase(self, kind: str, part: _Part, found: list[Word]) -> None:
        if part.begins and len(found[-1].folded) < SHORTEST_BEGINNING:
            self._trouble(Trouble.TOO_SHORT, part.typed)
            return
        stems, plain = tuple(w.stem for w in found), tuple(w.folded for w in found)
        self._phrases.setdefault(kind, []).append(Phrase(stems, plain, part.begins))

    def _refer(self, value: str) -> bool:
        """Is this a reference, or the beginning of one?"""
        if "-" in value and references.SHAPE.fullmatch(value):
            if references.number(value) is None:
                self._trouble(Trouble.WRONG_LETTER, value)
            else:
                self._references.append(value)
            return True
        if beginning := _BEGINNING.fullmatch(value):
            self._beginnings.append((int(beginning[1]), beginning[2]))
        return beginning is not None

    def _trouble(self, trouble: Trouble, typed: str, operator: Operator | None = None) -> None:
        self._problems.append(Problem(trouble, typed[:LONGEST_QUOTED], operator))


def _words(text: str) -> list[Word]:
    return list(words(text))


def _day_in(text: str, today: date) -> date | None:
    """The (first) day that a text names: a day, a month, a year, or how long ago."""
    if (ago := _DAYS.get(folded(text))) is not None:
        return today - timedelta(days=ago)
    if match := _ISO.fullmatch(text):
        year, month, day = match[1], match[2], match[3]
    elif match := _FRENCH.fullmatch(text):
        day, month, year = match[1], match[2], match[3]
    else:
        return None
    try:
        return date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
