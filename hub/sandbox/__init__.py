"""The sandbox: local stand-ins of the platforms, and a page where one plays the citizen.

Nothing leaves the machine. It is loaded only where the setting SANDBOX is on, which production
refuses, since anyone may speak here as anyone. It knows nothing of the hub but its channels'
values and its clock: it meets the hub over HTTP and SMTP, as the real platforms do.
"""

from urllib.parse import urlsplit

from flask import Blueprint, Flask

from config import ON, Settings
from hub.sandbox import cli, views
from hub.sandbox.database import Database
from hub.sandbox.meta import control, graph, identities
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.meta.store import Store
from hub.sandbox.meta.values import AppSettings

MAIL_PORT = 1025


def defaults(settings: Settings) -> dict[str, str]:
    """What the environment says for the channels where it says nothing itself."""
    origin = urlsplit(settings.base_url)
    return {
        "FACEBOOK_APP_ID": "270000000000042",
        "FACEBOOK_APP_SECRET": "sandbox-app-secret-0123456789abc",
        "FACEBOOK_VERIFY_TOKEN": "sandbox-verify-token",
        "FACEBOOK_GRAPH_URL": f"{settings.base_url}/sandbox/graph",
        "FACEBOOK_FILE_ORIGINS": f"{origin.scheme}://{origin.netloc}",
        "MAIL_URL": f"smtp://127.0.0.1:{MAIL_PORT}",
        "MAIL_FROM": "contact@montvallee.example",
        "ORGANISATION_NAME": identities.PAGE_NAME,
    }


def open_database(settings: Settings) -> Database:
    """The sandbox's state, kept beside the hub's own files."""
    return Database(
        settings.instance_dir / "sandbox.sqlite",
        lambda connection: identities.seed(Store(connection)),
    )


def create_stand_in(settings: Settings, database: Database, *, background: bool) -> MetaStandIn:
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


def register(app: Flask, settings: Settings, meta: MetaStandIn | None = None) -> None:
    """Hang the sandbox into the application, under /sandbox.

    The stand-in stands in `app.extensions["sandbox"]`; tests may give their own. Views that
    programs call (Graph, the switches) are freed of the CSRF token; the playground is not.
    """
    if meta is None:
        meta = create_stand_in(settings, open_database(settings), background=True)
    machines = Blueprint("sandbox_machines", __name__, url_prefix="/sandbox")
    graph.add_routes(machines, meta)
    control.add_routes(machines, meta)
    pages = views.create_blueprint()
    cli.add_commands(pages, _mail_port(settings))
    app.extensions["sandbox"] = meta
    app.register_blueprint(machines)
    app.register_blueprint(pages)
    if csrf := app.extensions.get("csrf"):
        csrf.exempt(machines)
    app.before_request(meta.courier.ring_if_left)


def _environ(settings: Settings) -> dict[str, str]:
    return defaults(settings) | {k: v for k, v in settings.environ.items() if v}


def _mail_port(settings: Settings) -> int:
    """Where the hub sends mail, when that is this machine."""
    server = urlsplit(_environ(settings)["MAIL_URL"])
    here = server.hostname in {"127.0.0.1", "localhost"}
    return server.port if here and server.port else MAIL_PORT
