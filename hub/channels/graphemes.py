"""What a reader takes for one character: letters with their marks, emoji, flags."""

import re
import unicodedata
from collections.abc import Iterator

_PICTURE = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# A picture alone may be a mere sign ("©"): it is an emoji when it is one by itself or is told to
# look like one (U+FE0F).
_ALONE = _PICTURE.replace("\u00a9\u00ae", "")
_CHANGES = "\ufe0f?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"

#: One emoji as Unicode's UTS #51 builds them: a flag of two letters, a keycap, or pictures with
#: skin tone or tags, joined by U+200D.
EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|[\u00a9\u00ae]\ufe0f"
    f"|[{_ALONE}]{_CHANGES}(?:\u200d[{_PICTURE}]{_CHANGES})*"
)

_HANGUL = "[\u1100-\u115f]+[\u1160-\u11a7]*[\u11a8-\u11ff]*"
_BEGINNING = re.compile(f"{EMOJI.pattern}|\r\n|{_HANGUL}|.", re.DOTALL)
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"


def graphemes(text: str) -> Iterator[str]:
    """The text cut into its smallest pieces that a reader sees whole. Joined they are the text."""
    at = 0
    while at < len(text):
        found = _BEGINNING.match(text, at)
        assert found is not None
        end = found.end()
        while end < len(text) and _continues(text[end]):
            end += 1
        yield text[at:end]
        at = end


def _continues(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character).startswith("M")
