"""Hub: every message a citizen sends to the council, one shared inbox, one trace."""

import dataclasses

from flask import Flask
from flask_babel import get_locale
from werkzeug.middleware.proxy_fix import ProxyFix

from config import ROOT, Settings
from hub import assets, errors, formats, logs, look, outages, queue, rendering, rooms, security
from hub.accounts import access, session  # noqa: F401  (session names the user loader)
from hub.accounts.access import public
from hub.accounts.languages import LANGUAGES, current_language
from hub.api import document
from hub.channels import registry
from hub.extensions import babel, csrf, db, limiter, login, migrate
from hub.queue import Doorbell

MAX_UPLOAD_BYTES = 32 * 1024 * 1024
CATALOGUES = ROOT / "hub" / "translations"


def create_app(settings: Settings | None = None) -> Flask:
    """The application. Settings come from the environment unless they are given.

    Raises ConfigurationError, with the sentence to show, when a setting is missing or wrong.
    """
    settings = settings or Settings.from_environ()
    if settings.sandbox:
        settings = _with_sandbox_defaults(settings)
    app = Flask(
        __name__,
        static_folder=None,  # see hub/assets.py
        template_folder=str(ROOT / "templates"),
        instance_path=str(settings.instance_dir.resolve()),
    )
    app.jinja_environment = rendering.QuickEnvironment
    app.config.from_mapping(_flask_config(settings))
    app.config["HUB"] = settings
    logs.install(app, development=settings.development)
    _join_extensions(app, settings)
    app.extensions["hub.doorbell"] = Doorbell(app, settings.queue_url)
    registry.install(app, registry.build(settings.channels, settings.environ))
    access.install(app)
    errors.install(app)
    formats.install(app)
    rendering.install(app)
    security.install(app, https=settings.base_url.startswith("https://"))
    assets.install(app, development=settings.development)
    look.install(app, accent=settings.accent_colour, development=settings.development)
    _register_rooms(app, settings)
    app.jinja_env.globals.update(settings=settings, languages=LANGUAGES, get_locale=get_locale)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    https = settings.base_url.startswith("https://")
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": outages.engine_options(settings.database_url),
        "MAX_CONTENT_LENGTH": MAX_UPLOAD_BYTES,
        "RATELIMIT_STORAGE_URI": _shared_counters(settings.queue_url),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: an agent's day exceeds an hour
        "WTF_CSRF_SSL_STRICT": https,
        "BABEL_DEFAULT_LOCALE": "fr",
        "BABEL_DEFAULT_TIMEZONE": str(settings.timezone),
        "BABEL_TRANSLATION_DIRECTORIES": _catalogues(settings.channels),
    }


def _shared_counters(queue_url: str) -> str:
    """Where rate limits are counted: for all processes on Redis, else in each by itself."""
    return queue.patient(queue_url) if queue.is_redis(queue_url) else "memory://"


def _catalogues(slugs: tuple[str, ...]) -> str:
    """The hub's own comes last: where two have a sentence, the last one says it."""
    return ";".join(map(str, [*registry.catalogues(slugs), CATALOGUES]))


def _join_extensions(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    login.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    babel.init_app(
        app,
        locale_selector=current_language,
        timezone_selector=lambda: str(settings.timezone),
    )


def _register_rooms(app: Flask, settings: Settings) -> None:
    for blueprint in rooms.BLUEPRINTS:
        app.register_blueprint(blueprint)
    document.install(app)
    for command in rooms.COMMANDS:
        app.cli.add_command(command)
    if settings.sandbox:
        _register_sandbox(app, settings)


def _with_sandbox_defaults(settings: Settings) -> Settings:
    from hub import sandbox  # noqa: PLC0415  (loaded only where it is switched on)

    environ = sandbox.defaults(settings) | {k: v for k, v in settings.environ.items() if v}
    return dataclasses.replace(
        settings, environ=environ, organisation_name=environ["ORGANISATION_NAME"]
    )


def _register_sandbox(app: Flask, settings: Settings) -> None:
    from hub import sandbox  # noqa: PLC0415

    sandbox.register(app, settings)
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith("sandbox"):
            public(view)
