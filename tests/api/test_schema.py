"""A schema-driven tester calls every route with data that fits the document and data that does
not, and holds the answers against the document."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis import engine
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from werkzeug.serving import make_server

from hub.accounts.models import Role
from hub.api.actions import create_token
from hub.extensions import db
from tests.builders import create_department, create_ticket, create_user

EXAMPLES = 10


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """The application behind a real server on this machine. Gives its address."""
    running = make_server("127.0.0.1", 0, app, threaded=False)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)  # the stricter of the two
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_a_schema_driven_tester_finds_no_fault(app: Flask, server: str):
    token = create_token("schemathesis", Role.SUPERVISOR)
    create_user(email="camille.martin@region.example")
    create_department("transports")
    reference = create_ticket(create_department("lycees")).reference
    db.session.rollback()

    calls, faults = _run(server, token, reference)

    assert not faults, "\n\n".join(faults)
    assert calls > 200


def _run(server: str, token: str, reference: str) -> tuple[int, list[str]]:
    """Every phase and check of the tester. Gives (how many calls, what it found)."""
    config = schemathesis.Config.from_dict(
        {
            "seed": 1,
            "headers": {"Authorization": f"Bearer {token}"},
            "parameters": {"path.reference": reference},
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
        }
    )
    schema = schemathesis.openapi.from_url(f"{server}/api/v1/openapi.json", config=config)
    calls, faults = 0, []
    for event in engine.from_schema(schema).execute():
        if isinstance(event, ScenarioFinished):
            calls += len(event.recorder.interactions)
            faults += _faults(event.recorder)
        elif isinstance(event, FatalError | NonFatalError):
            faults.append(repr(event))
    return calls, faults


def _faults(recorder: Any) -> list[str]:
    return [
        f"{recorder.cases[key].value.as_curl_command()}\n{check.failure_info.failure}"
        for key, checks in recorder.checks.items()
        for check in checks
        if check.failure_info is not None
    ]


def test_the_document_names_every_route_and_what_it_refuses(app, client):
    document = json.loads(client.get("/api/v1/openapi.json").data)
    routes = {
        str(rule).replace("<", "{").replace(">", "}")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
    }
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == routes
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"parameters"}:
            answers = operations[method]["responses"].keys()
            assert {"401", "403"} <= answers, path
            if "requestBody" in operations[method]:
                assert {"400", "404", "409", "413", "415", "422"} <= answers, path
