"""The demo council."""

import pytest
from click.testing import Result
from sqlalchemy import func, select

from hub.accounts import actions as accounts
from hub.accounts.models import Role, User
from hub.admin import demo
from hub.extensions import db
from hub.routing.models import Department, Rule
from tests.builders import create_department

SLUGS = {
    "lycees", "transports", "formation", "economie", "aides", "europe", "environnement",
    "numerique", "culture-sport", "tourisme", "sante", "rh", "communication", "juridique",
    "elus", "accueil", "hors-competence", "moderation",
}  # fmt: skip
AGENT = "mehdi.benali@region-montvallee.example"


@pytest.fixture
def load(app):
    def invoke() -> Result:
        db.session.rollback()
        return app.test_cli_runner().invoke(args=["demo", "load"])

    return invoke


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_it_has_the_departments_rules_and_every_role(load):
    done = load()
    assert done.exit_code == 0, done.output
    db.session.rollback()
    assert set(db.session.scalars(select(Department.slug))) == SLUGS
    assert set(db.session.scalars(select(User.role))) == set(Role)
    assert count(Rule) > 30


def test_loading_it_again_changes_nothing(load):
    load()
    before = count(Department), count(Rule), count(User)
    again = load()
    assert "New: 0 departments, 0 rules, 0 people." in again.output
    assert (count(Department), count(Rule), count(User)) == before


def test_what_somebody_edited_stays(load):
    create_department("lycees", name="Nos lycées")
    load()
    db.session.scalars(select(Rule)).first().name = "La nôtre"
    db.session.commit()
    load()
    db.session.rollback()
    assert (
        db.session.scalars(select(Department.name).filter_by(slug="lycees")).one() == "Nos lycées"
    )
    assert "La nôtre" in db.session.scalars(select(Rule.name)).all()


def test_in_production_nobody_can_sign_in_as_the_demo_people(load):
    done = load()
    assert demo.PASSWORD not in done.output
    assert "accounts set-password" in done.output
    for password in ("", demo.PASSWORD):
        with pytest.raises(accounts.WrongCredentials):
            accounts.sign_in(AGENT, password, "127.0.0.1")


def test_in_development_they_share_the_password_that_is_printed(load, settings_changed):
    settings_changed(development=True)
    assert demo.PASSWORD in load().output
    assert accounts.sign_in(AGENT, demo.PASSWORD, "127.0.0.1").department_ids


def test_a_password_that_was_set_stays(load, settings_changed):
    load()
    user = db.session.scalars(select(User).where(User.email == AGENT)).one()
    accounts.set_password(user, "their own password")
    settings_changed(development=True)
    load()
    assert accounts.sign_in(AGENT, "their own password", "127.0.0.1")


def test_every_subject_of_the_form_leads_to_its_department(load):
    load()
    offered = {d.subject: d.id for d in db.session.scalars(select(Department)) if d.subject}
    ruled = {r.subject: r.department_id for r in db.session.scalars(select(Rule)) if r.subject}
    kept_by_fallback = set(offered) - set(ruled)
    assert len(kept_by_fallback) == 1
    assert all(offered[subject] == key for subject, key in ruled.items())
