"""The wire to Facebook in tests: the sandbox's stand-in on a port of this machine."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_babel import Babel
from werkzeug.serving import make_server

from config import Settings
from hub import sandbox
from hub.channels import accounts, facebook
from hub.extensions import db
from hub.sandbox.courier import Deliver
from hub.sandbox.meta.identities import PAGE_ID, PAGE_NAME, PAGE_TOKEN
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.meta.values import AppSettings


@contextmanager
def serving(
    folder: Path, environ: Mapping[str, str], deliver: Deliver
) -> Iterator[tuple[MetaStandIn, dict[str, str]]]:
    """A stand-in that serves Graph. Gives it, and the environment a hub needs to reach it. Its
    webhooks go to `deliver` when a test asks for them (MetaStandIn.deliver_pending)."""
    outside = Flask("meta")
    Babel(outside)
    server = make_server("127.0.0.1", 0, outside, threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    settings = Settings(
        secret_key="for the sandbox",
        development=True,
        sandbox=True,
        instance_dir=folder,
        base_url=origin,
        environ=dict(environ),
    )
    meta_app = AppSettings(
        app_id=environ["FACEBOOK_APP_ID"],
        app_secret=environ["FACEBOOK_APP_SECRET"],
        verify_token=environ["FACEBOOK_VERIFY_TOKEN"],
        base_url=origin,
    )
    meta = MetaStandIn(sandbox.open_database(settings), meta_app, deliver=deliver)
    sandbox.register(outside, settings, meta=meta)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield (
            meta,
            {
                **environ,
                "FACEBOOK_GRAPH_URL": f"{origin}/sandbox/graph",
                "FACEBOOK_FILE_ORIGINS": origin,
            },
        )
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def facing(app: Flask, folder: Path, environ: Mapping[str, str]) -> Iterator[MetaStandIn]:
    """A stand-in whose page is connected to the hub `app`, in this process: its webhooks are
    handed to the hub's own door."""

    def deliver(headers: Mapping[str, str], body: bytes) -> int:
        db.session.rollback()
        answer = app.test_client().post("/hooks/facebook", data=body, headers=dict(headers))
        return answer.status_code

    channels = app.extensions["hub.channels"]
    before = channels["facebook"]
    with serving(folder, environ, deliver) as (meta, reachable):
        channels["facebook"] = facebook.create(reachable)
        accounts.connect(
            "facebook", PAGE_ID, name=PAGE_NAME, credentials={"access_token": PAGE_TOKEN}
        )
        try:
            yield meta
        finally:
            channels["facebook"] = before
