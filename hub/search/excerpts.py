"""What of a text is shown for a question: where its words stand, marked. Found by the same stems
as the index finds them. Pure functions; what comes out is escaped."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from hub.search.question import Phrase, Question
from hub.search.words import Word, normal, words

#: Characters of an excerpt, and how many of them stand before the first word that was found.
LENGTH, LEAD = 220, 50
MARK = Markup("<mark>{}</mark>")

Span = tuple[int, int]


def excerpt(texts: Iterable[str], asked: Question) -> Markup | None:
    """The part of one of these texts that has most of what was asked for; of equals the first.
    None when no text has any of it."""
    best: tuple[int, str, list[Span]] | None = None
    for text in map(_one_line, texts):
        spans, found = _found(text, asked.wanted)
        if spans and (best is None or found > best[0]):
            best = found, text, spans
    if best is None:
        return None
    _count, text, spans = best
    start, end = _window(text, spans[0])
    inside = [
        (first - start, last - start) for first, last in spans if start <= first < last <= end
    ]
    shown = _marked(text[start:end], inside)
    return Markup("").join(["… " if start else "", shown, " …" if end < len(text) else ""])


def marked(text: str, asked: Question) -> Markup:
    """A whole short text, such as a subject."""
    text = normal(text)
    return _marked(text, _found(text, asked.wanted)[0])


def marked_name(text: str, asked: Question) -> Markup:
    """The name of somebody who wrote."""
    text = normal(text)
    spans = _found(text, asked.wanted)[0] + _found(text, asked.by, names=True)[0]
    return _marked(text, _joined(spans))


def _found(text: str, phrases: Sequence[Phrase], *, names: bool = False) -> tuple[list[Span], int]:
    """Where these phrases stand, and how many of them do."""
    said = [word for word in words(text) if names or not word.is_common]
    spans: list[Span] = []
    found = 0
    for phrase in phrases:
        size = len(phrase.stems)
        places = [
            (said[at].start, said[at + size - 1].end)
            for at in range(len(said) - size + 1)
            if _is(said[at : at + size], phrase, names=names)
        ]
        spans += places
        found += bool(places)
    return _joined(spans), found


def _is(said: Sequence[Word], phrase: Phrase, *, names: bool) -> bool:
    asked = phrase.folded if names else phrase.stems
    heard = [word.folded if names else word.stem for word in said]
    if heard == list(asked):
        return True
    begun = phrase.begins and said[-1].folded.startswith(phrase.folded[-1])
    return begun and heard[:-1] == list(asked[:-1])


def _joined(spans: Iterable[Span]) -> list[Span]:
    """In their order, those that overlap as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def _window(text: str, first: Span) -> Span:
    """So much of the text around its first place, cut between words."""
    if len(text) <= LENGTH:
        return 0, len(text)
    start = max(0, min(first[0] - LEAD, len(text) - LENGTH))
    if start:
        start = max(text.rfind(" ", 0, start + 1) + 1, start - LEAD)
    end = max(start + LENGTH, first[1])
    if end < len(text):
        end = max(text.rfind(" ", start, end + 1), first[1])
    return start, min(end, len(text))


def _marked(text: str, spans: Iterable[Span]) -> Markup:
    parts, at = [], 0
    for start, end in spans:
        parts += [Markup.escape(text[at:start]), MARK.format(text[start:end])]
        at = end
    return Markup("").join([*parts, Markup.escape(text[at:])])


def _one_line(text: str) -> str:
    return " ".join(normal(text).split())
