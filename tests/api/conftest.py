"""A tool that calls the API with its token."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.accounts.models import Role
from hub.api.actions import create_token

BASE = "/api/v1"


class Tool:
    """Calls routes of the API and takes answers only in the media types it promised."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **parameters: Any) -> TestResponse:
        return self._checked(
            self.client.get(
                BASE + path, headers=self.headers, query_string=parameters, buffered=True
            )
        )

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self._checked(self.client.post(BASE + path, headers=sent, json=body))

    def _checked(self, response: TestResponse) -> TestResponse:
        if response.status_code >= 400:
            assert response.mimetype == "application/problem+json", response.data
            assert response.json["status"] == response.status_code
            assert {"type", "title", "detail"} <= response.json.keys()
        return response


@pytest.fixture
def tool(app: Flask, client: FlaskClient) -> Tool:
    """A tool that may do what agents may."""
    return Tool(client, create_token("tool", Role.AGENT))


@pytest.fixture
def reporting_tool(app: Flask, client: FlaskClient) -> Tool:
    """A tool that may read reports."""
    return Tool(client, create_token("reporting tool", Role.SUPERVISOR))
