"""Does a rule hold for a message? Pure functions on text.

Text is folded: case, accents and ligatures do not count. A word matches alone or in a plural
(`aide` finds "aides", `travail*` finds "travaille" and "travaux" is left to `travaux`); several
words make a phrase whose spaces may be any white space. A word may be an emoji or a hashtag.
"""

import re
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'"})


def fold(text: str) -> str:
    """The text without case, accents and ligatures."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(character for character in plain if not unicodedata.combining(character))


def first_match(words: list[str], folded_text: str) -> str | None:
    """The first of the words that stands in the (folded) text, None when none does."""
    return next((word for word in words if _pattern(word).search(folded_text)), None)


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    """A word that is empty once folded matches nothing."""
    stem = fold(word).strip()
    prefix = stem.endswith("*")
    parts = stem.rstrip("*").split()
    if not parts:
        return re.compile(r"(?!)")
    body = r"\s+".join(map(re.escape, parts))
    before = r"(?<!\w)" if parts[0][0].isalnum() else ""
    whole = not prefix and parts[-1][-1].isalnum()
    after = r"(?:s|x|es)?(?!\w)" if whole else ""
    return re.compile(before + body + after)
