"""Which rule decides, and what the history is told."""

import pytest
from flask import Flask

from hub.channels.base import Author
from hub.routing.choose import NoFallback, choose_department
from tests.builders import create_department, create_rule, inbound


def chosen(channel: str = "facebook", **message: object) -> str:
    return choose_department(inbound(**message), channel).department.slug


@pytest.fixture(autouse=True)
def fallback(app: Flask) -> None:
    create_department("accueil")


def test_the_first_rule_that_holds_decides() -> None:
    second = create_rule(create_department("lycees"), position=2, words=["cantine"])
    first = create_rule(create_department("hors-competence"), position=1, words=["cantine"])
    decision = choose_department(inbound(text="La cantine ?"), "facebook")
    assert decision.rule == first != second


def test_the_reason_names_what_held() -> None:
    create_rule(create_department("lycees"), channel="web", subject="Lycées", words=["cantine"])
    decision = choose_department(inbound(text="La Cantine !", subject="lycees"), "web")
    assert "cantine" in decision.why
    assert "Lycées" in decision.why
    assert "web" in decision.why


def test_without_a_rule_that_holds_the_message_goes_to_accueil() -> None:
    create_rule(create_department("lycees"), words=["cantine"])
    decision = choose_department(inbound(text="Bonjour"), "facebook")
    assert (decision.department.slug, decision.rule) == ("accueil", None)


def test_without_accueil_it_says_so(app: Flask) -> None:
    create_department("accueil").slug = "reception"
    with pytest.raises(NoFallback):
        chosen(text="Bonjour")


def test_every_condition_that_is_filled_must_hold() -> None:
    create_rule(create_department("presse"), channel="facebook", author="courrier", words=["une"])
    journal = Author(external_id="1", name="Le Courrier des Vallées")
    assert chosen(text="La une", author=journal) == "presse"
    assert chosen(text="La une") == "accueil"
    assert chosen(text="Bonjour", author=journal) == "accueil"
    assert chosen("web", text="La une", author=journal) == "accueil"


def test_a_word_under_unless_holds_the_rule_back() -> None:
    create_rule(create_department("hors-competence"), words=["collège"], unless=["car scolaire"])
    assert chosen(text="Le collège est froid") == "hors-competence"
    assert chosen(text="Les cars scolaires pour le collège") == "accueil"


def test_words_are_not_looked_for_in_the_subject_the_citizen_chose_from_a_list() -> None:
    create_rule(create_department("transports"), words=["train"])
    assert chosen("web", subject="Trains et cars", text="Bonjour") == "accueil"


def test_a_rule_that_is_switched_off_does_not_count() -> None:
    create_rule(create_department("lycees"), words=["cantine"], active=False)
    assert chosen(text="La cantine") == "accueil"


def test_a_rule_of_a_department_that_is_switched_off_does_not_count() -> None:
    create_rule(create_department("lycees", active=False), words=["cantine"])
    assert chosen(text="La cantine") == "accueil"


def test_a_rule_without_conditions_holds_for_nothing() -> None:
    create_rule(create_department("lycees"))
    assert chosen(text="n'importe quoi") == "accueil"


def test_a_rule_with_unless_alone_holds_for_nothing() -> None:
    create_rule(create_department("lycees"), unless=["collège"])
    assert chosen(text="n'importe quoi") == "accueil"
