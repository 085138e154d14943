"""A citizen at the form: reads the page, fills it in, sends it, as a browser would."""

import io
import json
from base64 import b64encode
from contextlib import closing
from typing import Any

import altcha
import html5lib
from flask.testing import EnvironBuilder, FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.extensions import db
from hub.tickets.models import Ticket

FILLED = {
    "subject": "transports",
    "message": "Bonjour, le car de 7 h 12 ne passe plus depuis lundi.",
    "name": "Nolwenn Tanguy",
    "email": "nolwenn@courriel.example",
    "postal_address": "",
}


def page(response: TestResponse) -> Any:
    """The page as a tree."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse(response.get_data(as_text=True))


def texts(response: TestResponse) -> str:
    """All that can be read on the page, white space squeezed."""
    return " ".join(" ".join(page(response).find("body").itertext()).split())


def hidden_fields(response: TestResponse) -> dict[str, str]:
    """What the page's main form carries along."""
    main = page(response).find(".//main")
    return {
        field.get("name"): field.get("value", "")
        for field in main.iter("input")
        if field.get("type") == "hidden"
    }


def challenge(response: TestResponse) -> dict[str, Any]:
    fields = page(response).iter("input")
    [text] = [f.get("data-challenge") for f in fields if f.get("data-challenge")]
    return json.loads(text)


def solved(task: dict[str, Any]) -> str:
    """What the browser makes of a challenge."""
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(task))
    assert solution is not None
    return b64encode(
        json.dumps({"challenge": task, "solution": solution.to_dict()}).encode()
    ).decode()


def form(client: FlaskClient, **values: Any) -> dict[str, Any]:
    """The form's fields as filled in by an honest citizen, `values` taking their place."""
    opened = client.get("/contact")
    return {**hidden_fields(opened), **FILLED, **values}


def send(client: FlaskClient, **values: Any) -> TestResponse:
    """Open the form, fill it in and send it."""
    return post(client, "/contact", form(client, **values))


def post(client: FlaskClient, path: str, data: dict[str, Any]) -> TestResponse:
    """Send a form. Large ones go by way of a temporary file, which werkzeug leaves open."""
    with closing(EnvironBuilder(client.application, path, method="POST", data=data)) as builder:
        environ = builder.get_environ()
        with closing(environ["wsgi.input"]):
            return client.open(environ)


def file(content: bytes, name: str = "photo.png") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def only_ticket() -> Ticket:
    return db.session.scalars(select(Ticket)).one()
