"""The council's mail server in tests, and what it took."""

import email
import email.policy
from email.message import EmailMessage
from typing import Any

from flask import Flask

from tests.channels.web.server import Server


def use_mail(app: Flask, settings_changed: Any, port: int) -> None:
    """Send by the server at this port, until the test ends."""
    mail = {"MAIL_URL": f"smtp://127.0.0.1:{port}", "MAIL_FROM": "Région <hub@region.example>"}
    settings_changed(environ={**app.config["HUB"].environ, **mail})


def letters(server: Server) -> list[EmailMessage]:
    """What it took, as a mail program reads it."""
    parse = email.message_from_bytes
    found = [parse(one.content, policy=email.policy.default) for one in server.taken]
    return [letter for letter in found if isinstance(letter, EmailMessage)]
