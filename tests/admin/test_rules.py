"""Rules on their settings pages."""

import pytest
from sqlalchemy import select

from hub.extensions import db
from hub.routing.models import Rule
from tests.builders import create_department, create_rule
from tests.statements import counted


@pytest.fixture
def page(signed_in, admin):
    create_department("accueil", name="Accueil")
    return signed_in(admin)


@pytest.fixture
def lycees(app):
    return create_department("lycees", name="Lycées")


@pytest.fixture
def three(lycees):
    return [
        create_rule(lycees, position=number, name=name, words=[name])
        for number, name in enumerate(["un", "deux", "trois"], start=1)
    ]


def order() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Rule.name).order_by(Rule.position)))


def only_rule() -> Rule:
    db.session.rollback()
    return db.session.scalars(select(Rule)).one()


def form(department, **values: object) -> dict[str, object]:
    return {
        "name": "Cantines",
        "department": department.id,
        "words": "cantine\n  self  \n\ncantine\ndemi-pension",
        "unless": "collège",
        "channel": "",
        "subject": "",
        "author": "",
        "place": 1,
        **values,
    }


def test_a_rule_is_added_with_its_words_one_a_line(page, lycees):
    answer = page.post("/settings/rules/new", data=form(lycees))
    assert answer.status_code == 302
    rule = only_rule()
    assert rule.words == ["cantine", "self", "demi-pension"]
    assert (rule.unless, rule.version, rule.position) == (["collège"], 1, 1)


def test_a_new_rule_takes_the_place_that_was_asked(page, lycees, three):
    page.post("/settings/rules/new", data=form(lycees, place=2))
    assert order() == ["un", "Cantines", "deux", "trois"]


def test_the_form_of_a_new_rule_proposes_the_last_place(page, three):
    assert 'value="4"' in page.get("/settings/rules/new").text


def test_a_rule_without_condition_is_refused_and_what_was_typed_stays(page, lycees):
    answer = page.post("/settings/rules/new", data=form(lycees, words=" \n", name="Vide"))
    assert answer.status_code == 422
    assert "Vide" in answer.text
    assert "collège" in answer.text
    assert order() == []


def test_the_version_rises_when_what_a_rule_says_changes(page, lycees):
    rule = create_rule(lycees, name="Cantines", words=["cantine"])
    page.post(f"/settings/rules/{rule.id}", data=form(lycees, words="cantine\nself", unless=""))
    assert (only_rule().version, only_rule().words) == (2, ["cantine", "self"])


def test_the_version_stays_when_only_the_place_changes(page, lycees, three):
    last = three[2]
    page.post(
        f"/settings/rules/{last.id}",
        data=form(lycees, name="trois", words="trois", unless="", place=1),
    )
    assert order() == ["trois", "un", "deux"]
    assert db.session.get(Rule, last.id).version == 1


@pytest.mark.parametrize(
    ("name", "direction", "expected"),
    [
        ("deux", "up", ["deux", "un", "trois"]),
        ("deux", "down", ["un", "trois", "deux"]),
        ("un", "up", ["un", "deux", "trois"]),
        ("trois", "down", ["un", "deux", "trois"]),
    ],
)
def test_buttons_move_a_rule_one_place(page, three, name, direction, expected):
    rule = next(rule for rule in three if rule.name == name)
    page.post(f"/settings/rules/{rule.id}/move", data={"direction": direction})
    assert order() == expected


def test_rules_in_the_same_place_can_be_told_apart_by_moving_them(page, lycees):
    first = create_rule(lycees, position=5, name="un", words=["x"])
    create_rule(lycees, position=5, name="deux", words=["x"])
    page.post(f"/settings/rules/{first.id}/move", data={"direction": "down"})
    assert order() == ["deux", "un"]


def test_a_direction_that_is_none_changes_nothing(page, three):
    answer = page.post(f"/settings/rules/{three[0].id}/move", data={"direction": "sideways"})
    assert answer.status_code == 400
    assert order() == ["un", "deux", "trois"]


def test_a_rule_is_switched_off_and_on(page, lycees):
    rule = create_rule(lycees, words=["x"])
    page.post(f"/settings/rules/{rule.id}/switch", data={"active": "no"})
    assert not only_rule().active
    page.post(f"/settings/rules/{rule.id}/switch", data={"active": "yes"})
    assert only_rule().active


def test_a_rule_is_deleted(page, three):
    page.post(f"/settings/rules/{three[1].id}/delete")
    assert order() == ["un", "trois"]


def test_trying_a_message_names_the_rule_that_would_decide_and_why(page, lycees):
    create_rule(lycees, name="Cantines", words=["cantine"])
    answer = page.post("/settings/rules/try", data={"text": "La CANTINE ?", "author": ""})
    assert "Cantines" in answer.text
    assert "It goes to Lycées" in answer.text or "Lycées" in answer.text
    assert "cantine" in answer.text.partition("banner-title")[2]


def test_trying_takes_channel_subject_and_author_into_account(page, lycees):
    create_department("transports", name="Transports", subject="Trains")
    create_rule(lycees, channel="facebook", subject="Trains", author="lise")
    tried = {"text": "x", "channel": "facebook", "subject": "Trains", "author": "Lise Roy"}
    found = page.post("/settings/rules/try", data=tried).text
    missed = page.post("/settings/rules/try", data={**tried, "author": "Marc"}).text
    assert "banner-success" in found
    assert "banner-warning" in missed


def test_trying_nothing_asks_for_a_message(page):
    assert page.post("/settings/rules/try", data={"text": ""}).status_code == 422


def test_trying_without_accueil_says_what_is_missing(signed_in, admin):
    answer = signed_in(admin).post("/settings/rules/try", data={"text": "Bonjour"})
    assert "notice-error" in answer.text


def test_the_form_shows_the_rule_as_it_is(page, lycees, three):
    rule = create_rule(
        lycees, position=9, name="Cantines", words=["cantine", "self"], unless=["collège"],
        channel="facebook", author="Lise",
    )  # fmt: skip
    shown = page.get(f"/settings/rules/{rule.id}").text
    assert f'<option selected value="{lycees.id}">Lycées</option>' in shown
    assert '<option selected value="facebook">' in shown
    assert "cantine\nself</textarea>" in shown.replace("\r", "")
    assert "collège</textarea>" in shown
    assert 'value="Lise"' in shown
    assert 'value="4"' in shown


def test_saving_the_form_as_it_is_changes_nothing(page, lycees):
    rule = create_rule(lycees, position=1, name="Cantines", words=["cantine"], unless=["a", "b"])
    page.post(
        f"/settings/rules/{rule.id}",
        data=form(lycees, words="cantine", unless="a\nb"),
    )
    saved = only_rule()
    assert (saved.version, saved.department_id, saved.unless) == (1, lycees.id, ["a", "b"])


def test_the_form_keeps_a_subject_and_a_channel_that_are_gone(page, lycees):
    rule = create_rule(lycees, subject="Ancien sujet", channel="twitter")
    shown = page.get(f"/settings/rules/{rule.id}").text
    assert '<option selected value="Ancien sujet">' in shown
    assert '<option selected value="twitter">' in shown


def test_the_list_asks_the_same_number_of_statements_whatever_the_number_of_rules(page, lycees):
    create_rule(lycees, words=["x"])
    with counted() as few:
        page.get("/settings/rules")
    for number in range(30):
        create_rule(create_department(f"d{number}"), words=["x"])
    with counted() as many:
        page.get("/settings/rules")
    assert len(many) == len(few)
