"""The links in a text, as X finds them: after twitter-text 3.1, X's open-source library.

A link needs no scheme: `region.example/aide` is one where the top-level domain is known, and so
is `Merci.Me` in a sentence without its space. The reading takes time linear in the text, whatever
the text.
"""

import re
import unicodedata

from hub.channels.twitter.hosts import ACCENTED, Hosts, LatinHosts, is_short_enough

LONGEST_LINK = 4096
LONGEST_SHORTENED = 40  # the part of a t.co link after the host

_PUNCTUATION = "!'#%&()*+,\\\\/:;<=>?@\\[\\]^{|}~$"  # but hyphens, dots and underscores
_SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DIRECTIONS = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_NEVER = "\ufffe\ufeff\uffff"
_STRETCH = re.compile(f"[^{_PUNCTUATION}{_SPACES}{_DIRECTIONS}{_NEVER}]+")
_BAD_BEFORE = re.compile(f"[0-9A-Za-z@\uff20$#\uff03{_NEVER}]")

_PATH_SIGN = f"[a-zA-Z\u0400-\u04ff0-9!*';:=+,.$/%#\\[\\]\\-\u2013_~@|&{ACCENTED}]"
_PATH = re.compile(
    f"(?:{_PATH_SIGN}++|\\({_PATH_SIGN}++\\)|\\({_PATH_SIGN}*+\\({_PATH_SIGN}++\\){_PATH_SIGN}*+\\))*+"
)
_NOT_LAST_IN_PATH = "!*';:,.$%[]\u2013~@|&"
_QUERY = re.compile(r"\?[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*+")
_NOT_LAST_IN_QUERY = "!?*'@();:+$%[].,~|"
_PORT = re.compile(":[0-9]+")
_SHORTENED = re.compile(r"https?://t\.co/([a-zA-Z0-9]+)", re.IGNORECASE)


def links(text: str) -> list[str]:
    """The links of a text, in their order."""
    text = normalised(text)
    return [text[start:end] for start, end in link_spans(text)]


def normalised(text: str) -> str:
    """The text in Unicode's form NFC, in which X counts and looks for links.

    Where more than 30 marks stand on one letter they are composed in portions, as Unicode's
    UAX #15 advises: putting them in order would take time that grows with their square."""
    portions, start, marks = [], 0, 0
    for at, character in enumerate(text):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > 30:
            portions.append(text[start:at])
            start, marks = at, 1
    portions.append(text[start:])
    return "".join(unicodedata.normalize("NFC", portion) for portion in portions)


def link_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each link in a text that is `normalised`."""
    search = _Search(text)
    for stretch in _STRETCH.finditer(text):
        if "." in stretch.group() and stretch.end() > search.at:
            search.look_in(stretch.start(), stretch.end())
    return search.spans


class _Search:
    """`at` is where the last match ended. One character at least stands between two matches."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.spans: list[tuple[int, int]] = []

    def look_in(self, start: int, end: int) -> None:
        """Look for links whose host is in this stretch."""
        hosts = Hosts(self.text, start, end)
        scheme = self._scheme_before(start)
        if scheme is not None and (host_end := hosts.host_end(0, start)):
            self._with_scheme(scheme, start, host_end)
        for label, dot in enumerate(hosts.dots):
            begin = self._begin_in(hosts, label)
            if begin < dot and (host_end := hosts.host_end(label, begin)):
                self._without_scheme(begin, host_end)

    def _begin_in(self, hosts: Hosts, label: int) -> int:
        """The first place in this label where a host may begin; the dot after it for none."""
        dot = hosts.dots[label]
        begin = hosts.first_start(label, max(hosts.starts[label], self.at))
        if begin == 0 and not _BAD_BEFORE.match(self.text) and hosts.host_end(label, 1):
            return 1  # "Écully.fr": the first letter is taken for one before the link
        while begin < dot and not (self.text[begin] not in "-_" and self._may_follow(begin)):
            begin += 1
        return begin

    def _may_follow(self, at: int) -> bool:
        """May a link begin here, after what stands before?"""
        if at == 0:
            return True
        return at > self.at and _BAD_BEFORE.match(self.text, at - 1) is None

    def _scheme_before(self, start: int) -> int | None:
        before = self.text[max(0, start - 8) : start].lower()
        for scheme in ("https://", "http://"):
            if before.endswith(scheme) and self._may_follow(start - len(scheme)):
                return start - len(scheme)
        return None

    def _with_scheme(self, scheme: int, start: int, host_end: int) -> None:
        self.at, _ = self._rest(host_end)
        host = self.text[start:host_end]
        if not self._is_sound(host, self.at - scheme + start - scheme):
            return
        end = self.at
        if shortened := _SHORTENED.match(self.text, scheme, end):
            if len(shortened.group(1)) > LONGEST_SHORTENED:
                return
            end = self._query_end(shortened.end())
        self.spans.append((scheme, end))

    def _without_scheme(self, begin: int, host_end: int) -> None:
        self.at, has_path = self._rest(host_end)
        host = self.text[begin:host_end]
        if not self._is_sound(host, self.at - begin + len("https://")):
            return
        if begin and self.text[begin - 1] in "-_./":
            return
        found = LatinHosts(self.text, begin, host_end).found()
        if found and has_path:
            found[-1] = (found[-1][0], self.at)
        self.spans.extend(found)

    def _is_sound(self, host: str, length: int) -> bool:
        if length > LONGEST_LINK or not is_short_enough(host):
            return False
        return not host.startswith("xn--") or bool(LatinHosts(host, 0, len(host)).found())

    def _rest(self, host_end: int) -> tuple[int, bool]:
        """Where port, path and query after a host end, and whether there is a path."""
        port = _PORT.match(self.text, host_end)
        at = port.end() if port else host_end
        has_path = self.text.startswith("/", at)
        if has_path:
            at = self._path_end(at + 1)
        return self._query_end(at), has_path

    def _path_end(self, at: int) -> int:
        path = _PATH.match(self.text, at)
        assert path is not None
        return at + len(path.group().rstrip(_NOT_LAST_IN_PATH))

    def _query_end(self, at: int) -> int:
        query = _QUERY.match(self.text, at)
        kept = query.group().rstrip(_NOT_LAST_IN_QUERY) if query else ""
        return at + len(kept)
