"""The wire to X in tests: the sandbox's stand-in on a port of this machine."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_babel import Babel
from werkzeug.serving import make_server

from config import Settings
from hub import sandbox
from hub.channels import accounts, twitter
from hub.channels.twitter import oauth
from hub.extensions import db
from hub.sandbox.courier import Deliver
from hub.sandbox.x.identities import ACCOUNT_ID, HANDLE
from hub.sandbox.x.stand_in import XStandIn
from hub.sandbox.x.values import AppKeys

#: What the app of the tests is called by, and its secrets.
ENVIRON = {
    "TWITTER_CONSUMER_KEY": "consumer-key-FOR-TESTS",
    "TWITTER_CONSUMER_SECRET": "consumer-secret-FOR-TESTS",
    "TWITTER_BEARER_TOKEN": "bearer-token-FOR-TESTS",
    "TWITTER_CLIENT_ID": "client-id-FOR-TESTS",
    "TWITTER_CLIENT_SECRET": "client-secret-FOR-TESTS",
}


def keys(base_url: str, environ: Mapping[str, str] = ENVIRON) -> AppKeys:
    """The app of `environ`, reached at `base_url`."""
    return AppKeys(
        consumer_key=environ["TWITTER_CONSUMER_KEY"],
        consumer_secret=environ["TWITTER_CONSUMER_SECRET"],
        bearer_token=environ["TWITTER_BEARER_TOKEN"],
        client_id=environ["TWITTER_CLIENT_ID"],
        client_secret=environ["TWITTER_CLIENT_SECRET"],
        base_url=base_url,
    )


@contextmanager
def serving(
    folder: Path, deliver: Deliver, environ: Mapping[str, str] = ENVIRON
) -> Iterator[tuple[XStandIn, dict[str, str]]]:
    """A stand-in that serves X's API. Gives it, and the environment a hub needs to reach it. Its
    webhooks go to `deliver` when a test asks for them (XStandIn.deliver_pending)."""
    outside = Flask("x")
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
    x = XStandIn(sandbox.open_database(settings), keys(origin, environ), deliver=deliver)
    sandbox.register(outside, settings, x=x)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield (
            x,
            {
                **environ,
                "TWITTER_API_URL": f"{origin}/sandbox/x",
                "TWITTER_FILE_ORIGINS": origin,
            },
        )
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def facing(
    app: Flask, folder: Path, environ: Mapping[str, str] = ENVIRON, **others: str
) -> Iterator[XStandIn]:
    """A stand-in whose account is connected to the hub `app`, in this process: its webhooks are
    handed to the hub's own door. `others`: further settings of the channel."""

    def deliver(headers: Mapping[str, str], body: bytes) -> int:
        db.session.rollback()
        answer = app.test_client().post("/hooks/twitter", data=body, headers=dict(headers))
        return answer.status_code

    channels = app.extensions["hub.channels"]
    before = channels.get("twitter")
    with serving(folder, deliver, environ) as (x, reachable):
        channels["twitter"] = twitter.create({**reachable, **others})
        credentials = oauth.tokens(x.grant())
        accounts.connect("twitter", ACCOUNT_ID, name=HANDLE, credentials=credentials)
        try:
            yield x
        finally:
            if before is None:
                del channels["twitter"]
            else:
                channels["twitter"] = before
