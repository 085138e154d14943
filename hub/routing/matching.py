"""Does a rule hold for a message? Pure functions on text.

Text is folded: case, accents and ligatures do not count. A word matches alone or in a plural
(`aide` finds "aides", `travail*` finds "travaille", while "travaux" is left to `travaux`).
Several words make a phrase: each may be in the plural, and white space or a hyphen may stand
between them. A word may be an emoji or a hashtag.
"""

import re
import unicodedata
from functools import lru_cache

_SPELLINGS = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "\N{VARIATION SELECTOR-16}": ""})
_PLURAL = "(?:s|x|es)?"


def fold(text: str) -> str:
    """The text without case, accents and ligatures."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_SPELLINGS))
    return "".join(character for character in plain if not unicodedata.combining(character))


def first_match(words: list[str], folded_text: str) -> str | None:
    """The first of the words that stands in the (folded) text, None when none does."""
    return next((word for word in words if _pattern(word).search(folded_text)), None)


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    """A word that is empty once folded matches nothing."""
    stem = fold(word).strip()
    prefix = stem.endswith("*")
    parts = [part for part in re.split(r"[\s-]+", stem.rstrip("*")) if part]
    if not parts:
        return re.compile(r"(?!)")
    before = r"(?<!\w)" if parts[0][0].isalnum() else ""
    forms = [re.escape(part) + (_PLURAL if part[-1].isalpha() else "") for part in parts]
    if prefix:
        forms[-1] = re.escape(parts[-1])
    after = r"(?!\w)" if not prefix and parts[-1][-1].isalnum() else ""
    return re.compile(before + r"[\s-]+".join(forms) + after)
