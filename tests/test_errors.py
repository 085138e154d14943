"""What people and programs are told when something is wrong."""

import sqlite3

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from hub.accounts.access import public


@pytest.fixture
def _locked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    @public
    def locked() -> str:
        raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("locked"))

    monkeypatch.setitem(app.view_functions, "citizens.personal_data", locked)


@pytest.mark.usefixtures("_locked")
def test_a_database_out_of_reach_asks_to_come_again(client: FlaskClient) -> None:
    refused = client.get("/donnees-personnelles")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert "The service is busy for a moment" in refused.text
    assert "BEGIN IMMEDIATE" not in refused.text
