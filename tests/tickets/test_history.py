"""The lines of history: words, never codes."""

from flask import Flask

from hub.tickets.history import record, sentence
from hub.tickets.models import EventKind
from tests.builders import create_ticket


def test_what_could_not_be_looked_for_is_told_without_codes(app: Flask) -> None:
    event = record(create_ticket(), EventKind.UNSETTLED, code="invalid", detail="(#100) x")
    assert sentence(event) == "The answer could not be looked for: a person decides"


def test_a_refusal_is_told_in_the_words_of_the_channel(app: Flask) -> None:
    event = record(
        create_ticket(), EventKind.DELIVERY, status="failed", code="too_long", detail="(#100) x"
    )
    said = sentence(event)
    assert said.startswith("The answer was refused (")
    assert "(#100)" not in said


def test_a_file_that_was_not_copied_says_why(app: Flask) -> None:
    event = record(create_ticket(), EventKind.FILE, why="too_large")
    assert sentence(event) == "A file was not copied: it is too large"
