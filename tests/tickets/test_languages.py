"""Telling which language somebody writes in."""

import json
from pathlib import Path

import pytest

from hub.tickets.languages import LANGUAGES, language_of

FRENCH = [
    "",
    "Bonjour",
    "OK thanks",
    "c koi ce bus svp",
    "La page Facebook « Welcome in the City » ne s'affiche pas, merci de votre aide",
    "bjr ma fille de 6ans a pas été déposée a son arret ce soir",
    "https://www.region.example/the/and/is/of/my/you 😡😡",
    "2026-004217-X 12:30",
]


@pytest.mark.parametrize("text", FRENCH)
def test_what_is_short_or_french_is_french(text: str) -> None:
    assert language_of(text) == "fr"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "Hello, when is the next bus to the airport? I have lost my ticket, please help."),
        (
            "de",
            "Guten Tag, wann fährt der nächste Bus? Ich habe meine Karte verloren.",
        ),
        ("es", "Hola, ¿cuándo sale el próximo autobús? No tengo mi tarjeta, gracias por su ayuda."),
        (
            "it",
            "Buongiorno, quando parte il prossimo autobus? Non ho la tessera, grazie per l'aiuto.",
        ),
        ("pt", "Bom dia, quando sai o próximo autocarro? Não tenho o meu cartão, obrigado."),
        ("nl", "Hallo, wanneer vertrekt de bus? Ik kan het niet vinden, bedankt voor uw hulp."),
        ("ar", "مرحبا، متى تصل الحافلة القادمة؟ لقد فقدت بطاقتي"),
        ("uk", "Доброго дня, коли приїде наступний автобус? Я загубила свій квиток"),
        ("ru", "Здравствуйте, когда придёт автобус? Я потерял билет"),
        ("zh", "你好，下一班公交车什么时候到？"),
        ("ja", "こんにちは、次のバスはいつ来ますか。"),
        ("el", "Καλημέρα, πότε έρχεται το επόμενο λεωφορείο;"),
    ],
)
def test_a_foreign_message_is_told(code: str, text: str) -> None:
    assert code in LANGUAGES
    assert language_of(text) == code


def test_a_foreign_word_does_not_make_a_message_foreign() -> None:
    assert language_of("Le car scolaire n'est pas passé, " + "مرحبا") == "fr"


def test_what_citizens_of_the_demo_write_is_french() -> None:
    said = Path("hub/admin/demo.toml").read_text(encoding="utf-8")
    lines = [line for line in said.splitlines() if line.startswith("text")]
    taken = {line: language_of(json.dumps(line)) for line in lines}
    foreign = {line: code for line, code in taken.items() if code != "fr"}
    assert len(foreign) <= len(lines) // 50, foreign
