import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.channels.facebook.ways import length as utf16
from hub.channels.graphemes import graphemes
from hub.channels.splitting import split
from hub.channels.twitter.length import weighted_length

ANSWER = """Bonjour Madame Martin,

Nous avons bien reçu votre message du 12 mars 2026 au sujet des retards de la ligne 4 entre \
Tours et Vierzon. Les travaux prévus par l’art. 5 de la convention s’achèvent le 1er avril ; \
d’ici là, un car roule toutes les 30 minutes. M. Dupont vous appellera au 02 38 70 30 30. \
Les horaires sont sur https://www.region.example/horaires?ligne=4 ou auprès de \
transports@region.example. Est-ce que cela répond à votre question ? Nous restons à votre \
disposition et vous prions d’excuser la gêne causée par ces travaux.

Cordialement,
Le service régional des transports de voyageurs."""


def parts_of(text: str, limit: int = 280, length=weighted_length, most: int = 25) -> list[str]:
    return split(text, limit, length, most, numbered=True)


def bodies(parts: list[str]) -> list[str]:
    """The parts without their numbers, which are checked on the way."""
    if len(parts) == 1:
        return parts
    marks = [f" ({number}/{len(parts)})" for number in range(1, len(parts) + 1)]
    assert all(part.endswith(mark) for part, mark in zip(parts, marks, strict=True))
    return [part.removesuffix(mark) for part, mark in zip(parts, marks, strict=True)]


def ends(text: str, limit: int) -> list[str]:
    """The last word of each part."""
    return [part.split()[-1] for part in split(text, limit, len, 99, numbered=False)]


def test_a_text_that_fits_stays_as_it_is():
    assert parts_of(" Merci\n") == [" Merci\n"]
    assert parts_of("x" * 280) == ["x" * 280]


def test_a_platform_that_takes_one_part_gets_the_text_whole():
    assert parts_of("mot " * 200, most=1) == ["mot " * 200]


def test_six_hundred_characters_of_french_become_three_posts_that_end_at_sentences():
    found = parts_of(ANSWER)

    assert len(ANSWER) == 600
    assert len(found) == 3
    assert all(weighted_length(part) <= 280 for part in found)
    assert [body[-1] for body in bodies(found)][:2] == [".", "?"]


def test_a_paragraph_is_a_better_end_than_a_later_sentence():
    text = "Un mot. " * 20 + "Fin.\n\n" + "Autre mot. " * 20
    assert bodies(parts_of(text))[0].endswith("Un mot. Fin.")


def test_a_salutation_is_no_part_of_its_own():
    first = bodies(parts_of(ANSWER))[0]
    assert first.startswith("Bonjour Madame Martin,\n\nNous avons")


def test_a_line_is_as_good_an_end_as_a_sentence():
    text = "\n".join(["- un point de la liste, sans ponctuation finale"] * 8)
    assert all(body.endswith("finale") for body in bodies(parts_of(text)))


def test_a_text_is_cut_into_as_few_parts_as_can_be():
    sentence = "Une phrase de cent quarante signes environ, qui dit longuement ce que " * 2
    assert len(parts_of((sentence.strip() + ". ") * 5)) == 3


def test_the_last_part_is_no_mere_scrap():
    text = "mot " * 69 + "mot " * 5
    assert len(bodies(parts_of(text))[-1]) >= 70 - len("mot ")


def test_room_is_kept_for_the_numbers_of_ten_parts_and_more():
    found = parts_of("dix lettres " * 300)
    assert 10 <= len(found) < 100
    assert all(len(part) <= 280 for part in found)
    assert found[9].endswith(f" (10/{len(found)})")


def test_there_may_be_more_parts_than_the_platform_takes():
    assert len(parts_of("dix lettres " * 300, most=3)) > 3


def test_parts_without_numbers_are_for_conversations():
    found = split("Une phrase. " * 300, 2000, utf16, 9, numbered=False)
    assert len(found) == 2
    assert all(part.endswith("phrase.") for part in found)


@pytest.mark.parametrize(
    "kept",
    [
        "« Bonjour »",
        "Vraiment ?",
        "Vraiment\u202f?",
        "Quoi !",
        "avril ;",
        "M. Dupont",
        "Mme Martin",
        "l’art. 5",
        "art. L. 211-1",
        "n° 12",
        "n°\u00a012",
        "1er janvier 2026",
        "lundi 12 mars 2026",
        "12/03/2026",
        "10 000 €",
        "3,50 €",
        "25 %",
        "02 38 70 30 30",
        "30 minutes",
        "12 bis",
        "p. 12",
        "https://region.example/a?b=c,d",
        "region.example/aide",
        "jean.dupont@region.example",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    ],
)
def test_what_belongs_together_is_never_cut(kept):
    for before in range(30, 62):
        text = ("x" * before + f" {kept} " + "suite du texte " * 10).strip()
        assert any(kept in part for part in split(text, 60, len, 99, numbered=False)), before


@pytest.mark.parametrize(
    ("text", "last_words"),
    [
        ("Le car part. Il est plein de monde", ["part.", "monde"]),
        ("Le car part, M. Paul en est ravi", ["en", "ravi"]),
        ("Le car est là ! Tout va très bien", ["!", "bien"]),
        ("Il dit « Venez. » Tout va très bien", ["»", "bien"]),
        ("Le car est là \U0001f642 Tout va très bien", ["va", "bien"]),
        ("Bravo à tous ! \U0001f642 Tout va très bien", ["\U0001f642", "bien"]),
        ("Des cars, etc. ainsi que des trains", ["que", "trains"]),
    ],
)
def test_sentences_end_where_french_ends_them(text, last_words):
    assert ends(text, 24) == last_words


def test_a_word_is_cut_only_where_it_fits_into_no_part():
    found = bodies(parts_of("mot " * 30 + "x" * 600 + " mot"))
    assert "".join(found).count("x") == 600
    assert len(found) == 3


def test_a_link_stays_whole_within_a_word_that_is_cut():
    link = "https://region.example/horaires"
    found = bodies(parts_of("日本語" * 80 + link + "中" * 200))
    assert sum(link in body for body in found) == 1


WORDS = st.sampled_from([
    "mot", "région", "«", "»", "M.", "art.", "12", "mars", "2026", "fin.", "Fin.", "?", "!", "\n",
    "\n\n", "\u00a0", "\u202f?", "1er", "n°", "etc.", "https://region.example/a", "a.fr", "b@c.fr",
    "3,5", "10.000", "\U0001f468\u200d\U0001f469", "\U0001f1eb\U0001f1f7", "e\u0301", "中国語", "(",
])  # fmt: skip
LENGTHS = st.sampled_from([weighted_length, utf16, len])


@settings(max_examples=60, deadline=None)
@given(
    text=st.one_of(
        st.lists(WORDS, max_size=120).map(" ".join),
        st.lists(WORDS, max_size=60).map("".join),
        st.text(max_size=300),
    ),
    limit=st.integers(60, 160),
    length=LENGTHS,
    numbered=st.booleans(),
)
def test_nothing_but_white_space_is_lost_and_each_part_fits(text, limit, length, numbered):
    found = split(text, limit, length, 99, numbered=numbered)

    assert all(length(part) <= limit for part in found)
    said = "".join(bodies(found) if numbered else found)
    assert "".join(said.split()) == "".join(text.split())


@settings(max_examples=30, deadline=None)
@given(text=st.lists(WORDS.filter(str.strip), min_size=30, max_size=120).map(" ".join))
def test_no_word_is_cut_that_fits_into_a_part(text):
    assert " ".join(bodies(parts_of(text, 120))).split() == text.split()


@settings(max_examples=30, deadline=None)
@given(text=st.text(min_size=100, max_size=300, alphabet="e\u0301\U0001f468\u200d\U0001f1eb中"))
def test_no_grapheme_is_cut(text):
    found = bodies(parts_of(text, 60))
    kept = [g for g in graphemes(text) if g.strip()]
    assert [g for body in found for g in graphemes(body) if g.strip()] == kept


def test_a_long_text_is_split_quickly():
    before = time.process_time()
    assert len(parts_of((ANSWER + "\n\n") * 38)) > 70
    assert time.process_time() - before < 3
