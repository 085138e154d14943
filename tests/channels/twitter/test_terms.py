from datetime import date
from decimal import Decimal

import pytest

from config import ConfigurationError
from hub.channels.base import Price
from hub.channels.twitter.terms import FILE, Terms

SUMMONED = {"mode": "reply", "post_id": "1", "summoned": "explicit"}
IMPLICIT = {**SUMMONED, "summoned": "implicit"}
MESSAGE = {"mode": "dm", "user_id": "2"}
LINK = "Voir maregion.fr/aide"


def usd(amount: str) -> Price:
    return Price(amount=Decimal(amount), currency="USD")


def terms_with(tmp_path, before: str, after: str) -> Terms:
    """The terms of a file in which one thing is written otherwise."""
    text = FILE.read_text("utf-8")
    assert before in text
    changed = tmp_path / "terms.toml"
    changed.write_text(text.replace(before, after, 1), "utf-8")
    return Terms.of("pay_per_use", changed)


@pytest.mark.parametrize(
    ("target", "text", "price"),
    [
        (SUMMONED, "Merci", "0.010"),
        (SUMMONED, "", "0.010"),
        (SUMMONED, LINK, "0.20"),
        (IMPLICIT, "Merci", "0.015"),
        (IMPLICIT, LINK, "0.20"),
        (MESSAGE, "Merci", "0.015"),
        (MESSAGE, LINK, "0.015"),
    ],
)
def test_an_answer_costs_what_x_charges_for_it(target, text, price):
    assert Terms.of("pay_per_use").price(target, text) == usd(price)


@pytest.mark.parametrize(("text", "price"), [("Merci", "0.015"), (LINK, "0.20")])
def test_the_later_parts_of_an_answer_are_plain_posts(text, price):
    assert Terms.of("pay_per_use").price(SUMMONED, text, part=2) == usd(price)


def test_a_contract_has_no_price_for_a_single_answer():
    assert Terms.of("enterprise").price(SUMMONED, LINK) is None


def test_the_terms_are_dated():
    assert date(2026, 8, 1) <= Terms.of("pay_per_use").as_of


def test_lengths_and_files_are_those_of_x():
    terms = Terms.of("enterprise")
    assert (terms.longest_message, terms.longest_message_with_file) == (10_000, 9_976)
    assert (terms.post_files.most, terms.message_files.most) == (4, 1)
    assert terms.post_files.alone == {"image/gif", "video/mp4"}
    assert terms.post_files.most_bytes["image/jpeg"] == 5_000_000


@pytest.mark.parametrize(
    ("access", "taken"),
    [
        ("pay_per_use", {"explicit", "implicit", ""}),
        ("enterprise", {"explicit", "implicit", "no", ""}),
    ],
)
def test_replies_are_taken_where_the_access_allows(access, taken):
    terms = Terms.of(access)
    assert {s for s in ("explicit", "implicit", "no", "") if terms.takes_replies_to(s)} == taken


def test_whether_implicit_mentions_count_is_a_line_in_the_file(tmp_path):
    strict = terms_with(
        tmp_path, "implicit_mention_counts = true", "implicit_mention_counts = false"
    )
    assert not strict.takes_replies_to("implicit")
    assert strict.takes_replies_to("explicit")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("post = 0.015", 'post = "0.015"', "terms.toml: access.pay_per_use.prices.post must be a "
         "number with a decimal point, not '0.015'."),
        ("post = 0.015", "post = 1", "prices.post must be a number with a decimal point, not 1."),
        ("post = 0.015", "post = -0.015", "prices.post must be an amount of money, not -0.015."),
        ("post = 0.015", "post = nan", "prices.post must be an amount of money, not NaN."),
        ("post = 0.015\n", "", "terms.toml: access.pay_per_use.prices.post is missing: add it."),
        ("post = 0.015", "post = 0.015\nquote = 0.1", "prices.quote means nothing"),
        ("as_of = 2026-08-22", "as_of = 2026-08-22T10:00:00Z", "as_of must be a day such as"),
        ("as_of = 2026-08-22", "as_of = yesterday", "terms.toml cannot be read"),
        ('currency = "USD"', 'currency = "dollars"', "currency must be three capital letters"),
        ('currency = "USD"', 'currency = "USD"\ntax = 1', "terms.toml: tax means nothing"),
        ("most_parts = 25", "most_parts = 0", "thread.most_parts must be 1 or more, not 0."),
        ("most_parts = 25", "most_parts = true", "thread.most_parts must be a whole number"),
        ("[access.enterprise]", "[access.enterprises]", "access.enterprise is missing"),
        ("[access.enterprise]", "[access.free]\nx = 1\n[access.enterprise]", "access.free means"),
        ("replies_need_summons = false", "replies_need_summons = 0", "access.enterprise."),
        ('alone = ["image/gif"', "alone = [1", "files.post.alone must be a list of texts"),
        ('alone = ["image/gif"', 'alone = ["image/tiff"', "files.post.alone must be of types"),
        ("alone = [", "alone = 1\nmore = [", "files.post.alone must be a list in square brackets"),
    ],
)  # fmt: skip
def test_a_wrong_file_stops_the_start_with_the_place(tmp_path, before, after, sentence):
    with pytest.raises(ConfigurationError) as raised:
        terms_with(tmp_path, before, after)
    assert sentence in str(raised.value)


def test_a_file_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(ConfigurationError, match=r"terms\.toml cannot be read"):
        Terms.of("enterprise", tmp_path / "terms.toml")
