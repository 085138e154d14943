"""Words as the search knows them: accents, case and endings gone. Pure functions.

Every text that is indexed and every question goes through here, so both databases find the same:
they are given words that are ready, and fold nothing themselves.

Folding comes first and the stem after it, because half of what citizens write has no accents. The
French stemmer of Snowball (https://snowballstem.org/algorithms/french/stemmer.html) knows some
endings by their accents alone ("ramassées", "routière"); `_ENDINGS` puts those in front of it into
a shape that it knows without, and takes off the plurals that it leaves ("vélos", "perdus").
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

#: Letters and digits, with the accents that stand behind their letter.
_ACCENTS = r"\u0300-\u036f\u064b-\u065f"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_ACCENTS}])*")
#: What is longer is no word. PostgreSQL takes no more than 2 kB.
LONGEST = 40
#: How many spellings are remembered: a language has some ten thousand that are used.
REMEMBERED = 100_000

#: Folded ending -> what the stemmer is given for it, of words of five letters and more.
_ENDINGS = (
    (re.compile(r"(?<!s)s$"), ""),
    (re.compile(r"ee$"), "e"),
    (re.compile(r"iere$"), "ier"),
    (re.compile(r"ass(?:e|ent)$"), "ass"),
    (re.compile(r"ie$"), "ier"),
)
_SHORT_PLURAL = re.compile(r"(?<=..[uo])s$")

#: In nearly every text, so they tell none apart: they are neither indexed nor asked for. What is
#: left of an elision ("l'école", "qu'il") is among them.
_COMMON = """
a ai ait as au aux avec c ca ce ces cet cette d dans de des du elle elles en es est et eu il ils j
je l la le les leur leurs lui m ma mais me mes meme mon n ne nos notre nous on ont ou par pas pour
qu que qui s sa se ses si son sont sur t ta te tes ton tu un une vos votre vous y
"""
COMMON = frozenset(_COMMON.split())

_stemmer = snowballstemmer.stemmer("french")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it stands in it, and the two forms under which it is indexed.
    `folded` serves names, of which no ending may be lost."""

    start: int
    end: int
    folded: str
    stem: str

    @property
    def is_common(self) -> bool:
        return self.folded in COMMON


def normal(text: str) -> str:
    """The text with each accented letter as one character, which `words` needs to find words
    whole. It looks the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def words(text: str) -> Iterator[Word]:
    """Every word of a normal text, common ones too."""
    for match in _WORD.finditer(text):
        folded, stem = forms(match.group())
        if folded:
            yield Word(match.start(), match.end(), folded, stem)


@lru_cache(REMEMBERED)
def forms(word: str) -> tuple[str, str]:
    """A word folded, and its stem; both empty where nothing of it is a letter or a digit."""
    folded = _folded(word)
    return folded, _stem(folded)


def folded(text: str) -> str:
    """A whole text without accents and case, for comparing names."""
    return " ".join(word.folded for word in words(normal(text)))


def _folded(word: str) -> str:
    if not word.isascii():
        word = unicodedata.normalize("NFKD", word).casefold()
        word = unicodedata.normalize("NFKD", word).replace("œ", "oe").replace("æ", "ae")
        word = "".join(character for character in word if character.isalnum())
    return word.lower()[:LONGEST]


def _stem(folded: str) -> str:
    if not folded.isascii() or not folded.isalpha():
        return folded
    word = folded
    if len(word) > 4:
        for ending, plain in _ENDINGS:
            word = ending.sub(plain, word)
    elif len(word) == 4:
        word = _SHORT_PLURAL.sub("", word)
    stem = str(_stemmer.stemWord(word))
    return f"{stem[:-1]}i" if len(stem) > 2 and stem.endswith("y") else stem
