"""A text as X tells it: escaped, links shortened, automatic mentions before, links to media after.

Positions count the characters of the told text.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from hub.sandbox.x.length import LINK, LONGEST_POST, weight
from hub.sandbox.x.values import Person

_MENTION = r"(?<![\w@#$/.])@(?P<handle>[A-Za-z0-9_]{1,15})(?![\w@])"
_HASHTAG = r"(?<![\w&])#(?P<tag>\w*[^\W\d_]\w*)"
_PIECE = re.compile(f"(?P<link>{LINK.pattern})|{_MENTION}|{_HASHTAG}", re.IGNORECASE)
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

LinkKind = Literal["typed", "media", "quote"]


@dataclass(frozen=True)
class Link:
    """A short link in a told text, and what it stands for."""

    start: int
    end: int
    url: str
    expanded: str
    display: str
    kind: LinkKind = "typed"


@dataclass(frozen=True)
class Mention:
    start: int
    end: int
    person: Person


@dataclass(frozen=True)
class Hashtag:
    start: int
    end: int
    tag: str


@dataclass(frozen=True)
class Tail:
    """A link that X puts after the words: to the media of a post, or to the post it quotes."""

    kind: LinkKind
    expanded: str
    display: str = ""


@dataclass
class Told:
    """A text with all that X marks in it. What stands between `start` and `end` are its author's
    own words; X leaves the rest out where people read."""

    text: str = ""
    start: int = 0
    end: int = 0
    links: list[Link] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    hashtags: list[Hashtag] = field(default_factory=list)

    def add(self, piece: str) -> tuple[int, int]:
        start = len(self.text)
        self.text += piece
        return start, len(self.text)

    def mention(self, person: Person, typed: str) -> None:
        self.mentions.append(Mention(*self.add(typed), person))

    def link(self, kind: LinkKind, expanded: str, display: str = "") -> None:
        short = short_link(expanded)
        display = display or re.sub(r"^https?://(www\.)?", "", expanded)
        if kind == "media":
            display = f"pic.x.com/{short.rsplit('/', 1)[-1]}"
        place = self.add(short)
        self.links.append(Link(*place, short, expanded, shortened(display, 28), kind))


Find = Callable[[str], Person | None]


def tell(
    text: str, find: Find, *, before: Sequence[Person] = (), after: Sequence[Tail] = ()
) -> Told:
    """The told form of what somebody wrote. `find` gives the person of a handle: X marks no
    mention of a handle that nobody has."""
    told = Told()
    for person in before:
        told.mention(person, f"@{person.handle}")
        told.add(" ")
    told.start = len(told.text)
    _words(told, text, find)
    told.end = len(told.text)
    for tail in after:
        if told.text:
            told.add(" ")
        told.link(tail.kind, tail.expanded, tail.display)
    return told


def mentioned(text: str, find: Find) -> tuple[str, ...]:
    """Ids of the people a text mentions, each once, in order."""
    told = tell(text, find)
    return tuple(dict.fromkeys(mention.person.id for mention in told.mentions))


def is_long(text: str) -> bool:
    """Does X tell it as a long post?"""
    return weight(text) > LONGEST_POST


def shortened(text: str, most: int) -> str:
    """At most so many characters, the last one an ellipsis where something is missing."""
    return text if len(text) <= most else text[: most - 1] + "…"


def short_link(url: str) -> str:
    """The t.co link of an address: the same one for the same address."""
    digest = hashlib.sha256(url.encode()).digest()
    return "https://t.co/" + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])


def _words(told: Told, text: str, find: Find) -> None:
    position = 0
    for piece in _PIECE.finditer(text):
        told.add(escape(text[position : piece.start()], quote=False))
        position = piece.end()
        if piece["link"]:
            told.link("typed", with_scheme(piece["link"]))
        elif piece["handle"] and (person := find(piece["handle"])):
            told.mention(person, piece[0])
        elif piece["tag"]:
            told.hashtags.append(Hashtag(*told.add(piece[0]), piece["tag"]))
        else:
            told.add(piece[0])
    told.add(escape(text[position:], quote=False))


def with_scheme(url: str) -> str:
    """X makes a link of an address typed without its scheme."""
    return url if re.match("https?://", url, re.IGNORECASE) else f"https://{url}"


@dataclass(frozen=True)
class Piece:
    """A part of a typed text: plain words, a mention or hashtag ("mark"), or a link."""

    kind: Literal["words", "mark", "link"]
    text: str
    address: str = ""


def pieces(text: str) -> tuple[Piece, ...]:
    """A typed text in its parts, for showing."""
    found, position = [], 0
    for match in _PIECE.finditer(text):
        if match.start() > position:
            found.append(Piece("words", text[position : match.start()]))
        position = match.end()
        if match["link"]:
            found.append(Piece("link", match[0], with_scheme(match[0])))
        else:
            found.append(Piece("mark", match[0]))
    if position < len(text):
        found.append(Piece("words", text[position:]))
    return tuple(found)
