"""People on their settings pages."""

import re

import pytest
from sqlalchemy import select

from hub.accounts import actions
from hub.accounts.models import Role, User
from hub.extensions import db
from hub.tickets import actions as tickets
from hub.tickets.models import Event, EventKind, Ticket
from tests.builders import PASSWORD, create_department, create_ticket, create_user


@pytest.fixture
def page(signed_in, admin):
    return signed_in(admin)


def person(email: str) -> User:
    db.session.rollback()
    return db.session.scalars(select(User).where(User.email == email)).one()


def form(**values: object) -> dict[str, object]:
    return {
        "name": "Lise Moreau",
        "email": "Lise.Moreau@region.example",
        "title": "Chargée de mission",
        "role": "agent",
        "departments": [],
        **values,
    }


def shown_password(text: str) -> str:
    return re.search(r"<code>([^<]+)</code>", text)[1]


def test_a_person_is_added_with_a_password_that_is_shown_once_and_works(page):
    department = create_department("lycees")
    answer = page.post("/settings/people/new", data=form(departments=[department.id]))
    password = shown_password(answer.text)
    user = actions.sign_in("lise.moreau@region.example", password, "127.0.0.1")
    assert (user.name, user.role, user.department_ids) == ("Lise Moreau", "agent", {department.id})
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert password not in page.get("/settings/people").text
    assert password not in page.get(f"/settings/people/{user.id}").text


def test_two_passwords_are_never_the_same(page):
    first = page.post("/settings/people/new", data=form()).text
    second = page.post("/settings/people/new", data=form(email="b@region.example")).text
    assert shown_password(first) != shown_password(second)


def test_an_administrator_may_choose_the_password(page):
    page.post("/settings/people/new", data=form(password="une bonne phrase"))
    assert actions.sign_in("lise.moreau@region.example", "une bonne phrase", "127.0.0.1")


def test_a_short_password_is_refused_and_nobody_is_added(page):
    answer = page.post("/settings/people/new", data=form(password="court"))
    assert answer.status_code == 422
    assert 'href="#password"' in answer.text
    assert db.session.scalars(select(User).where(User.email.like("lise%"))).all() == []


def test_an_email_serves_one_person(page):
    create_user(email="lise.moreau@region.example")
    answer = page.post("/settings/people/new", data=form(name="Une autre"))
    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert "Une autre" in answer.text


def test_name_role_title_and_departments_change(page):
    old, new = create_department("lycees"), create_department("transports")
    user = create_user(email="lise.moreau@region.example", departments=[old])
    page.post(f"/settings/people/{user.id}", data=form(role="supervisor", departments=[new.id]))
    changed = person("lise.moreau@region.example")
    assert (changed.role, changed.title) == ("supervisor", "Chargée de mission")
    assert changed.department_ids == {new.id}


def test_an_email_of_somebody_else_is_refused(page):
    create_user(email="lise.moreau@region.example")
    user = create_user(email="marc@region.example", name="Marc")
    assert page.post(f"/settings/people/{user.id}", data=form()).status_code == 422
    assert person("marc@region.example").name == "Marc"


def test_the_last_administrator_cannot_become_an_agent(page, admin):
    answer = page.post(f"/settings/people/{admin.id}", data=form(email=admin.email))
    assert answer.status_code == 422
    assert person(admin.email).role == "admin"


def test_one_of_two_administrators_can_become_an_agent(page, admin):
    create_user(role=Role.ADMIN)
    page.post(f"/settings/people/{admin.id}", data=form(email=admin.email))
    assert person(admin.email).role == "agent"


def test_an_administrator_who_is_switched_off_does_not_count_as_another_one(page, admin):
    create_user(role=Role.ADMIN, active=False)
    page.post(f"/settings/people/{admin.id}/deactivate")
    assert person(admin.email).active


def test_a_person_who_is_deactivated_is_out_at_once_and_their_open_tickets_go_back(
    page, signed_in, admin
):
    department = create_department("transports")
    user = create_user(name="Lise", departments=[department])
    theirs = signed_in(user)
    ticket, closed = create_ticket(department), create_ticket(department)
    for one in (ticket, closed):
        tickets.take(one, user)
    tickets.close(closed, by=user)
    page.post(f"/settings/people/{user.id}/deactivate")
    db.session.expire_all()
    assert theirs.get("/settings").status_code == 302
    assert db.session.get_one(Ticket, ticket.id).assignee_id is None
    assert db.session.get_one(Ticket, closed.id).assignee_id == user.id
    line = db.session.scalars(select(Event).where(Event.kind == EventKind.RELEASED)).one()
    assert (line.ticket_id, line.user_id) == (ticket.id, admin.id)


def test_a_person_can_be_let_in_again(page, signed_in):
    user = create_user(active=False)
    page.post(f"/settings/people/{user.id}/reactivate")
    assert signed_in(user)


def test_signing_out_everywhere_ends_sessions_and_leaves_the_password(page, signed_in):
    user = create_user()
    theirs = signed_in(user)
    page.post(f"/settings/people/{user.id}/sign-out")
    assert theirs.get("/settings").status_code == 302
    assert actions.sign_in(user.email, PASSWORD, "127.0.0.1")


def test_a_new_password_is_shown_once_and_ends_sessions(page, signed_in):
    user = create_user()
    theirs = signed_in(user)
    password = shown_password(page.post(f"/settings/people/{user.id}/password").text)
    assert theirs.get("/settings").status_code == 302
    assert actions.sign_in(user.email, password, "127.0.0.1")


def test_a_short_new_password_is_refused(page):
    user = create_user()
    answer = page.post(f"/settings/people/{user.id}/password", data={"password": "court"})
    assert answer.status_code == 422
    assert actions.sign_in(user.email, PASSWORD, "127.0.0.1")


def test_the_list_says_who_cannot_sign_in_yet(page):
    create_user(name="Nouvelle Venue").password_hash = ""
    db.session.commit()
    shown = page.get("/settings/people").text
    assert shown.index("Nouvelle Venue") < shown.index('class="tag"')
