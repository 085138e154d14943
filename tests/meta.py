"""The wire to Facebook in tests: the sandbox's stand-in on a port of this machine, its signed
webhooks handed to the hub's own door."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_babel import Babel
from werkzeug.serving import make_server

from config import Settings
from hub import sandbox
from hub.channels import facebook
from hub.channels.credentials import encrypt
from hub.channels.models import Account
from hub.extensions import db
from hub.sandbox.meta.identities import PAGE_ID, PAGE_NAME, PAGE_TOKEN
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.meta.values import AppSettings


@contextmanager
def facing(app: Flask, folder: Path, environ: Mapping[str, str]) -> Iterator[MetaStandIn]:
    """A stand-in that serves Graph to the hub `app`, whose page is connected to it."""
    outside = Flask("meta")
    Babel(outside)
    server = make_server("127.0.0.1", 0, outside, threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    meta = _stand_in(app, folder, environ, origin)
    sandbox.register(outside, _settings(folder, environ, origin), meta)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    channels = app.extensions["hub.channels"]
    before = channels["facebook"]
    channels["facebook"] = facebook.create(
        {
            **environ,
            "FACEBOOK_GRAPH_URL": f"{origin}/sandbox/graph",
            "FACEBOOK_FILE_ORIGINS": origin,
        }
    )
    _connect_page(app)
    try:
        yield meta
    finally:
        channels["facebook"] = before
        server.shutdown()
        server.server_close()


def _settings(folder: Path, environ: Mapping[str, str], origin: str) -> Settings:
    return Settings(
        secret_key="for the sandbox",
        development=True,
        sandbox=True,
        instance_dir=folder,
        base_url=origin,
        environ=dict(environ),
    )


def _stand_in(app: Flask, folder: Path, environ: Mapping[str, str], origin: str) -> MetaStandIn:
    def deliver(headers: Mapping[str, str], body: bytes) -> int:
        db.session.rollback()
        answer = app.test_client().post("/hooks/facebook", data=body, headers=dict(headers))
        return answer.status_code

    return MetaStandIn(
        sandbox.open_database(_settings(folder, environ, origin)),
        AppSettings(
            app_id=environ["FACEBOOK_APP_ID"],
            app_secret=environ["FACEBOOK_APP_SECRET"],
            verify_token=environ["FACEBOOK_VERIFY_TOKEN"],
            base_url=origin,
        ),
        deliver=deliver,
    )


def _connect_page(app: Flask) -> None:
    secret_key = app.config["HUB"].secret_key
    db.session.add(
        Account(
            channel="facebook",
            external_id=PAGE_ID,
            name=PAGE_NAME,
            sealed_credentials=encrypt({"access_token": PAGE_TOKEN}, secret_key),
        )
    )
    db.session.commit()
