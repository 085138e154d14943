"""The sandbox: local stand-ins of the platforms, and a page where one plays the citizen.

Nothing leaves the machine. It is loaded only where the setting SANDBOX is on, which production
refuses, since anyone may speak here as anyone. It knows nothing of the hub but its channels'
values and its clock: it meets the hub over HTTP and SMTP, as the real platforms do.
"""

import sqlite3
from urllib.parse import urlsplit

from flask import Blueprint, Flask

from config import ON, Settings
from hub.sandbox import cli, views
from hub.sandbox.database import Database
from hub.sandbox.meta import control as meta_control
from hub.sandbox.meta import graph
from hub.sandbox.meta import identities as meta_identities
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.meta.store import Store as MetaStore
from hub.sandbox.meta.values import AppSettings
from hub.sandbox.world import EXTENSION, World
from hub.sandbox.x import api
from hub.sandbox.x import control as x_control
from hub.sandbox.x import identities as x_identities
from hub.sandbox.x.stand_in import XStandIn
from hub.sandbox.x.store import Store as XStore
from hub.sandbox.x.values import AppKeys

MAIL_PORT = 1025


def defaults(settings: Settings) -> dict[str, str]:
    """What the environment says for the channels where it says nothing itself."""
    parts = urlsplit(settings.base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return {
        "FACEBOOK_APP_ID": "270000000000042",
        "FACEBOOK_APP_SECRET": "sandbox-app-secret-0123456789abc",
        "FACEBOOK_VERIFY_TOKEN": "sandbox-verify-token",
        "FACEBOOK_GRAPH_URL": f"{settings.base_url}/sandbox/graph",
        "FACEBOOK_FILE_ORIGINS": origin,
        "TWITTER_CONSUMER_KEY": "sandbox-consumer-key",
        "TWITTER_CONSUMER_SECRET": "sandbox-consumer-secret-0123456789",
        "TWITTER_BEARER_TOKEN": "sandbox-bearer-token",
        "TWITTER_CLIENT_ID": "sandbox-client-id",
        "TWITTER_CLIENT_SECRET": "sandbox-client-secret",
        "TWITTER_API_URL": f"{settings.base_url}/sandbox/x",
        "TWITTER_FILE_ORIGINS": origin,
        "MAIL_URL": f"smtp://127.0.0.1:{MAIL_PORT}",
        "MAIL_FROM": "contact@montvallee.example",
        "ORGANISATION_NAME": meta_identities.PAGE_NAME,
    }


def open_database(settings: Settings) -> Database:
    """The sandbox's state, kept beside the hub's own files."""
    return Database(settings.instance_dir / "sandbox.sqlite", _seed)


def create_meta(settings: Settings, database: Database, *, background: bool) -> MetaStandIn:
    """Meta on this machine, with the app secret the hub was told."""
    values = _environ(settings)
    app = AppSettings(
        app_id=values["FACEBOOK_APP_ID"],
        app_secret=values["FACEBOOK_APP_SECRET"],
        verify_token=values["FACEBOOK_VERIFY_TOKEN"],
        base_url=settings.base_url,
        human_agent=values.get("FACEBOOK_HUMAN_AGENT", "").strip().lower() in ON,
    )
    return MetaStandIn(database, app, background=background)


def create_x(settings: Settings, database: Database, *, background: bool) -> XStandIn:
    """X on this machine, with the keys the hub was told."""
    values = _environ(settings)
    keys = AppKeys(
        consumer_key=values["TWITTER_CONSUMER_KEY"],
        consumer_secret=values["TWITTER_CONSUMER_SECRET"],
        bearer_token=values["TWITTER_BEARER_TOKEN"],
        client_id=values["TWITTER_CLIENT_ID"],
        client_secret=values["TWITTER_CLIENT_SECRET"],
        base_url=settings.base_url,
    )
    return XStandIn(database, keys, background=background)


def register(
    app: Flask,
    settings: Settings,
    *,
    meta: MetaStandIn | None = None,
    x: XStandIn | None = None,
) -> None:
    """Hang the sandbox into the application, under /sandbox.

    The world it plays stands in `app.extensions["sandbox"]`; tests may give a network of their
    own: the other one then shares its file and delivers nothing by itself. Views that programs
    call (the networks, the switches) are freed of the CSRF token; the playground is not.
    """
    given = meta or x
    database = given.database if given else open_database(settings)
    world = World(
        database,
        meta or create_meta(settings, database, background=given is None),
        x or create_x(settings, database, background=given is None),
    )
    machines = Blueprint("sandbox_machines", __name__, url_prefix="/sandbox")
    graph.add_routes(machines, world.meta)
    meta_control.add_routes(machines, world.meta)
    api.add_routes(machines, world.x)
    x_control.add_routes(machines, world.x)
    pages = views.create_blueprint()
    cli.add_commands(pages, _mail_port(settings))
    app.extensions[EXTENSION] = world
    app.register_blueprint(machines)
    app.register_blueprint(pages)
    if csrf := app.extensions.get("csrf"):
        csrf.exempt(machines)
    app.before_request(world.ring_if_left)


def _seed(connection: sqlite3.Connection) -> None:
    meta_identities.seed(MetaStore(connection))
    x_identities.seed(XStore(connection))


def _environ(settings: Settings) -> dict[str, str]:
    return defaults(settings) | {k: v for k, v in settings.environ.items() if v}


def _mail_port(settings: Settings) -> int:
    """Where the hub sends mail, when that is this machine."""
    server = urlsplit(_environ(settings)["MAIL_URL"])
    here = server.hostname in {"127.0.0.1", "localhost"}
    return server.port if here and server.port else MAIL_PORT
