"""Where a text holds host names that X would turn into links, in time linear in the text.

X's open-source library twitter-text (Apache-2.0) says what counts as a host: labels of any
letters, not of punctuation or spaces, and a known top-level domain that ends where no Latin
letter or digit follows.
"""

import re
from pathlib import Path

#: Accented Latin letters, as a range for a regular expression.
ACCENTED = (
    "\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272"
    "\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)

LONGEST_LABEL = 63  # of the label in Punycode, as DNS has it

_LATIN_LABEL = re.compile(f"[-0-9A-Za-z{ACCENTED}]+")
_DOT = re.compile(r"\.")
_LATIN = re.compile("[0-9A-Za-z]*")
_PUNYCODE = re.compile("xn--[-0-9A-Za-z]+", re.IGNORECASE)
_IDNA_DOTS = re.compile("[\u3002\uff0e\uff61]")


def _read_domains() -> frozenset[str]:
    """IANA's list as it is published; a newer one takes the place of the file."""
    lines = Path(__file__).with_name("tlds-alpha-by-domain.txt").read_text("ascii").splitlines()
    names = [line.strip().lower() for line in lines if line and not line.startswith("#")]
    return frozenset(
        name.removeprefix("xn--").encode().decode("punycode") if name.startswith("xn--") else name
        for name in names
    )


_DOMAINS = _read_domains()
_OTHER_SIZES = sorted({len(name) for name in _DOMAINS if not name.isascii()}, reverse=True)


class Hosts:
    """The host names in text[start:end], a stretch without spaces and other punctuation than
    dots, hyphens and underscores.

    Labels are numbered from the left: label k stands before dot k. What follows from label k on
    is worked out once, from the right, so that no text costs more than its length.
    """

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.end = text, end
        self.dots = [found.start() for found in _DOT.finditer(text, start, end)]
        self.starts = [start, *(dot + 1 for dot in self.dots)]
        self.domains = [self._domain_end(dot + 1) for dot in self.dots]
        # Where the longest host ends whose first label is the whole label k; 0: there is none.
        self.whole = [0] * (len(self.dots) + 1)
        for label in reversed(range(len(self.dots))):
            self.whole[label] = self.host_end(label, self.starts[label])

    def host_end(self, label: int, at: int) -> int:
        """Where the longest host ends that begins at `at`, within this label. 0: there is none."""
        dot = self.dots[label]
        if not self._may_be_label(at, dot):
            return 0
        if end := self.whole[label + 1]:
            return end
        return self.domains[label] if self._may_be_last(at, dot) else 0

    def first_start(self, label: int, at: int) -> int:
        """From where on, not before `at`, hosts may begin in this label; the dot after it when
        they may not."""
        dot = self.dots[label]
        if self.whole[label + 1]:
            return at
        if not self.domains[label]:
            return dot
        return max(at, self.text.rfind("_", at, dot) + 1)

    def _may_be_label(self, start: int, dot: int) -> bool:
        return start < dot and self.text[start] not in "-_" and self.text[dot - 1] not in "-_"

    def _may_be_last(self, start: int, dot: int) -> bool:
        return "_" not in self.text[start:dot]

    def _domain_end(self, at: int) -> int:
        """Where the top-level domain that begins at `at` ends. 0: none does."""
        latin = _LATIN.match(self.text, at, self.end)
        assert latin is not None
        if latin.end() < self.end and not self.text[latin.end()].isascii():
            for size in _OTHER_SIZES:
                if self._is_domain(at, at + size):
                    return at + size
        if self._is_domain(at, latin.end()):
            return latin.end()
        punycode = _PUNYCODE.match(self.text, at, self.end)
        return punycode.end() if punycode else 0

    def _is_domain(self, at: int, end: int) -> bool:
        if end > self.end or self.text[at:end].lower() not in _DOMAINS:
            return False
        follows = self.text[end : end + 1]
        return not (follows.isascii() and follows.isalnum()) and follows not in {"@", "+", "-"}


class LatinHosts(Hosts):
    """Host names of Latin letters alone, as they stand between other letters: the only ones that
    X takes for links where no scheme precedes them."""

    def found(self) -> list[tuple[int, int]]:
        """Each with its start and end, none within another, the longest from the left."""
        hosts: list[tuple[int, int]] = []
        at = self.starts[0]
        for label, dot in enumerate(self.dots):
            if dot < at:
                continue
            begin = self._latin_tail(max(at, self.starts[label]), dot)
            if end := self.host_end(label, begin):
                hosts.append((begin, end))
                at = end
        return hosts

    def _latin_tail(self, start: int, dot: int) -> int:
        begin = dot
        while begin > start and _LATIN_LABEL.match(self.text, begin - 1, begin):
            begin -= 1
        return begin

    def _may_be_label(self, start: int, dot: int) -> bool:
        return _LATIN_LABEL.fullmatch(self.text, start, dot) is not None

    def _may_be_last(self, start: int, dot: int) -> bool:
        return True


def is_short_enough(host: str) -> bool:
    """Whether each label fits into DNS."""
    return all(_encoded_length(label) <= LONGEST_LABEL for label in _labels(host))


def _labels(host: str) -> list[str]:
    return [part for label in host.split(".") for part in _IDNA_DOTS.split(label) if part]


def _encoded_length(label: str) -> int:
    # Punycode takes at least one character for each, and its encoder is slow on long labels.
    if label.isascii() or len(label) > LONGEST_LABEL:
        return len(label)
    return len("xn--") + len(label.encode("punycode"))
