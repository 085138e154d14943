"""A whole hub, started as a newcomer starts it, and real browsers on it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from hub.admin.demo import PASSWORD
from tests.e2e.axe import assert_accessible

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 60
#: A tracking page asks this often for what is new (milliseconds).
TRACKING_RENEWAL = 15_000
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Hub:
    """A running hub: where it is, what it has printed, and the cookies of those who signed in."""

    url: str
    log: Path
    cookies: dict[str, Any] = field(default_factory=dict)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, log: Path, **environ: str) -> tuple[subprocess.Popen[bytes], str]:
    """`flask up` with its own instance folder and port. Gives (process, address)."""
    url = f"http://127.0.0.1:{free_port()}"
    values = {
        **os.environ,
        "SANDBOX": "on",
        "INSTANCE_DIR": str(folder),
        "BASE_URL": url,
        "MAIL_URL": f"smtp://127.0.0.1:{free_port()}",
        "DATABASE_URL": "",
        "QUEUE_URL": "",
        "FORM_RATE_LIMIT": "1000 per minute",
        "UNDO_SECONDS": "4",
        **environ,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "up"],
            cwd=ROOT, env=values, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    return process, url


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{url}/readyz", timeout=2).ok and "Ctrl-C" in log.read_text():
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise AssertionError(f"the hub did not start:\n{log.read_text()}")


@pytest.fixture(scope="package")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One hub for all the browser tests of this run."""
    folder = tmp_path_factory.mktemp("hub")
    log = folder / "log"
    process, url = start(folder, log)
    try:
        wait_until_ready(url, process, log)
        yield Hub(url, log)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium here: install Debian's package chromium to run browser tests")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=BROWSER_ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, hub: Hub) -> Iterator[Callable[..., Page]]:
    """Gives a function that opens a path in a browser of its own. Errors of scripts, refusals of
    the content policy and requests to elsewhere fail the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_path(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(base_url=hub.url, locale="fr-FR", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
        page.on("console", lambda line: troubles.append(line.text) if is_trouble(line) else None)
        page.on("request", lambda request: troubles.append(request.url)
                if not request.url.startswith((hub.url, "data:", "blob:")) else None)  # fmt: skip
        page.goto(path)
        return page

    yield open_path
    for context in contexts:
        for page in context.pages:
            assert_accessible(page)
        context.close()
    assert troubles == []


def is_trouble(line: Any) -> bool:
    """Refusals by the content security policy; failed loads that a test provokes are not."""
    return "Content Security Policy" in line.text


@pytest.fixture
def open_as(hub: Hub, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Gives a function that opens a path as a demo person, who signs in where they are not."""

    def open_signed_in(email: str, path: str = "/inbox", **options: Any) -> Page:
        page = open_page(path, storage_state=hub.cookies.get(email), **options)
        if "/login" in page.url:
            page.locator("input[name=email]").fill(email)
            page.locator("input[name=password]").fill(PASSWORD)
            page.locator("input[name=password]").press("Enter")
            page.wait_for_url(f"**{path}**")
            hub.cookies[email] = page.context.storage_state()
        return page

    return open_signed_in
