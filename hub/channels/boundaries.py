"""Where a text may be cut in two, and how well: after French typography and what French officials
write (articles, dates, amounts), which also does for English."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from hub.channels.graphemes import EMOJI, graphemes


class Rank(IntEnum):
    """How well a text bears a cut, from the worst place to the best."""

    QUOTATION = 0  # between a sign and what it belongs to: "«" and the first word, a word and "?"
    GRAPHEME = 1  # within a word
    EXPRESSION = 2  # within a date, a number, a name and its title
    WORD = 3
    SENTENCE = 4  # or a line
    PARAGRAPH = 5


@dataclass(frozen=True, slots=True)
class Boundary:
    """text[:end] stands before it and text[start:] after it; between them is white space."""

    end: int
    start: int
    rank: Rank


_GAP = re.compile(r"[^\S\u00a0\u2007\u202f]+")  # a line never ends at a no-break space
_NEARBY = 30  # characters before and after a gap that tell what it is

_OPENING = re.compile(r"[«‹“„(\[{¿¡]$")
_CLOSING = re.compile(r"[»›”)\]}?!:;,.…%‰€]")
_LIST_SIGN = re.compile(r"(?:\A|\n)(?:[-–—•*]|\d{1,2}[.)]|[a-z][.)])$")

_ABBREVIATION = re.compile(
    r"(?:^|\W)(?:"
    r"MM?\.?|Mr\.?|Mmes?|Mlles?|Mgr|Drs?\.?|Pr\.?|Me|Ste?\.?|n°s?|N°s?|§+"
    r"|(?:[A-ZÀ-Þ]\.-?)+"
    r"|(?:[Aa]rt|[Aa]l|[Cc]hap|[Cc]f|[Ff]ig|[Vv]ol|[Tt]él|[Aa]v|[Bb]d|[Bb]oul|[Rr]éf|[Ee]nv|[Ee]x"
    r"|[Nn]os?|[Aa]nn|[Aa]rr|[Dd]ép|[Hh]ab|[Mm]ax|[Mm]in|pp?)\."
    r")$"
)
_MONTH = (
    "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    "|janv\\.|févr\\.|juil\\.|sept\\.|oct\\.|nov\\.|déc\\."
)
_WEEKDAY = "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
_UNIT = (
    "h|heures?|min|minutes?|ans?|jours?|mois|euros?|[kM]€|km|m|cm|mm|ha|m²|kg|g|t|l|kWh?|[MG]o"
    "|°C?|bis|ter|millions?|milliards?"
)
#: What ends before a gap and what begins after it, where the two are one expression.
_EXPRESSIONS = tuple(
    (re.compile(f"{before}$", re.IGNORECASE), re.compile(after, re.IGNORECASE))
    for before, after in (
        (r"\d", r"\d"),
        (r"\b(?:\d{1,2}|1er)", rf"(?:{_MONTH})(?!\w)"),
        (rf"\b(?:{_MONTH})", r"\d{4}(?!\d)"),
        (rf"\b(?:{_WEEKDAY})", r"\d"),
        (r"\d", rf"(?:{_UNIT})(?!\w)"),
        (r"[+~≈]", r"\d"),
    )
)

_SENTENCE_END = re.compile(r"[.!?…][\s»›”’\"')\]]*$")

#: What is not cut even where a word must be: links, addresses, numbers.
_WHOLE = re.compile(
    r"https?://[!-~À-ɏ]+"
    r"|(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+"
    r"|(?<![0-9A-Za-zÀ-ɏ.-])(?:[0-9A-Za-zÀ-ɏ-]++\.)+[A-Za-z]{2,}+(?:/[!-~À-ɏ]*)?"
    r"|(?<![\d.,:/])\d++(?:[.,:/]\d++)+"
)


def boundaries(text: str) -> list[Boundary]:
    """The gaps between words, in their order; none at the ends of the text."""
    return [
        Boundary(gap.start(), gap.end(), _rank(text, gap))
        for gap in _GAP.finditer(text)
        if gap.start() > 0 and gap.end() < len(text)
    ]


def within_word(
    text: str, start: int, end: int, is_too_long: Callable[[int, int], bool]
) -> Iterator[Boundary]:
    """The boundaries inside text[start:end], for a word that must be cut. Links, addresses and
    numbers stay whole unless `is_too_long(start, end)` says that they cannot."""
    cuts = _between_wholes(text, start, end, is_too_long)
    yield from (cut for cut in cuts if cut.end < end)


def _between_wholes(
    text: str, start: int, end: int, is_too_long: Callable[[int, int], bool]
) -> Iterator[Boundary]:
    at = start
    for whole in _WHOLE.finditer(text, start, end):
        yield from _between_graphemes(text, at, whole.start())
        if is_too_long(*whole.span()):
            yield from _between_graphemes(text, *whole.span())
        else:
            yield _within(text, whole.end())
        at = whole.end()
    yield from _between_graphemes(text, at, end)


def _between_graphemes(text: str, start: int, end: int) -> Iterator[Boundary]:
    """After each grapheme of text[start:end]."""
    at = start
    for grapheme in graphemes(text[start:end]):
        at += len(grapheme)
        yield _within(text, at)


def _within(text: str, at: int) -> Boundary:
    before, after = text[max(0, at - 3) : at].rstrip(), text[at : at + 3].lstrip()
    belong_together = _OPENING.search(before) or _CLOSING.match(after)
    return Boundary(at, at, Rank.QUOTATION if belong_together else Rank.GRAPHEME)


def _rank(text: str, gap: re.Match[str]) -> Rank:
    before = text[max(0, gap.start() - _NEARBY) : gap.start()]
    after = text[gap.end() : gap.end() + _NEARBY]
    if _OPENING.search(before) or _CLOSING.match(after):
        return Rank.QUOTATION
    if _LIST_SIGN.search(before):
        return Rank.EXPRESSION
    if "\n" in gap.group():
        return Rank.PARAGRAPH if gap.group().count("\n") > 1 else Rank.SENTENCE
    if _is_one_expression(before, after):
        return Rank.EXPRESSION
    return Rank.SENTENCE if _is_sentence_end(before, after) else Rank.WORD


def _is_one_expression(before: str, after: str) -> bool:
    return bool(_ABBREVIATION.search(before)) or any(
        ends.search(before) and begins.match(after) for ends, begins in _EXPRESSIONS
    )


def _is_sentence_end(before: str, after: str) -> bool:
    """An emoji belongs to the sentence before it."""
    if after[0].islower() or EMOJI.match(after):
        return False
    return _SENTENCE_END.search(EMOJI.sub("", before)) is not None
