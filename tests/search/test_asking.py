"""The language of questions."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.search.asking import ask
from hub.search.question import Chosen, Names, Operator, Phrase, Problem, Question, Trouble

TODAY = date(2026, 11, 23)
NAMES = Names(
    departments={"lycees": "3", "lycees et formation": "3", "transports": "4"},
    channels={"web": "web", "formulaire": "web"},
    states={"closed": "closed", "ferme": "closed", "en attente": "waiting"},
    languages={"en": "en", "anglais": "en"},
)


def asked(text: str) -> Question:
    return ask(text, NAMES, TODAY)


def one(stem: str, folded: str | None = None, *, begins: bool = False) -> Phrase:
    return Phrase((stem,), (folded or stem,), begins)


def test_words_are_all_wanted_and_those_with_a_minus_are_not() -> None:
    question = asked("retards bus -travaux")
    assert question.wanted == (one("retard", "retards"), one("bus"))
    assert question.unwanted == (one("traval", "travaux"),)


@pytest.mark.parametrize(
    "text", ['"gare routière"', "« gare routière »", "“gare routière”", '"gare à la routière']
)
def test_quoted_words_stand_side_by_side_without_the_small_ones(text: str) -> None:
    assert [phrase.folded for phrase in asked(text).wanted] == [("gare", "routiere")]


def test_a_word_with_marks_in_it_is_a_phrase() -> None:
    assert [phrase.folded for phrase in asked("saint-brieuc").wanted] == [("saint", "brieuc")]


def test_a_star_takes_what_begins_so() -> None:
    assert asked("inond* avec*").wanted == (one("inond", begins=True), one("avec", begins=True))
    assert asked("de*").problems == (Problem(Trouble.TOO_SHORT, "de*"),)


@pytest.mark.parametrize("text", ["from:Zoé", "de:zoe", "From: ZOE", 'auteur:"zoé"'])
def test_operators_have_a_french_name_too_and_take_quotes(text: str) -> None:
    assert [phrase.folded for phrase in asked(text).by] == [("zoe",)]


@pytest.mark.parametrize(
    "text", ["department:lycees", "service:Lycées", "department:« Lycées et formation »"]
)
def test_a_department_goes_by_its_short_name_or_its_name(text: str) -> None:
    assert asked(text).departments == Chosen(frozenset({"3"}))


def test_of_one_operator_any_value_will_do_and_a_minus_forbids_it() -> None:
    question = asked(
        "department:lycees department:transports -state:fermé canal:formulaire langue:anglais"
    )
    assert question.departments == Chosen(frozenset({"3", "4"}))
    assert question.states == Chosen(not_those=frozenset({"closed"}))
    assert (question.channels, question.languages) == (
        Chosen(frozenset({"web"})),
        Chosen(frozenset({"en"})),
    )


def test_tags_are_whole_and_folded() -> None:
    assert asked('tag:"Ligne 214" -étiquette:Réclamation').tags == ("ligne_214",)
    assert asked("-étiquette:Réclamation").not_tags == ("reclamation",)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-01", date(2026, 11, 1)),
        ("1/11/2026", date(2026, 11, 1)),
        ("01.11.2026", date(2026, 11, 1)),
        ("2026-11", date(2026, 11, 1)),
        ("11/2026", date(2026, 11, 1)),
        ("2026", date(2026, 1, 1)),
        ("hier", TODAY - timedelta(days=1)),
        ('"aujourd\'hui"', TODAY),
    ],
)
def test_days_are_written_as_people_write_them(text: str, day: date) -> None:
    assert (asked(f"after:{text}").after, asked(f"avant:{text}").before) == (day, day)


def test_the_narrower_of_two_days_counts() -> None:
    question = asked("after:2026-01-01 after:2026-02-01 before:2026-05-01 before:2026-04-01")
    assert (question.after, question.before) == (date(2026, 2, 1), date(2026, 4, 1))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("before:31/02/2026", Problem(Trouble.NO_DATE, "31/02/2026", Operator.BEFORE)),
        ("-before:2026", Problem(Trouble.NO_DATE, "-before:2026", Operator.BEFORE)),
        ("state:lost", Problem(Trouble.UNKNOWN, "lost", Operator.STATE)),
        ("department:nowhere", Problem(Trouble.UNKNOWN, "nowhere", Operator.DEPARTMENT)),
        ("from:", Problem(Trouble.NO_VALUE, "from:", Operator.FROM)),
        ("tag:***", Problem(Trouble.NO_VALUE, "tag:***", Operator.TAG)),
        ("form:zoé", Problem(Trouble.NO_OPERATOR, "form:zoé")),
        ("2026-004217-A", Problem(Trouble.WRONG_LETTER, "2026-004217-A")),
        ("mot " * 90, Problem(Trouble.TOO_LONG, ("mot " * 90)[300:360])),
    ],
)
def test_what_is_not_understood_is_told(text: str, problem: Problem) -> None:
    assert problem in asked(text).problems


def test_an_unknown_operator_is_looked_for_as_words() -> None:
    assert [phrase.folded for phrase in asked("form:zoé").wanted] == [("form", "zoe")]


@pytest.mark.parametrize("text", ["http://region.example/a", "12:30", "Bonjour: merci", "- --"])
def test_ordinary_punctuation_is_no_problem(text: str) -> None:
    assert asked(text).problems == ()


def test_small_words_are_left_out_and_told() -> None:
    question = asked("le bus")
    assert (question.wanted, question.common) == ((one("bus"),), ("le",))
    assert not asked("le la").asks


def test_a_reference_is_known_whole_and_begun() -> None:
    assert asked(" 2026-004217-X ").is_one_ticket
    assert not asked("2026-004217-X bus").is_one_ticket
    assert asked("2026-0042").beginnings == ((2026, "0042"),)
    assert asked("2026-004217-").beginnings == ((2026, "004217"),)


PIECES = st.sampled_from(
    [
        *'-:"«»“”*_/. \n\0',
        "from:",
        "-tag:",
        "before:",
        "après:",
        "state:",
        "2026-",
        "le",
        "É",
        "x" * 50,
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES | st.text(max_size=5), max_size=60).map("".join))
@example("-" * 400)
@example('from:"')
@example("before:99999999-99-99 after:0000-00-00")
def test_any_text_is_a_question_and_nothing_is_left_out_in_silence(text: str) -> None:
    question = asked(text)
    told = question.asks or question.problems or question.common
    assert told or not any(character.isalnum() for character in text)
