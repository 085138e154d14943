"""From a post's HTML to the words the person wrote.

Servers send paragraphs, line breaks and anchors, other software lists and quotations too
(docs.joinmastodon.org/spec/activitypub, "Sanitization"). Of a long link the page hides parts, but
all of it stands in the text.
"""

import re
from html.parser import HTMLParser

BLOCKS = frozenset({"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "ul"})
UNSEEN = frozenset({"script", "style", "template"})
#: Classes of anchors whose text says all: @somebody, #something.
SPEAKING = frozenset({"hashtag", "mention"})


def plain_text(html: str) -> str:
    """The text, with an empty line between paragraphs. An anchor that shows other words than its
    address is followed by the address. Never raises for content."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    tidy = re.sub(r" *\n *", "\n", "".join(reader.words))
    return re.sub(r"\n{3,}", "\n\n", tidy).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._link: tuple[str, int] | None = None
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self.words.append("\n")
        elif tag == "li":
            self.words.append("\n- ")
        elif tag in BLOCKS:
            self.words.append("\n\n")
        elif tag == "a":
            given = {name: value or "" for name, value in attrs}
            speaks = SPEAKING & set(given.get("class", "").split())
            self._link = None if speaks else (given.get("href", ""), len(self.words))

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag in BLOCKS:
            self.words.append("\n\n")
        elif tag == "a" and self._link:
            address, start = self._link
            shown = "".join(self.words[start:]).strip()
            self._link = None
            if address.startswith(("http://", "https://")) and shown not in _spellings(address):
                self.words.append(f" ({address})")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(re.sub(r"[ \t\r\n]+", " ", data))


def _spellings(address: str) -> set[str]:
    short = re.sub(r"^https?://(www\.)?", "", address)
    return {spelt.rstrip("/") for spelt in (address, short)} | {address, short}
