import json
import time
from pathlib import Path

import pytest

from hub.channels.twitter.length import weighted_length
from hub.channels.twitter.links import links

PUBLISHED = json.loads(Path(__file__).with_name("twitter_text.json").read_text("utf-8"))
LONG = 25_000


@pytest.mark.parametrize("section", PUBLISHED["lengths"])
def test_published_cases_weigh_what_twitter_text_says(section):
    cases = PUBLISHED["lengths"][section]
    wrong = [
        (description, weight, weighted_length(text))
        for description, text, weight in cases
        if weighted_length(text) != weight
    ]
    assert wrong == []


def test_published_links_are_found():
    wrong = [(text, links(text)) for text, found in PUBLISHED["links"] if links(text) != found]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("« Bonjour » — c’est noté…", 26),
        ("Prix : 3 € / trajet", 20),
        ("Prix : 3\u202f€", 12),
        ("Prix\u00a0: 3\u00a0€", 11),
        ("re\u0301gion", 6),
        ("Voir maregion.fr/transports", 28),
        ("\U0001f1eb\U0001f1f7", 2),
        ("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea", 4),
        ("❤\ufe0f\u200d\U0001f525", 2),
        ("\U0001f468\U0001f3fd\u200d\U0001f4bb", 2),
        ("© ® ™", 6),
        ("©\ufe0f", 2),
        ("1\ufe0f\u20e3 #\u20e3", 5),
        ("مرحبا", 5),
        ("Tiếng Việt", 12),
        ("\ud800", 2),
    ],
)
def test_what_agents_and_citizens_type_weighs_what_x_counts(text, weight):
    assert weighted_length(text) == weight


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Merci.Me contacter demain", ["Merci.Me"]),
        ("Écrire à contact@region.fr ou jean.dupont@maregion.fr", []),
        ("Horaires sur region.bzh/lignes?n=4, ou au guichet", ["region.bzh/lignes?n=4"]),
        ("« lemans.fr », (region.alsace/aide).", ["lemans.fr", "region.alsace/aide"]),
        ("La ligne 4.2 le 12.03.2026 à 10.30, cf. art. 5", []),
        ("ligne.invalide et fichier.odt", []),
        ("https://préfecture.example.fr/rdv", ["https://préfecture.example.fr/rdv"]),
        ("www.préfecture.fr", ["www.préfecture.fr"]),
    ],
)
def test_links_are_found_in_french_sentences(text, found):
    assert links(text) == found


def test_a_label_of_more_than_63_characters_makes_no_link():
    assert links("a" * 63 + ".fr") == ["a" * 63 + ".fr"]
    assert links("a" * 64 + ".fr") == []
    assert links("http://" + "é" * 64 + ".fr") == []


def test_an_address_of_more_than_4096_characters_is_no_link():
    address = "http://region.fr/" + "a" * (4096 - len("http://" + "http://region.fr/"))
    assert links(address) == [address]
    assert links(address + "a") == []


@pytest.mark.parametrize(
    "piece",
    [
        "a.fr ", "a.fr/(a", "中a.fr/(b ", "a.", ".", "あ.", "é.", "a.x", "a.com中_", "verm.ö",
        "https://", "xn--a.", "a@b.", "(", "(a", "!", "-", "é-", "\u0301\u0316",
        "\U0001f468\u200d", "\U0001f1eb", "1\ufe0f", "a.fr?",
    ],
)  # fmt: skip
def test_no_text_of_25000_characters_takes_long(piece):
    text = (piece * LONG)[: LONG - 14]
    assert seconds(f"{text} http://a.fr/{text}.com"[:LONG]) < 0.2


@pytest.mark.parametrize("text", ["あ" * LONG + ".com", "中a" * 6000 + "_" + "x" * 12000 + ".com"])
def test_no_single_label_takes_long(text):
    assert seconds(text) < 0.2


def seconds(text: str) -> float:
    """Of the processor, the better of two: the machine may be busy with something else."""
    spent = []
    for _ in range(2):
        before = time.process_time()
        weighted_length(text)
        spent.append(time.process_time() - before)
    return min(spent)
