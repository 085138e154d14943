"""Does a rule hold for a message? Pure functions on text.

Text is folded: case, accents and ligatures do not count. A word matches alone or with the s or x
of a plural (`aide` finds "aides"; "travaux" must be written), and with any ending where it has a
star (`rembours*` finds "remboursez"). Several words make a phrase: white space or a hyphen may
stand between them. A word may be an emoji or a hashtag.
"""

import re
import unicodedata
from functools import lru_cache

_SPELLINGS = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "\N{VARIATION SELECTOR-16}": ""})


def fold(text: str) -> str:
    """The text without case, accents and ligatures."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_SPELLINGS)
    return "".join(character for character in plain if not unicodedata.combining(character))


def first_match(words: list[str], folded_text: str) -> str | None:
    """The first of the words that stands in the (folded) text, None when none does."""
    return next((word for word in words if _stands_in(word, folded_text)), None)


def _stands_in(word: str, folded_text: str) -> bool:
    """A council has hundreds of words and most are not there, which a plain search finds out in a
    fraction of the time."""
    stem, pattern = _pattern(word)
    return stem in folded_text and pattern.search(folded_text) is not None


@lru_cache(maxsize=4096)
def _pattern(word: str) -> tuple[str, re.Pattern[str]]:
    """What must be there letter for letter, and the whole. A word that is empty once folded
    matches nothing."""
    parts = [part for part in re.split(r"[\s-]+", fold(word)) if part.strip("*")]
    if not parts:
        return "", re.compile(r"(?!)")
    before = r"(?<!\w)" if parts[0][0].isalnum() else ""
    after = r"(?!\w)" if parts[-1][-1].isalnum() else ""
    whole = re.compile(before + r"[\s-]+".join(map(_form, parts)) + after)
    return parts[0].rstrip("*"), whole


def _form(part: str) -> str:
    """One word of a phrase, with the endings it may have."""
    stem = part.rstrip("*")
    if stem != part:
        return re.escape(stem) + r"\w*"
    return re.escape(part) + ("[sx]?" if part[-1].isalpha() else "")
