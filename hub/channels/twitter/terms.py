"""What X charges and allows, read from `terms.toml`: dated data, corrected without a change of
code when X changes its mind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self, get_args

from hub.channels.base import Price
from hub.channels.twitter.links import links
from hub.channels.twitter.settings import Access
from hub.channels.twitter.strict_toml import Table

FILE = Path(__file__).with_name("terms.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTerms:
    """What may go with a text: at most `most` files, or one alone of the types in `alone`; each
    at most so many bytes, and a film so many seconds."""

    most: int
    alone: frozenset[str]
    alt_text: bool
    most_seconds: int
    most_bytes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What X charges for saying one thing."""

    post: Price
    post_with_link: Price
    summoned_reply: Price
    direct_message: Price


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTerms:
    """What differs between the accesses that X sells.

    `replies_need_summons`: a reply is taken only under posts that name the account or quote it;
    `implicit_mention_counts`: a mention that X itself added to the post is one of these.
    `prices` are None where X charges nothing for a single answer.
    """

    replies_need_summons: bool
    implicit_mention_counts: bool
    prices: Prices | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms for the access that was bought.

    `as_of`: the day on which they were last compared with X's own pages.
    `longest_message`, `longest_message_with_file`: characters of a direct message.
    """

    as_of: date
    most_parts: int
    longest_message: int
    longest_message_with_file: int
    post_files: FileTerms
    message_files: FileTerms
    access: AccessTerms

    @classmethod
    def of(cls, access: Access, file: Path = FILE) -> Self:
        """Read and check, the terms of other accesses too. Raises ConfigurationError with a
        sentence that names the place."""
        whole = Table.of_file(file)
        thread, message = whole.table("thread"), whole.table("direct_message")
        files = whole.table("files")
        terms = cls(
            as_of=whole.take("as_of", date),
            most_parts=thread.count("most_parts"),
            longest_message=message.count("longest"),
            longest_message_with_file=message.count("longest_with_file"),
            post_files=_files(files.table("post")),
            message_files=_files(files.table("direct_message")),
            access=_accesses(whole)[access],
        )
        for table in (whole, thread, message, files):
            table.close()
        return terms

    def takes_replies_to(self, summoned: str) -> bool:
        """Does X take a reply to a post that summoned the account so: "explicit", "implicit" or
        "no"? Where the post does not tell, X is left to say."""
        if not self.access.replies_need_summons:
            return True
        return summoned != "no" and (summoned != "implicit" or self.access.implicit_mention_counts)

    def price(self, target: Mapping[str, str], text: str, part: int = 1) -> Price | None:
        """What saying this text to a Way.target costs. A post with a link costs what such a post
        costs, whatever else it is; the parts after the first answer the council itself, which
        summoned nobody. None where X charges nothing for a single answer."""
        prices = self.access.prices
        if prices is None:
            return None
        if target.get("mode") == "dm":
            return prices.direct_message
        if links(text):
            return prices.post_with_link
        is_summoned = part == 1 and target.get("summoned") == "explicit"
        return prices.summoned_reply if is_summoned else prices.post


def _files(table: Table) -> FileTerms:
    sizes = table.table("most_bytes")
    terms = FileTerms(
        most=table.count("most"),
        alone=frozenset(table.texts("alone")),
        alt_text=table.take("alt_text", bool),
        most_seconds=table.count("most_seconds"),
        most_bytes={media_type: sizes.count(media_type) for media_type in sizes.names()},
    )
    table.close()
    if not terms.alone <= terms.most_bytes.keys():
        raise table.wrong("alone", "of types that most_bytes names too")
    return terms


def _accesses(whole: Table) -> Mapping[str, AccessTerms]:
    currency = whole.take("currency", str)
    if not re.fullmatch("[A-Z]{3}", currency):
        raise whole.wrong("currency", "three capital letters, such as USD")
    levels = whole.table("access")
    found = {name: _access(levels.table(name), currency) for name in get_args(Access)}
    levels.close()
    return found


def _access(table: Table, currency: str) -> AccessTerms:
    terms = AccessTerms(
        replies_need_summons=table.take("replies_need_summons", bool),
        implicit_mention_counts=table.take("implicit_mention_counts", bool),
        prices=_prices(table.table("prices"), currency) if "prices" in table else None,
    )
    table.close()
    return terms


def _prices(table: Table, currency: str) -> Prices:
    def price(name: str) -> Price:
        return Price(amount=table.amount(name), currency=currency)

    prices = Prices(
        post=price("post"),
        post_with_link=price("post_with_link"),
        summoned_reply=price("summoned_reply"),
        direct_message=price("direct_message"),
    )
    table.close()
    return prices
