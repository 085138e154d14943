"""A text in several parts, where a platform takes no more than so much at once."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count, pairwise

from hub.channels.boundaries import Boundary, Rank, boundaries, within_word

#: Where a part ends for the best: at the end of a paragraph that leaves it half full at least,
#: else of a sentence that leaves it a quarter full, and so on.
_CHOICE = (
    (Rank.PARAGRAPH, 1 / 2),
    (Rank.SENTENCE, 1 / 4),
    (Rank.WORD, 1 / 4),
    (Rank.EXPRESSION, 1 / 4),
    (Rank.GRAPHEME, 1 / 4),
)


def split(
    text: str, limit: int, length: Callable[[str], int], most: int, *, numbered: bool
) -> list[str]:
    """The text alone where it fits, or where the platform takes one part only; else as few parts
    as can be, each of at most `limit` as `length` counts.

    Parts end at paragraphs, else at sentences, else at words; a word is cut where it fits into no
    part. Joined they are the text but for white space. With `numbered` each ends with " (1/3)".
    They may be more than `most`: the caller says so to whoever wrote the text. A part is too long
    only where one grapheme is.
    """
    if most < 2 or length(text) <= limit:
        return [text]
    if not numbered:
        return _parts(text.strip(), limit, length, "")
    for digits in count(len(str(length(text) // limit))):
        nines = "9" * digits
        parts = _parts(text.strip(), limit, length, f" ({nines}/{nines})")
        if len(parts) < 10**digits:
            break
    return [f"{part} ({number}/{len(parts)})" for number, part in enumerate(parts, start=1)]


def _parts(text: str, limit: int, length: Callable[[str], int], reserved: str) -> list[str]:
    parts = (part.strip() for part in _Cutting(text, limit, length, reserved).parts())
    return [part for part in parts if part]


class _Cutting:
    """A text, and the boundaries it may be cut at, named by their number: the first is the
    beginning of the text and the last its end."""

    def __init__(self, text: str, limit: int, length: Callable[[str], int], reserved: str) -> None:
        self.text, self.limit, self.length, self.reserved = text, limit, length, reserved
        self.cuts = list(self._all_cuts())
        self.last = len(self.cuts) - 1

    def parts(self) -> Iterator[str]:
        earliest = self._earliest()
        at = 0
        while at < self.last:
            # At the end of the list, and should lengths not add up, take what fits.
            lowest = earliest.pop() if earliest else 0
            to = self._choose(at, max(lowest, at + 1), leaves_one=len(earliest) == 0)
            yield self.text[self.cuts[at].start : self.cuts[to].end]
            at = to

    def _choose(self, at: int, lowest: int, *, leaves_one: bool) -> int:
        """The best boundary to end a part at that begins at `at`."""
        highest = self._farthest(at)
        if highest == self.last:
            return highest
        if leaves_one:
            highest = self._sparing_the_last(lowest, highest)
        start, full = self.cuts[at].start, self.cuts[highest].end - self.cuts[at].start
        for rank, share in _CHOICE:
            for cut in range(highest, lowest - 1, -1):
                if self.cuts[cut].end - start < full * share:
                    break
                if self.cuts[cut].rank >= rank:
                    return cut
        return highest

    def _sparing_the_last(self, lowest: int, highest: int) -> int:
        """Up to which boundary the last part but one may go so that the last is no mere scrap."""
        for cut in range(highest, lowest - 1, -1):
            if self.length(self.text[self.cuts[cut].start :]) * 4 >= self.limit:
                return cut
        return highest

    def _earliest(self) -> list[int]:
        """For each part but the last, the last one first, the earliest end from which as many
        parts as are left still hold the rest."""
        needed, at = 0, 0
        while at < self.last:
            at = self._farthest(at)
            needed += 1
        ends, at = [], self.last
        for _ in range(needed - 1):
            at = self._nearest(at)
            ends.append(at)
        return ends

    def _farthest(self, at: int) -> int:
        """The last boundary up to which a part fits that begins at `at`; the next at least."""
        return self._search(at, 1, lambda to: self._fits(self.cuts[at].start, self.cuts[to].end))

    def _nearest(self, to: int) -> int:
        """The first boundary from which a part fits that ends at `to`; the one before at most."""
        return self._search(to, -1, lambda at: self._fits(self.cuts[at].start, self.cuts[to].end))

    def _search(self, origin: int, step: int, fits: Callable[[int], bool]) -> int:
        """How far from `origin` in this direction it fits: in growing steps, then by halves."""
        room = self.last - origin if step > 0 else origin
        good, bad = 1, 2
        while bad <= room and fits(origin + step * bad):
            good, bad = bad, bad * 2
        bad = min(bad, room + 1)
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if fits(origin + step * middle) else (good, middle)
        return origin + step * good

    def _fits(self, start: int, end: int) -> bool:
        return self.length(self.text[start:end] + self.reserved) <= self.limit

    def _all_cuts(self) -> Iterator[Boundary]:
        """Every boundary between words, and those within what does not fit into a part."""
        begin = Boundary(0, 0, Rank.PARAGRAPH)
        end = Boundary(len(self.text), len(self.text), Rank.PARAGRAPH)
        yield begin
        inner: list[Boundary] = []
        for gap in (*boundaries(self.text), end):
            if gap.rank < Rank.WORD:
                inner.append(gap)
                continue
            if not self._fits(begin.start, gap.end):
                yield from self._within((begin, *inner, gap))
            yield gap
            begin, inner = gap, []

    def _within(self, gaps: Sequence[Boundary]) -> Iterator[Boundary]:
        """The boundaries between the first and the last of these, theirs and those in words."""
        for before, after in pairwise(gaps):
            if before is not gaps[0]:
                yield before
            yield from within_word(
                self.text, before.start, after.end, lambda *span: not self._fits(*span)
            )
