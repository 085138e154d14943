"""The demo council's rules, on what citizens write."""

from pathlib import Path

import pytest
from flask import Flask

from hub.admin import demo
from hub.routing.choose import choose_department
from hub.routing.queries import departments
from tests.builders import inbound

SENTENCES = Path(__file__).with_name("sentences.txt")


def _cases() -> list[tuple[str, str]]:
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    return [
        (slug.strip(), text.strip())
        for slug, _bar, text in (line.partition("|") for line in lines if line[:1] not in {"#", ""})
    ]


@pytest.fixture
def demo_council(app: Flask) -> None:
    demo.load(password="")


def test_every_sentence_goes_to_the_department_that_answers_it(demo_council: None) -> None:
    chosen = {}
    for slug, text in _cases():
        decision = choose_department(inbound(text=text), "facebook")
        if decision.department.slug != slug:
            chosen[text] = f"{decision.department.slug} ({decision.why}), not {slug}"
    assert chosen == {}


def test_the_sentences_cover_every_department(demo_council: None) -> None:
    cases = _cases()
    assert len(cases) >= 60
    assert {slug for slug, _text in cases} == {department.slug for department in departments()}


def test_the_subject_chosen_on_the_form_decides_before_vague_words(demo_council: None) -> None:
    message = inbound(text="Bonjour, et pour mon dossier ?", subject="Fonds européens")
    assert choose_department(message, "web").department.slug == "europe"


def test_what_belongs_to_another_body_is_seen_whatever_subject_was_chosen(
    demo_council: None,
) -> None:
    message = inbound(
        text="La cantine du collège est trop chère",
        subject="Lycées : bâtiments, cantine, internat, manuels",
    )
    assert choose_department(message, "web").department.slug == "hors-competence"
