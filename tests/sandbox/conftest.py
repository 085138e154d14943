"""The sandbox alone: a stand-in on a file of its own, and an application of nothing else."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask_babel import Babel
from werkzeug.test import TestResponse

from config import Settings
from hub import sandbox
from hub.sandbox.meta.identities import PAGE_TOKEN
from hub.sandbox.meta.rules import app_secret_proof
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.meta.values import AppSettings
from hub.sandbox.x import webhooks
from hub.sandbox.x.identities import CREDENTIALS
from hub.sandbox.x.stand_in import XStandIn
from tests import x as x_wire

NOW = "2026-11-10T08:40:00Z"
APP = AppSettings(
    app_id="270000000000042",
    app_secret="0123456789abcdef0123456789abcdef",
    verify_token="the-verify-token",
    base_url="http://hub.test",
)


@pytest.fixture
def frozen() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@dataclass
class Hub:
    """What stands at the other end of the webhooks: it notes each one and answers `status`."""

    status: int = 200
    received: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    def __call__(self, headers: Mapping[str, str], body: bytes) -> int:
        self.received.append((headers, body))
        return self.status


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    environ = {
        "FACEBOOK_APP_ID": APP.app_id,
        "FACEBOOK_APP_SECRET": APP.app_secret,
        "FACEBOOK_VERIFY_TOKEN": APP.verify_token,
        **x_wire.ENVIRON,
    }
    return Settings(
        secret_key="for tests",
        sandbox=True,
        development=True,
        instance_dir=tmp_path,
        base_url=APP.base_url,
        environ=environ,
    )


@pytest.fixture
def meta(settings: Settings, hub: Hub, frozen: object) -> MetaStandIn:
    return MetaStandIn(sandbox.open_database(settings), APP, deliver=hub)


@pytest.fixture
def app(settings: Settings, meta: MetaStandIn, x: XStandIn) -> Flask:
    app = Flask("sandbox-alone")
    Babel(app)
    sandbox.register(app, settings, meta=meta, x=x)
    return app


@pytest.fixture
def x(meta: MetaStandIn, hub: Hub) -> XStandIn:
    """In the same file as Meta, with a callback that knows the app's secret."""
    keys = x_wire.keys(APP.base_url)
    return XStandIn(meta.database, keys, deliver=hub, ask=Callback(keys.consumer_secret))


@dataclass
class Callback:
    """The hub's answer when X asks it to prove itself; `status` and `secret` may be wrong."""

    secret: str
    status: int = 200
    asked: list[str] = field(default_factory=list)

    def __call__(self, url: str, query: Mapping[str, str]) -> tuple[int, str]:
        self.asked.append(url)
        token = webhooks.sign(self.secret, query["crc_token"].encode())
        return self.status, json.dumps({"response_token": token})


Call = Callable[..., TestResponse]


@pytest.fixture
def call(app: Flask) -> Call:
    """Calls X as the council's account, or as the app: `call("GET", "tweets", ids="1")`. What
    is named goes into the query, or into a JSON body for POST and PUT."""
    client = app.test_client()

    def send(
        method: str, path: str, *, token: str = str(CREDENTIALS["access_token"]), **fields: Any
    ) -> TestResponse:
        named = {name.replace("__", "."): value for name, value in fields.items()}
        options: dict[str, Any] = {"json" if method in {"POST", "PUT"} else "query_string": named}
        headers = {"Authorization": f"Bearer {token}"}
        url = path if path.startswith("/") else f"/sandbox/x/2/{path}"
        return client.open(url, method=method, headers=headers, **options)

    return send


@pytest.fixture
def app_call(call: Call) -> Call:
    """The same as the app, by its bearer token."""

    def send(method: str, path: str, **fields: Any) -> TestResponse:
        return call(method, path, token=x_wire.ENVIRON["TWITTER_BEARER_TOKEN"], **fields)

    return send


Graph = Callable[..., TestResponse]


@pytest.fixture
def graph(app: Flask) -> Graph:
    """Calls Graph with the page's token and its proof, as the hub does."""
    client = app.test_client()

    def call(method: str, path: str, *, token: str = PAGE_TOKEN, **params: Any) -> TestResponse:
        known = {"access_token": token, "appsecret_proof": app_secret_proof(APP.app_secret, token)}
        sent = {k: v for k, v in (known | params).items() if v is not None}
        url = f"/sandbox/graph/v25.0/{path}"
        if method == "POST":
            return client.post(url, json=sent)
        return client.open(url, method=method, query_string=sent)

    return call


def refusal(response: TestResponse) -> tuple[int, int | None]:
    """(code, subcode) of a Graph error."""
    assert response.json is not None
    error = response.json["error"]
    return error["code"], error.get("error_subcode")
