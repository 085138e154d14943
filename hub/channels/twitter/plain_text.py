"""From a text as X sends it to the words the person wrote.

X escapes three characters for HTML, hides links behind short ones of t.co, ends a text with links
to its own pictures and to the post it quotes, and begins a reply with the people it goes to. The
places that X tells (`indices`, `start`) count characters of the escaped text in ways that differ,
so links and mentions are found by what they say.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub.channels.twitter.reading import either
from hub.channels.untrusted import mapping, sequence, text, web_address

SHORT = re.compile(r"https?://t\.co/\w+")
STATUS = re.compile(r"https?://(?:\w+\.)?(?:twitter|x)\.com/\w+(?:/web)?/status(?:es)?/(\d+)\b")
PICTURES = ("pic.twitter.com/", "pic.x.com/")
ESCAPED = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'"}
MENTIONS = re.compile(r"(?:@\w+\s*)+")

#: Where a post names the account: its text itself, only the people X put before a reply, nowhere.
Mention = Literal["text", "automatic", "no"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a text: `short` as it stands there, `address` where it leads. `is_media`: it only
    stands for a picture or film that comes along."""

    short: str
    address: str
    is_media: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The text of a post as it came, and what explains it.

    `words`: all of it. `beginning`: what X's `display_text_range` counts in, of which `start` is
    the first number, as it came. `own`: short links that X added. `unnamed`: how many more it
    added of which it says nothing. `handles`: those of the council's account, and `is_tagged` when
    X counts it among the people the post mentions.
    """

    words: str
    beginning: str
    start: Any
    is_reply: bool
    links: tuple[Link, ...]
    own: frozenset[str]
    unnamed: int
    handles: frozenset[str]
    is_tagged: bool

    @property
    def text(self) -> str:
        said = self.words.removeprefix(self._automatic or "")
        return plain(said, self.links, own=self.own, unnamed=self.unnamed)

    @property
    def mention(self) -> Mention:
        automatic = self._automatic
        if automatic is None:
            leading = MENTIONS.match(self.words)
            automatic = leading[0] if leading else ""
        typed = self.words.removeprefix(automatic)
        if any(_names(typed, handle) for handle in self.handles):
            return "text"
        return "automatic" if self.is_tagged else "no"

    @property
    def _automatic(self) -> str | None:
        """The mentions that X put before a reply; None when it does not tell which are its."""
        if not self.is_reply:
            return ""
        if not isinstance(self.start, int):
            return None
        before = self.beginning[: max(self.start, 0)]
        return before if not before or MENTIONS.fullmatch(before) else None


def plain(words: str, found: Iterable[Link], *, own: Iterable[str] = (), unnamed: int = 0) -> str:
    """The words, decoded once, with whole links.

    Links at the end go where they stand for media, or are among `own` (short links that X
    added), and up to `unnamed` of those that X says nothing about.
    """
    known = {link.short: link for link in found}
    added = {short for short, link in known.items() if link.is_media} | set(own)
    kept = _without_tail(words.strip(), added, set(known), unnamed)
    decoded = re.sub("|".join(ESCAPED), lambda match: ESCAPED[match[0]], kept)
    addresses = {link.short: link.address for link in known.values() if link.address}
    return SHORT.sub(lambda match: addresses.get(match[0], match[0]), decoded)


def links(*entities: Any) -> tuple[Link, ...]:
    """The links that these `entities` objects name, media among them."""
    return tuple(
        _link(found, is_media=name == "media" or _is_media(found))
        for entity in map(mapping, entities)
        for name in ("urls", "media")
        for found in map(mapping, sequence(entity.get(name)))
    )


def mentioned(*entities: Any) -> list[Mapping[str, Any]]:
    """The people that these `entities` objects say the text mentions."""
    return [
        mapping(person)
        for entity in map(mapping, entities)
        for person in sequence(either(entity, "user_mentions", "mentions"))
    ]


def leading_to(post_id: str | None, found: Iterable[Link]) -> frozenset[str]:
    """The short links that lead to a post."""
    return frozenset(
        link.short
        for link in found
        if post_id and (status := STATUS.match(link.address)) and status[1] == post_id
    )


def _link(found: Mapping[str, Any], *, is_media: bool) -> Link:
    address = web_address(found.get("expanded_url"))
    return Link(short=text(found.get("url")), address=address or "", is_media=is_media)


def _is_media(found: Mapping[str, Any]) -> bool:
    return "media_key" in found or text(found.get("display_url")).startswith(PICTURES)


def _without_tail(words: str, added: set[str], named: set[str], unnamed: int) -> str:
    """The text without the short links at its end that are not the person's."""
    while True:
        start = max(words.rfind("https://t.co/"), words.rfind("http://t.co/"))
        link = words[start:] if start >= 0 else ""
        if not SHORT.fullmatch(link):
            return words
        if link not in added:
            if link in named or unnamed < 1:
                return words
            unnamed -= 1
        words = words[:start].rstrip()


def _names(words: str, handle: str) -> bool:
    """Does the text mention this handle, otherwise than inside an address?"""
    pattern = rf"(?<![\w/@＠])[@＠]{re.escape(handle)}(?!\w)"
    return bool(handle) and re.search(pattern, words, re.IGNORECASE) is not None
