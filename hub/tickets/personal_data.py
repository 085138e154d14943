"""Finding personal data in a text before everybody can read it: telephone, e-mail and postal
addresses, and the numbers of persons, accounts, cards and files, as French people write them.

Pure functions. Numbers that carry a check (NIR, IBAN, card) must pass it, so that references and
amounts are not taken for them. Nothing here is certain: a person decides what becomes of it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from hub.tickets import references

MASK: Final = "•"
#: How many characters of each end of a secret stay readable to those who know it.
SHOWN: Final = 2


class Kind(StrEnum):
    """What was found."""

    TELEPHONE = "telephone"
    EMAIL = "email"
    ADDRESS = "address"
    NIR = "nir"
    IBAN = "iban"
    CARD = "card"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` as it stands from `start` on. `mask`: the same with its middle blotted out."""

    kind: Kind
    start: int
    text: str
    mask: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Published:
    """What the council itself publishes, and what is therefore nobody's secret: `hosts` of its
    pages and mailboxes, and `numbers` of its telephones (digits alone)."""

    hosts: frozenset[str] = frozenset()
    numbers: frozenset[str] = field(default_factory=frozenset)


# --- Shapes -----------------------------------------------------------------------------------

_GAP = r"[ \u00a0\u202f.\-]?"
_BEGINS = r"(?<![\w.+/\-])"
_ENDS = r"(?![\w/\-]|[.,]\d)"

_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)*\.[^\W\d_]{2,}(?![\w\-])")
_TELEPHONE = re.compile(
    r"(?<![\w+])(?:(?:\+|00)(?:33|262|508|590|594|596|687|689)"
    rf"{_GAP}(?:\(0\)[ ]?)?[1-9]|0[1-9])(?:{_GAP}\d\d){{4}}{_ENDS}"
)
_NIR = re.compile(
    rf"{_BEGINS}[1-478]{_GAP}\d\d{_GAP}(?:0[1-9]|[1-9]\d){_GAP}(?:\d\d|2[AB]){_GAP}\d{{3}}{_GAP}\d{{3}}"
    rf"(?:{_GAP}\d\d)?{_ENDS}",
    re.IGNORECASE,
)
_IBAN = re.compile(
    rf"{_BEGINS}[A-Z]{{2}}\d\d(?:[ \u00a0\u202f.\-]?[0-9A-Z]){{11,30}}", re.IGNORECASE
)
_CARD = re.compile(rf"{_BEGINS}[3-6]\d{{3}}(?:{_GAP}\d){{9,15}}{_ENDS}")
#: Nothing but streets are called so, however their names are written.
_SURE = (
    r"rue|avenue|boulevard|bd|bld|chemin|impasse|allée|allee|rte|quai|square|lotissement|lieu-dit|"
    r"hameau|faubourg|sentier|rond-point|venelle"
)
#: These are something else too ("12 places", "2 cours"): the name tells, by its article or capital.
_UNSURE = (
    r"av\.|place|pl\.|ch\.|route|cours|résidence|residence|passage|montée|montee|esplanade|"
    r"promenade|clos|villa"
)
_STREET = rf"{_SURE}|{_UNSURE}"
_ARTICLES = r"(?:[ ](?:de|du|des|la|le|les|aux?|saint|sainte))"
_CAPITAL = r"(?-i:[A-ZÉÈÎ])[\w'’\-]*"
_TOWN = rf"(?:,?[ ]*\d{{5}}[ ][^\W\d_][\w'’\-]*(?:[ ]{_CAPITAL})*)?"
_ADDRESS = re.compile(
    rf"(?<![\w/])\d{{1,4}}(?:[ ]?(?:bis|ter|quater|[a-d]))?[ ]?,?[ ]"
    rf"(?:(?:{_SURE}){_ARTICLES}*[ ][\w'’\-]+"
    rf"|(?:{_UNSURE})(?:{_ARTICLES}+[ ][\w'’\-]+|[ ]{_CAPITAL}))(?:[ ]{_CAPITAL})*{_TOWN}",
    re.IGNORECASE,
)
_NUMBER = r"(?:n[°ºo]?\.?|num[ée]ro|réf\.?|référence)?"


def find(
    text: str, *, published: Published | None = None, file_words: Sequence[str] = ()
) -> list[Finding]:
    """What looks like personal data, in the order of the text, none within another. What the
    council publishes itself is left out. `file_words`: those before the number of a file."""
    if not any(character.isdigit() or character == "@" for character in text):
        return []
    published = published or Published()
    taken: list[Finding] = []
    for finding in _candidates(text, published, file_words):
        if all(finding.end <= one.start or one.end <= finding.start for one in taken):
            taken.append(finding)
    return sorted(taken, key=lambda finding: finding.start)


def masked(text: str, findings: Iterable[Finding]) -> str:
    """The text with these findings of it blotted out."""
    for finding in sorted(findings, key=lambda one: one.start, reverse=True):
        text = text[: finding.start] + finding.mask + text[finding.end :]
    return text


def digits(text: str) -> str:
    """The digits of a text alone."""
    return "".join(character for character in text if character in "0123456789")


# --- Looking ----------------------------------------------------------------------------------


def _candidates(text: str, published: Published, words: Sequence[str]) -> Iterator[Finding]:
    """The surest shapes first: what one of them took is no other's."""
    shapes: tuple[tuple[Kind, re.Pattern[str], Callable[[str], bool]], ...] = (
        (Kind.EMAIL, _EMAIL, lambda found: not _is_ours(found, published.hosts)),
        (Kind.NIR, _NIR, is_nir),
        (Kind.TELEPHONE, _TELEPHONE, lambda found: digits(found) not in published.numbers),
        (Kind.CARD, _CARD, is_card),
        (Kind.ADDRESS, _ADDRESS, lambda _found: True),
    )
    yield from _ibans(text)
    for kind, pattern, is_genuine in shapes:
        for match in pattern.finditer(text):
            if is_genuine(match[0]):
                yield _finding(kind, match.start(), match[0])
    yield from _file_numbers(text, words)


def _ibans(text: str) -> Iterator[Finding]:
    """Its length depends on its country, and words may follow it: the longest beginning whose check
    is right."""
    for match in _IBAN.finditer(text):
        for end in range(len(match[0]), 14, -1):
            found = match[0][:end]
            if (
                found[-1].isalnum()
                and not match.string[match.start() + end :][:1].isalnum()
                and is_iban(found)
            ):
                yield _finding(Kind.IBAN, match.start(), found)
                break


def _file_numbers(text: str, words: Sequence[str]) -> Iterator[Finding]:
    """ "dossier n° 2026-1234": the number alone is what is found."""
    named = "|".join(re.escape(word) for word in words)
    if not named:
        return
    pattern = re.compile(
        rf"(?:{named})s?[ \u00a0]*{_NUMBER}[ \u00a0:]*(?P<number>(?=[^\s]*\d{{3}})[\w/\-]{{4,30}})",
        re.IGNORECASE,
    )
    for match in pattern.finditer(text):
        if references.number(match["number"]) is None:  # our own, which the citizen was given
            yield _finding(Kind.FILE, match.start("number"), match["number"])


def _is_ours(address: str, hosts: frozenset[str]) -> bool:
    host = address.rpartition("@")[2].casefold()
    return any(host == ours or host.endswith(f".{ours}") for ours in hosts)


# --- Checks -----------------------------------------------------------------------------------


def is_nir(text: str) -> bool:
    """Is this a number of the national register (social security) with its right key? Without its
    key it is one when it has the thirteen digits and nothing else: the shape tells a month."""
    body = "".join(character for character in text.upper() if character.isalnum())
    number, key = body[:13], body[13:]
    if not key:
        return " " in text.strip() or "\u00a0" in text  # thirteen digits in one piece are anything
    for letters, value in (("2A", "19"), ("2B", "18")):
        if number[5:7] == letters:
            number = number[:5] + value + number[7:]
    return number.isdecimal() and len(key) == 2 and 97 - int(number) % 97 == int(key)


def is_iban(text: str) -> bool:
    """Is its check right (ISO 13616, modulo 97)?"""
    body = "".join(character for character in text.upper() if character.isalnum())
    if not 15 <= len(body) <= 34 or not body.isascii() or not body[:2].isalpha():
        return False
    return int("".join(str(int(character, 36)) for character in body[4:] + body[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """Is its last digit right (Luhn), and its length that of a card?"""
    number = digits(text)
    if not 13 <= len(number) <= 19 or len(set(number)) == 1:
        return False
    doubled = (int(one) * 2 for one in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(one // 10 + one % 10 for one in doubled)) % 10 == 0


# --- Masks ------------------------------------------------------------------------------------


def _finding(kind: Kind, start: int, text: str) -> Finding:
    masks: dict[Kind, Callable[[str], str]] = {Kind.EMAIL: _mask_email, Kind.ADDRESS: _mask_address}
    return Finding(kind, start, text, masks.get(kind, _mask_number)(text))


def _mask_number(text: str) -> str:
    """The first and last two signs stay: "06 •• •• •• 42"."""
    places = [place for place, character in enumerate(text) if character.isalnum()]
    shown = {*places[:SHOWN], *places[-SHOWN:]} if len(places) > 2 * SHOWN else set(places[:1])
    return "".join(
        MASK if character.isalnum() and place not in shown else character
        for place, character in enumerate(text)
    )


def _mask_email(text: str) -> str:
    """The first letter and the host's ending stay: "c•••@••••.fr"."""
    name, _at, host = text.partition("@")
    front, _dot, ending = host.rpartition(".")
    return f"{name[:1]}{MASK * 3}@{MASK * min(len(front), 4)}.{ending}"


def _mask_address(text: str) -> str:
    """The kind of street and the town's code stay: "•• rue •••• 75011 ••••"."""
    words = re.split(r"(\s+)", text)
    kinds = re.compile(rf"(?:{_STREET})\Z", re.IGNORECASE)
    known = [bool(kinds.match(word)) or bool(re.fullmatch(r"\d{5}", word)) for word in words]
    return "".join(
        word if word.isspace() or is_known else MASK * min(len(word), 4)
        for word, is_known in zip(words, known, strict=True)
    )
