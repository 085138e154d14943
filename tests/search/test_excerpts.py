"""What is shown of what was found."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from hub.search import excerpts
from hub.search.asking import ask
from hub.search.question import Names, Question

LONG = (
    "Un autre sujet. " * 40 + "La gare est <b>inondée</b> depuis hier. " + "Fin du message. " * 40
)


def asked(text: str) -> Question:
    return ask(text, Names(), date(2026, 11, 23))


def test_words_are_marked_in_whatever_form_they_stand_and_the_rest_is_escaped() -> None:
    shown = excerpts.excerpt(["Rien", LONG], asked("inonder gares"))
    assert shown is not None
    assert "<mark>gare</mark> est &lt;b&gt;<mark>inondée</mark>&lt;/b&gt; depuis" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown.striptags()) < 300


def test_the_text_with_most_of_the_words_is_shown() -> None:
    texts = ["La gare", "La gare est inondée", "Inondée"]
    shown = excerpts.excerpt(texts, asked("gare inondé"))
    assert shown == "La <mark>gare</mark> est <mark>inondée</mark>"


def test_a_phrase_is_marked_as_a_whole_and_its_words_alone_are_not() -> None:
    shown = excerpts.marked("La gare, la Gare Routière", asked('"gare routière"'))
    assert shown == "La gare, la <mark>Gare Routière</mark>"


def test_a_beginning_marks_the_whole_word() -> None:
    assert excerpts.marked("Inondations", asked("inond*")) == "<mark>Inondations</mark>"


def test_names_are_marked_for_words_and_for_who_wrote() -> None:
    shown = excerpts.marked_name("Zoé Martin", asked("from:zoe martin"))
    assert shown == "<mark>Zoé</mark> <mark>Martin</mark>"
    assert excerpts.marked("Zoé", asked("from:zoe")) == "Zoé"


def test_without_a_match_there_is_no_excerpt() -> None:
    assert excerpts.excerpt(["La gare"], asked("from:zoe")) is None


@settings(deadline=None)
@given(st.text(alphabet="gares inondé<>&'\"é\u0301\n ", max_size=600))
def test_nothing_of_a_text_is_lost_or_let_through(text: str) -> None:
    shown = excerpts.marked(text, asked("gare inondé"))
    plain = shown.replace("<mark>", "").replace("</mark>", "")
    assert Markup(plain).unescape() == excerpts.normal(text)
    assert "<" not in plain
    shortened = excerpts.excerpt([text], asked("gare inondé"))
    assert shortened is None or "<mark>" in shortened
