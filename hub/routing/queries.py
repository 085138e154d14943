"""Reading departments and rules."""

from sqlalchemy import select

from hub.extensions import db
from hub.routing.models import Department, Rule


def departments() -> list[Department]:
    """The active departments, in the order of the settings page."""
    return list(
        db.session.scalars(
            select(Department)
            .where(Department.active)
            .order_by(Department.position, Department.name)
        )
    )


def department(slug: str) -> Department | None:
    """The active department with this slug."""
    return db.session.scalar(select(Department).where(Department.slug == slug, Department.active))


def rules() -> list[Rule]:
    """All rules, switched off ones too, in the order they are tried."""
    return list(db.session.scalars(select(Rule).order_by(Rule.position, Rule.id)))
