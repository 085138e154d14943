from collections.abc import Iterator

import pytest
from flask import Flask

from hub.channels import web
from hub.citizens import proof
from hub.routing.models import Department
from tests.builders import create_department, create_rule
from tests.channels.web.server import Server, listening


@pytest.fixture(autouse=True)
def easy_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof of work is dear on purpose; tests solve cheap ones."""
    monkeypatch.setattr(proof, "COST", 10)


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


@pytest.fixture
def post_office(app: Flask) -> Iterator[Server]:
    """The council's mail server: what it was given stands in `taken`."""
    channels = app.extensions["hub.channels"]
    before = channels["web"]
    with listening(Server()) as server:
        channels["web"] = web.create(
            {
                "MAIL_URL": f"smtp://127.0.0.1:{server.port}",
                "MAIL_FROM": "contact@region.example",
            }
        )
        yield server
    channels["web"] = before
