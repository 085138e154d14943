"""The length of a post as X counts it: weighted, after configuration 3 of twitter-text.

A link counts 23 whatever its length, an emoji 2, a character 1 in the scripts of Europe and the
Near East and 2 elsewhere; the text is brought into Unicode's form NFC first.
"""

import re

from hub.channels.graphemes import EMOJI
from hub.channels.twitter.links import link_spans, normalised

LINK_LENGTH = 23
EMOJI_LENGTH = 2

_HEAVY = re.compile("[^\0-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")


def weighted_length(text: str) -> int:
    """What X compares with the 280 of a post."""
    text = normalised(text)
    length = at = 0
    for start, end in link_spans(text):
        length += _length_between_links(text[at:start]) + LINK_LENGTH
        at = end
    return length + _length_between_links(text[at:])


def _length_between_links(text: str) -> int:
    signs, emoji = EMOJI.subn("", text)
    return emoji * EMOJI_LENGTH + len(signs) + len(_HEAVY.findall(signs))
