"""`flask up`: everything a newcomer needs, from one command.

A small parent starts the web server, the worker and, with the sandbox, the mail catcher, each as
a process of its own; it stops them all on Ctrl-C, and when one of them ends by itself.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from types import FrameType
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from config import ROOT, Settings
from hub.admin import demo
from hub.channels import accounts
from hub.channels.twitter import oauth
from hub.extensions import db

START_SECONDS = 30
STOP_SECONDS = 10


@click.command("up")
@click.option("--bind", default="", help="Where to listen; default: this machine, BASE_URL's port.")
@click.option("--threads", default=264, show_default=True, help="One for each open page, and 32.")
@with_appcontext
def command(bind: str, threads: int) -> None:
    """Migrate, load the demo council where the sandbox is on, and serve web and worker."""
    settings: Settings = current_app.config["HUB"]
    host, port = _address(bind or settings.base_url)
    _refuse_taken(host, port)
    upgrade()
    if settings.sandbox:
        os.environ.setdefault("MAIL_URL", f"smtp://127.0.0.1:{_free_mail_port()}")
    people = _prepare_sandbox(settings) if settings.sandbox else []
    db.session.remove()  # an open transaction here would lock SQLite for the children
    db.engine.dispose()
    processes = Processes()
    processes.start("web", _gunicorn(host, port, threads))
    processes.start("worker", _flask("worker"))
    if settings.sandbox:
        processes.start("mail catcher", _flask("sandbox", "catch-mail"))
    if _answers(host, port):
        _welcome(settings, people)
    sys.exit(processes.wait())


def _prepare_sandbox(settings: Settings) -> list[tuple[str, str]]:
    """Load the demo council and connect the sandbox's page and account to it, each once. Gives
    (e-mail, role) of the people who can sign in."""
    loaded = demo.load(password=demo.PASSWORD)
    if "facebook" in settings.channels:
        _connect_page()
    if "twitter" in settings.channels:
        _connect_handle()
    return [(person.email, str(person.role)) for person in loaded.people]


def _connect_page() -> None:
    from hub.sandbox.meta import identities as page  # noqa: PLC0415  (only where it is switched on)

    if accounts.find("facebook", page.PAGE_ID) is None:
        credentials = {"access_token": page.PAGE_TOKEN}
        accounts.connect("facebook", page.PAGE_ID, name=page.PAGE_NAME, credentials=credentials)


def _connect_handle() -> None:
    from hub.sandbox import world  # noqa: PLC0415
    from hub.sandbox.x import identities as x  # noqa: PLC0415

    if accounts.find("twitter", x.ACCOUNT_ID) is None:
        credentials = oauth.tokens(world.current().x.grant())
        accounts.connect("twitter", x.ACCOUNT_ID, name=x.HANDLE, credentials=credentials)


def _address(text: str) -> tuple[str, int]:
    """(host, port) of "host:port" or of a web address on this machine."""
    parts = urlsplit(text if "//" in text else f"//{text}")
    local = parts.hostname in {None, "localhost"} or "//" in text
    return "127.0.0.1" if local else str(parts.hostname), parts.port or 8000


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} is taken ({error.strerror}). Choose another one: "
                f"BASE_URL=http://localhost:{port + 1} ./hub.sh up"
            ) from error


def _free_mail_port() -> int:
    """A port for the mail catcher: the usual one, else any."""
    for port in (1025, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise click.ClickException("No port is free for the mail catcher.")


def _answers(host: str, port: int) -> bool:
    """Wait until the web server takes connections."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


class Processes:
    """The children of one `up`: they live and end together."""

    def __init__(self) -> None:
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)

    def start(self, name: str, arguments: list[str]) -> None:
        """Start one. It is its own group, so that Ctrl-C reaches it once, through us."""
        self._children[name] = subprocess.Popen(  # noqa: S603  (our own commands)
            arguments, cwd=ROOT, start_new_session=True
        )

    def wait(self) -> int:
        """Wait until somebody stops us or a child ends, then stop the rest. Gives the exit code:
        0 when we were asked to stop."""
        ended = None
        while not self._stopping and ended is None:
            time.sleep(0.2)
            ended = next((n for n, c in self._children.items() if c.poll() is not None), None)
        if ended is not None:
            click.echo(f"The {ended} process ended; stopping the others.", err=True)
        self._terminate()
        return 0 if ended is None else 1

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _terminate(self) -> None:
        for child in self._children.values():
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()


def _gunicorn(host: str, port: int, threads: int) -> list[str]:
    """One process: on SQLite one writer at a time is the limit anyway, and threads are what open
    pages need. The rest stands in gunicorn.conf.py."""
    options = ["--bind", f"{host}:{port}", "--threads", str(threads), "--log-level", "warning"]
    return [sys.executable, "-m", "gunicorn", *options, "wsgi:app"]


def _flask(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def _welcome(settings: Settings, people: list[tuple[str, str]]) -> None:
    click.echo(f"""
Hub is ready at {settings.base_url}

  Agents' inbox      {settings.base_url}/inbox
  Citizens' form     {settings.base_url}/contact""")
    if people:
        click.echo(f"  Sandbox            {settings.base_url}/sandbox/   play the citizen here\n")
        click.echo(f"Sign in as one of these people; the password is: {demo.PASSWORD}\n")
        for email, role in people:
            click.echo(f"  {email:<45} {role}")
    click.echo("\nCtrl-C stops everything.")
