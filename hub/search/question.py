"""What is searched for, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Operator(StrEnum):
    FROM = "from"
    DEPARTMENT = "department"
    CHANNEL = "channel"
    STATE = "state"
    TAG = "tag"
    LANGUAGE = "language"
    BEFORE = "before"
    AFTER = "after"


class Trouble(StrEnum):
    """Why a part of a question was not understood."""

    NO_DATE = "no-date"
    UNKNOWN = "unknown"
    NO_OPERATOR = "no-operator"
    NO_VALUE = "no-value"
    TOO_SHORT = "too-short"
    WRONG_LETTER = "wrong-letter"
    TOO_LONG = "too-long"


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of the question that was left out: what was typed, and of which operator, if any."""

    trouble: Trouble
    typed: str
    operator: Operator | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words side by side, often one. `begins`: the last may go on."""

    stems: tuple[str, ...]
    folded: tuple[str, ...]
    begins: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What operators may name, each by its folded names."""

    departments: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)

    def of(self, operator: Operator) -> Mapping[str, str]:
        return {
            Operator.DEPARTMENT: self.departments,
            Operator.CHANNEL: self.channels,
            Operator.STATE: self.states,
            Operator.LANGUAGE: self.languages,
        }[operator]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of these, and none of those; empty lets all through."""

    these: frozenset[str] = frozenset()
    not_those: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.these or self.not_those)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is searched for. All of it must be true of a ticket.

    `after` is the first day, `before` the first that is too late. `references`: of
    tickets that are named whole; `beginnings`: (year, first digits) of those that are not.
    `common`: words that were left out because they are everywhere.
    """

    text: str
    wanted: tuple[Phrase, ...] = ()
    unwanted: tuple[Phrase, ...] = ()
    by: tuple[Phrase, ...] = ()
    not_by: tuple[Phrase, ...] = ()
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    departments: Chosen = Chosen()
    channels: Chosen = Chosen()
    states: Chosen = Chosen()
    languages: Chosen = Chosen()
    after: date | None = None
    before: date | None = None
    references: tuple[str, ...] = ()
    beginnings: tuple[tuple[int, str], ...] = ()
    common: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def asks(self) -> bool:
        """Is anything left to search for?"""
        return self.asks_the_index or bool(self.references or self.beginnings)

    @property
    def asks_the_index(self) -> bool:
        """Is there more than references, which the tickets themselves tell?"""
        chosen = (self.departments, self.channels, self.states, self.languages)
        return bool(self.asks_for_words or any(chosen) or self.after or self.before)

    @property
    def asks_for_words(self) -> bool:
        """Is there anything that the index alone can tell?"""
        return any((self.wanted, self.unwanted, self.by, self.not_by, self.tags, self.not_tags))

    @property
    def is_one_ticket(self) -> bool:
        """Is a whole reference all that was typed?"""
        return self.references == (self.text,)
