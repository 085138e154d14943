"""A hub with a day's messages and a morning's work in it, for pictures."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from hub.admin.demo import PASSWORD
from tests.e2e.conftest import BROWSER_ARGUMENTS, ROOT, start, wait_until_ready

QUESTIONS = (
    "Bonjour, le car de 7 h 05 n’est pas passé ce matin à Saint-Aubin, les enfants ont attendu "
    "quarante minutes sous la pluie.",
    "La bourse du lycée se demande où ?",
    "Mon dossier d’aide au permis est « en instruction » depuis deux mois, c’est normal ?",
    "Le chauffage du lycée est en panne depuis lundi.",
    "Merci pour la réponse rapide !",
    "Peut-on venir à la rencontre de recrutement sans CV ?",
    "Quand la fibre arrive-t-elle à Lavaur-le-Haut ?",
    "Le sentier des crêtes est fermé, pourquoi ?",
)
ANSWERS = (
    "Bonjour, merci de nous l’avoir signalé. Nous vérifions auprès du transporteur et revenons "
    "vers vous aujourd’hui.",
    "Bonjour, la demande se fait en ligne jusqu’au 15 décembre ; nous vous envoyons le lien en "
    "message privé.",
    "Bonjour, votre dossier est complet. La décision vous parvient sous dix jours.",
)
PATIENCE_SECONDS = 60


@contextmanager
def lively_hub() -> Iterator[tuple[str, Browser]]:
    """Its address, and a browser; both are stopped at the end."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        process, url = start(folder, folder / "log")
        try:
            wait_until_ready(url, process, folder / "log")
            write_as_citizens(url)
            work_as_agents(url, folder)
            with sync_playwright() as playwright:
                yield (
                    url,
                    playwright.chromium.launch(executable_path=chromium, args=BROWSER_ARGUMENTS),
                )
        finally:
            process.terminate()
            process.wait(20)


def write_as_citizens(url: str) -> None:
    """Some on the wall, some on Messenger, some on X, by each of the sandbox's people."""
    control = f"{url}/sandbox/_control"
    people = requests.get(f"{control}/state", timeout=10).json()["people"]
    posts = requests.get(f"{control}/state", timeout=10).json()["posts"]
    for number, text in enumerate(QUESTIONS * 2):
        author = people[number % len(people)]["id"]
        event = {"kind": "write", "author": author, "text": text}
        if number % 3:
            post_id = posts[number % len(posts)]["id"]
            event = {"kind": "comment", "post_id": post_id, "author": author, "text": text}
        requests.post(f"{control}/events", json=event, timeout=10).raise_for_status()
    write_on_x(f"{url}/sandbox/x/_control")


def write_on_x(control: str) -> None:
    people = requests.get(f"{control}/state", timeout=10).json()["people"]
    for number, text in enumerate(QUESTIONS):
        author = people[number % len(people)]["id"]
        event = {"kind": "write", "author": author, "text": text}
        if number % 3:
            event = {"kind": "post", "author": author, "text": f"@Montvallee {text}"}
        requests.post(f"{control}/events", json=event, timeout=10).raise_for_status()


def work_as_agents(url: str, folder: Path) -> None:
    """Answer some, note something on others, close a few."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {_token(folder)}"
    for number, ticket in enumerate(_tickets(session, url, 18)):
        address = f"{url}/api/v1/tickets/{ticket['reference']}"
        if number % 3 == 0:
            said = {"text": ANSWERS[number % len(ANSWERS)], "visibility": ticket["visibility"]}
            session.post(f"{address}/replies", json=said, timeout=10)
        if number % 4 == 0:
            note = {"text": "Vu avec le transporteur : la ligne 214 est rétablie depuis 8 h."}
            session.post(f"{address}/notes", json=note, timeout=10)
        if number % 6 == 5:
            session.post(f"{address}/close", timeout=10)


def _token(folder: Path) -> str:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "api-token", "create", "pictures"]
    environ = {**os.environ, "SANDBOX": "on", "INSTANCE_DIR": str(folder), "DATABASE_URL": ""}
    printed = subprocess.run(
        [*command, "--role", "supervisor"],
        cwd=ROOT, env=environ, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return printed.strip().splitlines()[-1]


def _tickets(session: requests.Session, url: str, number: int) -> list[dict[str, Any]]:
    """So many, once the worker has filed them."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = session.get(f"{url}/api/v1/tickets", timeout=10).json()["tickets"]
        if len(found) >= number:
            return list(found[:number])
        time.sleep(0.5)
    raise AssertionError("the messages were not filed in time")


def sign_in(page: Page, email: str) -> None:
    """As a person of the demo council."""
    page.goto("/login")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/inbox**")


def open_first_ticket(page: Page) -> None:
    """The one at the head of the list."""
    page.goto("/inbox")
    page.locator("#queue li a").first.click()
    page.wait_for_url("**/tickets/**")
