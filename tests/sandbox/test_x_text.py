"""X's own arithmetic of texts: what they weigh, and how they are told."""

import pytest

from hub.sandbox.x.identities import ACCOUNT, ACCOUNT_ID, HANDLE
from hub.sandbox.x.length import weight
from hub.sandbox.x.text import Tail, is_long, mentioned, pieces, short_link, tell
from hub.sandbox.x.values import Person

FAMILY = "👨‍👩‍👧‍👦"


def find(handle: str) -> Person | None:
    return ACCOUNT if handle.lower() == HANDLE.lower() else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("Hi http://test.co", 26),
        ("« Bonjour » — c’est noté…", 26),
        ("Prix : 3 € / trajet", 20),
        ("Prix : 3\u00a0€", 11),
        ("Prix : 3\u202f€", 12),
        ("re\u0301gion", 6),
        ("Voir maregion.fr/transports", 28),
        ("Voir https://maregion.fr/un/tres/long/chemin?avec=des&questions=1.", 29),
        ("Merci.Me contacter", 33),
        ("ecrire@maregion.fr", 18),
        (f"H🐱☺{FAMILY}", 7),
        ("🙋🏽👨‍🎤", 4),
        ("1⃣", 2),
        ("🇫🇷", 2),
        ("مرحبا", 5),
        ("Tiếng Việt", 12),
        (FAMILY * 140, 280),
        ("字" * 160, 320),
        ("ABC\u202a\uffffABC\ufffe", 12),
    ],
)
def test_a_text_weighs_what_x_says(text: str, expected: int) -> None:
    assert weight(text) == expected


def test_a_post_is_long_above_280() -> None:
    assert not is_long("a" * 280)
    assert is_long("a" * 281)


def test_the_told_text_is_escaped_and_its_links_are_short() -> None:
    told = tell("Moins < cher & mieux : maregion.fr/bus", find)
    (link,) = told.links
    assert told.text == f"Moins &lt; cher &amp; mieux : {short_link('https://maregion.fr/bus')}"
    assert told.text[link.start : link.end] == link.url
    assert (link.expanded, link.display) == ("https://maregion.fr/bus", "maregion.fr/bus")


def test_what_x_adds_stands_outside_the_authors_words() -> None:
    after = [Tail("quote", "https://x.com/a/status/1"), Tail("media", "https://x.com/a/2/photo/1")]
    told = tell("Oui & non", find, before=[ACCOUNT], after=after)
    assert told.text[told.start : told.end] == "Oui &amp; non"
    assert told.text.startswith(f"@{HANDLE} ")
    assert [link.kind for link in told.links] == ["quote", "media"]
    assert told.text.endswith(told.links[1].url)
    assert told.mentions[0].end == told.start - 1


def test_only_people_who_exist_are_mentioned() -> None:
    text = f"@{HANDLE.upper()} @personne_ici ecrire@{HANDLE}.fr"
    assert mentioned(text, find) == (ACCOUNT_ID,)
    assert [tag.tag for tag in tell("#lycée et #2026", find).hashtags] == ["lycée"]


def test_a_typed_text_falls_into_its_parts() -> None:
    found = [(piece.kind, piece.text) for piece in pieces(f"@{HANDLE} voir maregion.fr, vite")]
    assert found == [
        ("mark", f"@{HANDLE}"), ("words", " voir "), ("link", "maregion.fr"), ("words", ", vite"),
    ]  # fmt: skip
