import pytest
from flask import Flask

from hub.routing.models import Department
from tests.builders import create_department, create_rule


@pytest.fixture
def council(app: Flask) -> dict[str, Department]:
    """Departments by slug; two are offered on the form beside the fallback."""
    made = [
        create_department("accueil", subject="Autre demande", position=1),
        create_department("transports", subject="Trains et cars", position=2),
        create_department("lycees", subject="Lycées", position=3),
        create_department("moderation", position=4),
    ]
    create_rule(made[1], subject="Trains et cars")
    return {department.slug: department for department in made}
