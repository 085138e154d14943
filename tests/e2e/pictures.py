"""`./hub.sh pictures`: a picture of each page in pictures/, both sizes, light and dark, of a hub
with a day's messages in it. For looking at what was made."""

import re
import shutil
import tempfile
from pathlib import Path

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from hub.admin.demo import PASSWORD
from tests.e2e.conftest import BROWSER_ARGUMENTS, ROOT, start, wait_until_ready
from tests.e2e.pages import EVERYTHING, SCHEMES, SIZES

FOLDER = ROOT / "pictures"
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


def main() -> None:
    """Start a hub, have citizens write, take the pictures, stop."""
    FOLDER.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        process, url = start(Path(folder), log)
        try:
            wait_until_ready(url, process, log)
            write_as_citizens(url)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=BROWSER_ARGUMENTS
                )
                take_all(browser, url)
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


def take_all(browser: Browser, url: str) -> None:
    for who, paths in EVERYTHING.items():
        for size, viewport in SIZES.items():
            for scheme in SCHEMES:
                context = browser.new_context(
                    base_url=url, viewport=viewport, color_scheme=scheme, locale="fr-FR"
                )
                page = context.new_page()
                if who:
                    sign_in(page, who)
                for path in [*paths, *(["first ticket"] if "/inbox" in paths else [])]:
                    show(page, path)
                    take(page, f"{name_of(path)}-{size}-{scheme}")
                context.close()


def sign_in(page: Page, email: str) -> None:
    page.goto("/login")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/inbox**")


def show(page: Page, path: str) -> None:
    if path != "first ticket":
        page.goto(path)
        return
    page.goto("/inbox")
    page.locator("#queue li a").first.click()
    page.wait_for_url("**/tickets/**")


def take(page: Page, name: str) -> None:
    page.wait_for_timeout(400)
    page.screenshot(path=FOLDER / f"{name}.png")


def name_of(path: str) -> str:
    return re.sub(r"\W+", "-", path).strip("-")


if __name__ == "__main__":
    main()
