"""Signing in and out: who gets in, who is slowed down, and whose session ends."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from hub.accounts import actions, passwords
from hub.accounts.models import Role, SignInAttempt, User
from hub.accounts.session import load_user
from hub.clock import now
from hub.extensions import db
from tests.builders import PASSWORD, create_department, create_user


@pytest.fixture(autouse=True)
def no_csrf(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that passwords were compared with. Comparing for real is slow on purpose."""
    seen: list[str] = []

    def matches(password: str, stored: str) -> bool:
        seen.append(stored)
        return bool(stored) and password == PASSWORD

    monkeypatch.setattr(passwords, "matches", matches)
    return seen


def attempt(email: str = "nobody@region.example", *, address: str = "192.0.2.1") -> type | None:
    """Try a wrong password; gives the refusal."""
    try:
        actions.sign_in(email, "wrong", address)
    except (actions.WrongCredentials, actions.TooManyTries) as refusal:
        return type(refusal)
    return None


def log_in(client: FlaskClient, user: User, **values: str) -> Any:
    return client.post("/login", data={"email": user.email, "password": PASSWORD, **values})


# --- Credentials ------------------------------------------------------------------------------


def test_the_right_password_opens_the_inbox(client, agent):
    answer = log_in(client, agent)
    assert (answer.status_code, answer.location) == (302, "/inbox")
    assert client.get("/inbox").status_code == 200


def test_an_e_mail_is_the_same_in_any_case_and_between_spaces(agent, looked_at):
    assert actions.sign_in(f" {agent.email.upper()} ", PASSWORD, "192.0.2.1") == agent


def test_an_unknown_e_mail_and_a_wrong_password_are_told_the_same(client, agent):
    for email in (agent.email, "nobody@region.example"):
        answer = client.post("/login", data={"email": email, "password": "wrong"})
        assert answer.status_code == 422
        assert "The e-mail address or the password is wrong." in answer.get_data(as_text=True)


@pytest.mark.parametrize("stored", ["", "not a hash"])
def test_nobody_signs_in_where_there_is_no_hash(stored):
    assert not passwords.matches("nobody has this password", stored)


def test_an_unknown_and_a_switched_off_person_take_the_password_check_too(app, looked_at):
    off = create_user(active=False)
    attempt("nobody@region.example")
    attempt(off.email)
    assert looked_at == ["", ""]


def test_an_old_hash_is_renewed_at_the_next_sign_in(agent, looked_at, monkeypatch):
    monkeypatch.setattr(passwords, "is_outdated", lambda _stored: True)
    monkeypatch.setattr(passwords, "hashed", lambda _password: "renewed")
    actions.sign_in(agent.email, PASSWORD, "192.0.2.1")
    assert agent.password_hash == "renewed"


@pytest.mark.parametrize("email", ["a\0b@region.example", "ß" * 250 + "@x", "İ" * 254])
def test_what_no_column_holds_is_a_wrong_e_mail_and_no_error(client, looked_at, email):
    assert client.post("/login", data={"email": email, "password": "x"}).status_code == 422


# --- Slowing down -----------------------------------------------------------------------------


def test_the_sixth_try_for_one_person_is_not_looked_at_wherever_it_comes_from(agent, looked_at):
    tries = [attempt(agent.email, address=f"192.0.2.{number}") for number in range(6)]
    assert tries == [actions.WrongCredentials] * 5 + [actions.TooManyTries]
    assert len(looked_at) == 5
    with pytest.raises(actions.TooManyTries):
        actions.sign_in(agent.email, PASSWORD, "192.0.2.99")


def test_the_thirty_first_try_from_one_address_is_not_looked_at_whoever_it_is_for(app, looked_at):
    tries = [attempt(f"person{number}@region.example") for number in range(31)]
    assert tries == [actions.WrongCredentials] * 30 + [actions.TooManyTries]
    assert attempt("person99@region.example", address="192.0.2.2") == actions.WrongCredentials


def test_tries_count_before_the_password_is_looked_at_so_that_parallel_ones_do_not_slip(
    agent, monkeypatch
):
    counted: list[int] = []

    def matches(_password: str, _stored: str) -> bool:
        db.session.rollback()
        counted.append(db.session.scalar(select(func.count()).select_from(SignInAttempt)))
        return False

    monkeypatch.setattr(passwords, "matches", matches)
    attempt(agent.email)
    assert counted == [2]


def test_no_transaction_is_open_while_a_password_is_compared(agent, monkeypatch):
    def matches(_password: str, _stored: str) -> bool:
        assert not db.session().in_transaction()
        return True

    monkeypatch.setattr(passwords, "matches", matches)
    assert actions.sign_in(agent.email, PASSWORD, "192.0.2.1") == agent


def test_a_try_that_was_not_looked_at_does_not_make_the_wait_longer(agent, looked_at):
    for _ in range(5):
        attempt(agent.email)
    with time_machine.travel(now() + timedelta(minutes=14)):
        assert attempt(agent.email) == actions.TooManyTries
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert actions.sign_in(agent.email, PASSWORD, "192.0.2.1") == agent


def test_a_sign_in_forgets_the_tries_before_it(agent, looked_at):
    for _round in range(2):
        for _ in range(4):
            assert attempt(agent.email) == actions.WrongCredentials
        actions.sign_in(agent.email, PASSWORD, "192.0.2.1")


def test_old_tries_do_not_pile_up(app, looked_at):
    for number in range(3):
        attempt(f"person{number}@region.example")
    with time_machine.travel(now() + timedelta(hours=1)):
        attempt("last@region.example")
    assert db.session.scalar(select(func.count()).select_from(SignInAttempt)) == 2


def test_the_page_says_how_long_to_wait(client, monkeypatch):
    def refuse(*_args: object) -> None:
        raise actions.TooManyTries

    monkeypatch.setattr(actions, "sign_in", refuse)
    answer = client.post("/login", data={"email": "a@b.fr", "password": "x"})
    assert answer.status_code == 429
    assert "15 minutes" in answer.get_data(as_text=True)


# --- Sessions ---------------------------------------------------------------------------------


def test_nothing_from_before_the_sign_in_lives_on_in_the_session(client, agent):
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    log_in(client, agent)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_a_cookie_is_dead_after_signing_out_everywhere(client, agent):
    log_in(client, agent)
    actions.sign_out_everywhere(agent)
    assert client.get("/inbox").status_code == 302


def test_a_new_password_ends_every_session(client, agent):
    log_in(client, agent)
    actions.set_password(agent, "another good password")
    assert client.get("/inbox").status_code == 302


def test_a_person_who_is_switched_off_is_out_at_the_next_request(client, agent):
    log_in(client, agent)
    actions.deactivate(agent)
    assert client.get("/inbox").status_code == 302
    actions.reactivate(agent)
    assert client.get("/inbox").status_code == 302


def test_signing_out_ends_the_session_of_this_device(client, agent):
    log_in(client, agent)
    assert client.post("/logout").location == "/login"
    assert client.get("/inbox").status_code == 302


@pytest.mark.parametrize("key", ["", "1", "x.0", "1.", "1.99"])
def test_a_session_of_nobody_is_nobody(app, agent, key):
    assert load_user(key) is None


# --- Where to go on ---------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/tickets/2026-000001-A", "/inbox?view=mine&after=1-2", "/é"])
def test_signing_in_goes_on_to_the_page_that_was_asked_for(client, agent, target):
    answer = log_in(client, agent, next=target)
    assert answer.location.startswith(("/tickets/", "/inbox?view=mine", "/%C3%A9"))


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example/",
        "/\t\\evil.example/",
        "/\n/evil.example/",
        "javascript:alert(1)",
        "//[",
        "evil.example",
        "",
    ],
)
def test_signing_in_never_leads_to_another_site(client, agent, target):
    assert log_in(client, agent, next=target).location == "/inbox"


# --- Languages --------------------------------------------------------------------------------


def test_a_persons_language_comes_back_at_the_next_sign_in(client, agent):
    log_in(client, agent)
    assert client.post("/language", data={"language": "en", "next": "/inbox"}).location == "/inbox"
    client.post("/logout")
    assert '<html lang="fr"' in client.get("/login").get_data(as_text=True)
    log_in(client, agent)
    assert '<html lang="en"' in client.get("/inbox").get_data(as_text=True)


def test_a_language_nobody_speaks_here_changes_nothing(client):
    client.post("/language", data={"language": "tlh"})
    assert '<html lang="fr"' in client.get("/login").get_data(as_text=True)


# --- Roles ------------------------------------------------------------------------------------


def test_each_role_covers_itself_and_those_below():
    covers = {(a, b): a.covers(b) for a in Role for b in Role}
    assert [pair for pair, holds in covers.items() if not holds] == [
        (Role.AGENT, Role.SUPERVISOR),
        (Role.AGENT, Role.ADMIN),
        (Role.SUPERVISOR, Role.ADMIN),
    ]


@pytest.mark.parametrize("method", ["get", "head", "options", "post"])
def test_no_method_opens_a_page_above_ones_role(client, agent, method):
    log_in(client, agent)
    assert getattr(client, method)("/settings/people").status_code in {403, 405}


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_no_method_opens_a_page_without_signing_in(client, method):
    assert getattr(client, method)("/inbox").status_code == 302


def test_a_fragment_asked_without_signing_in_is_refused_and_not_replaced_by_a_page(client):
    assert client.get("/inbox", headers={"HX-Request": "true"}).status_code == 401


# --- People -----------------------------------------------------------------------------------


def change(user: User, **values: Any) -> None:
    now_known = {
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "title": user.title,
        "department_ids": user.department_ids,
    }
    actions.change_user(user, **{**now_known, **values})


def test_the_last_administrator_can_neither_go_nor_become_less(admin):
    with pytest.raises(actions.LastAdmin):
        actions.deactivate(admin)
    with pytest.raises(actions.LastAdmin):
        change(admin, role=Role.AGENT)
    create_user(role=Role.ADMIN)
    change(admin, role=Role.AGENT)
    assert admin.role == Role.AGENT


def test_departments_are_replaced_as_a_whole(agent):
    rh = create_department("rh")
    change(agent, department_ids=[rh.id])
    assert agent.department_ids == {rh.id}


def test_two_people_have_not_one_e_mail(agent, admin):
    with pytest.raises(actions.EmailTaken):
        change(agent, email=admin.email.upper())
    with pytest.raises(actions.EmailTaken):
        actions.create_user(email=admin.email, name="x", role=Role.AGENT)


def test_a_short_password_is_refused(agent):
    with pytest.raises(actions.PasswordTooShort):
        actions.set_password(agent, "1234567")
