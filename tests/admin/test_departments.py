"""Departments on their settings pages."""

import pytest
from sqlalchemy import select

from hub.extensions import db
from hub.routing.models import Department, Rule
from tests.builders import create_department, create_rule, create_ticket


@pytest.fixture
def page(signed_in, admin):
    create_department("accueil", name="Accueil")
    return signed_in(admin)


def department(slug: str) -> Department:
    db.session.rollback()
    return db.session.scalars(select(Department).where(Department.slug == slug)).one()


def form(**values: object) -> dict[str, object]:
    return {"name": "Mobilités", "slug": "transports", "subject": "", "position": 2, **values}


def test_a_department_is_added_and_its_subject_leads_to_it(page):
    answer = page.post("/settings/departments/new", data=form(subject="Trains et cars"))
    assert answer.status_code == 302
    added = department("transports")
    rule = db.session.scalars(select(Rule)).one()
    assert (added.name, added.position) == ("Mobilités", 2)
    assert (rule.subject, rule.department_id) == ("Trains et cars", added.id)


def test_a_department_off_the_form_gets_no_rule(page):
    page.post("/settings/departments/new", data=form())
    department("transports")
    assert db.session.scalars(select(Rule)).all() == []


def test_a_slug_serves_once(page):
    create_department("transports")
    answer = page.post("/settings/departments/new", data=form(name="Autres"))
    assert answer.status_code == 422
    assert "Autres" in answer.text
    assert department("transports").name == "Transports"


@pytest.mark.parametrize("slug", ["Lycées", "a b", "-a", "a--b", "", "a_b", "a" * 49])
def test_a_slug_is_plain(page, slug):
    answer = page.post("/settings/departments/new", data=form(slug=slug, name="Neuf"))
    assert answer.status_code == 422
    db.session.rollback()
    assert db.session.scalars(select(Department.slug)).all() == ["accueil"]


def test_name_subject_and_place_change_and_the_slug_stays(page):
    found = create_department("transports", subject="Trains")
    rule = create_rule(found, subject="Trains")
    page.post(
        f"/settings/departments/{found.id}",
        data=form(slug="autre", subject="Trains et cars", position=7),
    )
    changed = department("transports")
    assert (changed.name, changed.subject, changed.position) == ("Mobilités", "Trains et cars", 7)
    assert (rule.subject, rule.version) == ("Trains et cars", 2)


def test_an_empty_name_brings_the_form_back_with_the_error_tied_to_its_field(page):
    found = create_department("transports")
    answer = page.post(f"/settings/departments/{found.id}", data=form(name=" ", subject="Cars"))
    assert answer.status_code == 422
    assert 'href="#name"' in answer.text
    assert "Cars" in answer.text
    assert department("transports").name == "Transports"


def test_a_department_is_switched_off_and_on(page):
    found = create_department("transports")
    create_ticket(found)
    page.post(f"/settings/departments/{found.id}/switch", data={"active": "no"})
    assert not department("transports").active
    shown = page.get("/settings/departments").text
    assert "1 " in shown
    page.post(f"/settings/departments/{found.id}/switch", data={"active": "yes"})
    assert department("transports").active


def test_accueil_cannot_be_switched_off(page):
    found = department("accueil")
    assert f"/departments/{found.id}/switch" not in page.get("/settings/departments").text
    page.post(f"/settings/departments/{found.id}/switch", data={"active": "no"})
    assert department("accueil").active


def test_without_accueil_the_page_says_what_is_missing(signed_in, admin):
    create_department("transports")
    assert "banner-danger" in signed_in(admin).get("/settings/departments").text


def test_names_are_shown_as_text(page):
    create_department("ruse", name="<script>alert(1)</script>")
    assert "<script>alert" not in page.get("/settings/departments").text
