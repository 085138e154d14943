"""Folding and stems: what people may type for what was written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.search.words import LONGEST, folded, forms, normal, words


def stem(word: str) -> str:
    return forms(normal(word))[1]


@pytest.mark.parametrize(
    "family",
    [
        "ramassé ramassées ramassee RAMASSER ramassait ramassent ramasse",
        "inondé inondée inondees inondation inonder",
        "école écoles ECOLE ecoles",
        "routière routieres routier",
        "première premier premières",
        "vélo vélos velos",
        "perdu perdue perdus perdues",
        "élu élus élue elues",
        "oublié oublier oubliée",
        "payé payée payer paiement paiements",
        "œil oeil Œil",
        "dépôt dépôts depot",
        "cheval chevaux",
        "lycée lycées lycee",
    ],
)
def test_the_forms_of_a_word_are_one(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize(
    "others", ["gare garage", "maire mairie", "marché mer", "bus but", "ligne ligue", "214 2144"]
)
def test_other_words_stay_apart(others: str) -> None:
    assert len({stem(word) for word in others.split()}) == 2


def test_elisions_and_small_words_are_common() -> None:
    said = [
        word.folded for word in words("L’école qu'il n'a pas à côté d'ici") if not word.is_common
    ]
    assert said == ["ecole", "cote", "ici"]


def test_letters_with_their_accents_apart_are_the_same_words() -> None:
    apart = "e\u0301cole ferme\u0301e"
    assert [w.stem for w in words(normal(apart))] == [w.stem for w in words("école fermée")]


def test_names_keep_their_endings() -> None:
    assert folded("  Zoé-Maëlys LE GOFF_35 ") == "zoe maelys le goff 35"


@settings(deadline=None)
@given(st.text())
def test_any_text_has_words_of_letters_and_digits_in_their_order(text: str) -> None:
    text = normal(text)
    found = list(words(text))
    for word in found:
        assert word.folded
        assert word.folded.isalnum()
        assert word.stem
        assert word.stem.isalnum()
        assert len(word.folded) <= LONGEST
    places = [place for word in found for place in (word.start, word.end)]
    assert places == sorted(places)


@settings(deadline=None)
@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)
