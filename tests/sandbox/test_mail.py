"""The mail catcher takes what SMTP brings, and the command serves it until stopped."""

import asyncio
import dataclasses
import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from config import Settings
from hub import sandbox
from hub.sandbox import mail
from hub.sandbox.database import Database


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer_mail() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Région Montvallée <contact@montvallee.example>"
    message["To"] = "maelle@example.org"
    message["Subject"] = "Votre demande 2026-000042-K : réponse"
    message.set_content("Bonjour,\n\nVotre dossier est complet.\n")
    message.add_alternative("<p>Bonjour</p>", subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="été.pdf")
    return message


@pytest.fixture
def database(settings: Settings) -> Database:
    return sandbox.open_database(settings)


@pytest.fixture
def port(database: Database) -> Iterator[int]:
    port = free_port()
    controller = Controller(mail.Catcher(database), hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()


def test_a_mail_is_caught_whole(database: Database, port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
        smtp.send_message(answer_mail(), to_addrs=["maelle@example.org", "copie@example.org"])
    (caught,) = mail.caught(database)
    assert caught.subject == "Votre demande 2026-000042-K : réponse"
    assert caught.text == "Bonjour,\n\nVotre dossier est complet.\n"
    assert caught.recipients == ("maelle@example.org", "copie@example.org")
    assert caught.sender == "contact@montvallee.example"
    assert caught.attachments == ("été.pdf",)
    assert mail.one(database, caught.id) == caught


def test_the_newest_mail_comes_first(database: Database, port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
        for subject in ("un", "deux"):
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = "a@b.test", "c@d.test", subject
            smtp.send_message(message)
    assert [caught.subject for caught in mail.caught(database)] == ["deux", "un"]
    assert len(mail.caught(database)) == 2
    assert mail.one(database, 99) is None


def test_a_mail_that_is_only_html_shows_its_source(database: Database) -> None:
    message = EmailMessage()
    message.set_content("<p>Bonjour</p>", subtype="html")
    mail.keep(database, sender="", recipients=[], raw=message.as_bytes())
    assert mail.caught(database)[0].text == "<p>Bonjour</p>\n"


def test_a_mail_in_an_old_charset_or_in_pieces_is_still_shown(database: Database) -> None:
    old = (
        b"Subject: =?iso-8859-1?q?=E9t=E9?=\r\nContent-Type: text/plain; charset=latin1\r\n\r\n\xe9"
    )
    for raw in (
        old,
        b"",
        b"\x00\xff not a mail",
        b"Subject: x\r\nContent-Type: nonsense\r\n\r\nok",
    ):
        mail.keep(database, sender="", recipients=[], raw=raw)
    shown = mail.caught(database)
    assert len(shown) == 4
    assert (shown[-1].subject, shown[-1].text) == ("été", "é")


def test_the_reset_command_empties_the_state(app: Flask, database: Database) -> None:
    mail.keep(database, sender="", recipients=[], raw=b"")
    result = app.test_cli_runner().invoke(args=["sandbox", "reset"])
    assert result.exit_code == 0
    assert len(mail.caught(database)) == 0


def test_the_page_token_is_printed_alone(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["sandbox", "page-token"])
    assert result.output == "EAAsandbox0PAGE0TOKEN\n"


SERVE = """
import sys
from pathlib import Path
from flask import Flask
from flask_babel import Babel
from config import Settings
from hub import sandbox

settings = Settings(secret_key="x", sandbox=True, instance_dir=Path(sys.argv[1]))
app = Flask("alone")
Babel(app)
sandbox.register(app, settings)
app.cli.main(["sandbox", "catch-mail", "--port", sys.argv[2]], obj=None)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_listens_until_either_signal(settings: Settings, how: signal.Signals) -> None:
    ready: list[int] = []

    def stop() -> None:
        ready.append(1)
        os.kill(os.getpid(), how)

    asyncio.run(mail.catch(sandbox.open_database(settings), free_port(), stop))
    assert ready == [1]


def test_the_command_catches_until_it_is_stopped(settings: Settings) -> None:
    port = free_port()
    code = SERVE.replace("app.cli.main", "with app.app_context(): app.cli.main")
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, str(settings.instance_dir), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )
    try:
        assert process.stdout is not None
        assert f"127.0.0.1:{port}" in process.stdout.readline()
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
            smtp.send_message(answer_mail())
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, errors) == (0, "")
    assert len(mail.caught(sandbox.open_database(settings))) == 1


@pytest.mark.parametrize(
    ("mail_url", "port"),
    [
        ("", 1025),
        ("smtp://localhost:2525", 2525),
        ("smtp://127.0.0.1", 1025),
        ("smtp://mail.example.org:587", 1025),
    ],
)
def test_the_command_listens_where_the_hub_sends(
    settings: Settings, mail_url: str, port: int
) -> None:
    app = Flask("alone")
    environ = {**settings.environ, "MAIL_URL": mail_url}
    sandbox.register(app, dataclasses.replace(settings, environ=environ))
    result = app.test_cli_runner().invoke(args=["sandbox", "catch-mail", "--help"])
    assert f"[default: {port}]" in result.output


def test_a_port_that_is_taken_is_said(app: Flask, port: int) -> None:
    result = app.test_cli_runner().invoke(args=["sandbox", "catch-mail", "--port", str(port)])
    assert result.exit_code == 1
    assert str(port) in result.output
