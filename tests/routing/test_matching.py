"""How a word of a rule finds itself in a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.routing.matching import first_match, fold


def holds(word: str, text: str) -> bool:
    return first_match([word], fold(text)) is not None


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("lycée", "LYCEE"),
        ("lycee", "au Lycée !"),
        ("cœur", "coeur"),
        ("l'aide", "l’aide"),
        ("garcon", "GARÇON"),
    ],
)
def test_case_accents_ligatures_and_apostrophes_do_not_count(word: str, text: str) -> None:
    assert holds(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [("aide", "des aides"), ("réseau", "nos réseaux"), ("car scolaire", "les cars scolaires")],
)
def test_a_word_finds_its_plural_and_a_phrase_that_of_each_word(word: str, text: str) -> None:
    assert holds(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [("ter", "interne"), ("ter", "alterner"), ("caf", "cafés"), ("aide", "aider"), ("plu", "plug")],
)
def test_a_word_does_not_match_inside_another(word: str, text: str) -> None:
    assert not holds(word, text)


def test_a_star_takes_any_ending() -> None:
    assert holds("rembours*", "Remboursez-moi")
    assert holds("rembours* mon billet", "je veux être remboursée, mon dieu, remboursez mon billet")
    assert not holds("rembours* mon billet", "remboursez le billet")
    assert not holds("rembours*", "embourser")


@pytest.mark.parametrize("text", ["demi-pension", "demi pension", "Demi -\n pension"])
def test_a_phrase_may_hold_white_space_or_hyphens_between_its_words(text: str) -> None:
    assert holds("demi-pension", text)
    assert holds("demi pension", text)


def test_the_words_of_a_phrase_must_follow_one_another() -> None:
    assert not holds("cantine du lycée", "la cantine, du côté du lycée")


@pytest.mark.parametrize(
    ("word", "text"),
    [("🇪🇺", "le drapeau 🇪🇺 !"), ("❤", "merci ❤️"), ("❤️", "merci ❤"), ("#TER", "bravo#ter")],
)
def test_emoji_and_hashtags_are_words_too(word: str, text: str) -> None:
    assert holds(word, text)


def test_punctuation_in_a_word_is_taken_as_written() -> None:
    assert holds("fse+", "le FSE+ ?")
    assert not holds("fse+", "fseee")
    assert holds("réf. 20*", "Réf. 2026-118")


@pytest.mark.parametrize("empty", ["", "  ", "*", " - ", "\N{COMBINING ACUTE ACCENT}"])
def test_an_empty_word_matches_nothing(empty: str) -> None:
    assert not holds(empty, "n'importe quoi - * ")


def test_the_first_word_of_the_list_that_stands_in_the_text_is_named() -> None:
    assert first_match(["car", "train", "ter"], "le ter et le train") == "train"


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(word=st.text(min_size=1, max_size=12), text=st.text(max_size=60))
def test_no_word_and_no_text_can_break_the_matching(word: str, text: str) -> None:
    first_match([word], fold(text))
