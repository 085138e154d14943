"""What people change about themselves."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from hub.accounts import actions
from hub.accounts.models import User
from hub.extensions import db
from tests.builders import PASSWORD, create_user

NEW = "quite another password"


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def change(client: FlaskClient, **values: str) -> Any:
    typed = {"current": PASSWORD, "password": NEW, "again": NEW, **values}
    return client.post("/account/password", data=typed)


def test_everybody_finds_their_own_page_in_the_menu(client: FlaskClient) -> None:
    assert "/account" in client.get("/inbox").text
    page = client.get("/account")
    assert page.status_code == 200
    assert "Change the password" in page.text


def test_a_new_password_opens_and_the_old_one_does_not(client: FlaskClient, agent: User) -> None:
    assert change(client).status_code == 303
    db.session.rollback()
    assert actions.sign_in(agent.email, NEW, "192.0.2.1").id == agent.id
    with pytest.raises(actions.WrongCredentials):
        actions.sign_in(agent.email, PASSWORD, "192.0.2.1")


def test_a_new_password_ends_the_sessions_elsewhere_and_not_this_one(
    client: FlaskClient, agent: User, signed_in: Any
) -> None:
    elsewhere = signed_in(agent)
    change(client)
    assert client.get("/inbox").status_code == 200
    assert elsewhere.get("/inbox").status_code == 302


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"current": "wrong"}, "This is not your password."),
        ({"password": "short", "again": "short"}, "Use at least 8 characters."),
        ({"again": "something else"}, "The two new passwords are not the same."),
        ({"password": "", "again": ""}, "Enter a new password."),
    ],
)
def test_a_refused_change_says_why_and_keeps_the_password(
    client: FlaskClient, agent: User, typed: dict[str, str], said: str
) -> None:
    answer = change(client, **typed)
    assert answer.status_code == 422
    assert said in answer.text
    db.session.rollback()
    assert actions.sign_in(agent.email, PASSWORD, "192.0.2.1").id == agent.id


def test_guessing_the_current_password_is_slowed_down(client: FlaskClient) -> None:
    for _try in range(actions.TRIES_PER_PERSON):
        change(client, current="wrong")
    assert "Too many tries" in change(client).text


def test_a_choice_leaves_the_other_choices_as_they_were(agent: User) -> None:
    other = create_user()
    actions.prefer(agent, digest="never", shortcuts="off")
    actions.prefer(agent, digest="twice")
    assert agent.preferences == {"digest": "twice", "shortcuts": "off"}
    assert other.preferences == {}
