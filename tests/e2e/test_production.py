"""A council's own installation, by the commands and routes that tools outside rely on: real
processes, no sandbox switched on, Facebook played on another port."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from hub.sandbox.courier import post_to
from hub.sandbox.meta.identities import PAGE_ID, PAGE_TOKEN
from hub.sandbox.meta.stand_in import MetaStandIn
from tests.conftest import FACEBOOK
from tests.e2e.conftest import free_port
from tests.meta import serving

ROOT = Path(__file__).parent.parent.parent
MAELLE = "25000000000000701"


@dataclass
class Installation:
    """A running hub and the Facebook it is connected to."""

    url: str
    meta: MetaStandIn
    token: str
    environ: Mapping[str, str]

    def api(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return requests.request(
            method, f"{self.url}/api/v1{path}", headers=headers, timeout=10, **options
        )

    def first_ticket(self) -> dict[str, Any]:
        """The ticket, once the hub has filed what Facebook delivered."""
        self.meta.deliver_pending()
        tickets = eventually(lambda: self.api("GET", "/tickets").json()["tickets"])
        return self.api("GET", f"/tickets/{tickets[0]['reference']}").json()


def eventually(look: Callable[[], Any], seconds: float = 20) -> Any:
    """What `look` gives, as soon as it is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("it never came")


def flask(environ: Mapping[str, str], command: str, given: str = "") -> str:
    """Run one of the hub's commands; give what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *shlex.split(command)],
        cwd=ROOT, env=environ, input=given, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installation(engine_name, new_database, tmp_path_factory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("installation")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with serving(folder, FACEBOOK, post_to(lambda: f"{url}/hooks/facebook", 5)) as (
        meta,
        reachable,
    ):
        environ = {
            **os.environ,
            **reachable,
            "SECRET_KEY": "of an installation for tests",
            "DATABASE_URL": new_database(engine_name),
            "QUEUE_URL": "",
            "INSTANCE_DIR": str(folder / "instance"),
            "BASE_URL": url,
            "SANDBOX": "",
            "ENVIRONMENT": "",
        }
        flask(environ, "db upgrade")
        flask(environ, "demo load")
        create = "accounts create a@region.example --role agent --department transports"
        flask(environ, f"{create} --password-stdin", given="a good password\n")
        connect = f"channels connect facebook --page-id {PAGE_ID} --name Page --token-stdin"
        flask(environ, connect, given=PAGE_TOKEN)
        token = flask(environ, "api-token create tests --role supervisor").strip()
        processes = [
            subprocess.Popen(command, cwd=ROOT, env=environ)
            for command in (
                [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}",
                 "--workers", "2", "--threads", "8", "wsgi:app"],
                [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
            )
        ]  # fmt: skip
        try:
            eventually(lambda: is_ready(url))
            yield Installation(url, meta, token, environ)
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            ends = {process.wait(20) for process in processes}
            assert ends <= {0, -signal.SIGTERM}  # the latter when it had not begun to work


def is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=2).ok
    except requests.ConnectionError:
        return False


def test_a_comment_is_routed_answered_through_the_api_and_read_on_facebook(installation):
    meta = installation.meta
    post_id = meta.posts()[0].id
    meta.comment(post_id, MAELLE, "Le car scolaire de la ligne 214 n’est pas passé ce matin")
    ticket = installation.first_ticket()
    assert (ticket["department"], ticket["state"]) == ("transports", "new")
    assert ticket["routed_because"]
    assert ticket["contact"]["name"] == "Maëlle Garrigue"
    path = f"/tickets/{ticket['reference']}"
    for _ in range(2):
        answer = installation.api(
            "POST", f"{path}/replies", json={"text": "Un car part à 8 h.", "visibility": "public"},
            headers={"Idempotency-Key": "once"},
        )  # fmt: skip
        assert answer.status_code == 202, answer.text
    eventually(lambda: meta.thread(post_id)[-1].text == "Un car part à 8 h.")
    meta.deliver_pending()
    time.sleep(1)
    messages = installation.api("GET", path).json()["messages"]
    assert [(m["direction"], m["delivery"]) for m in messages] == [("in", None), ("out", "sent")]
    assert [c.text for c in meta.thread(post_id)].count("Un car part à 8 h.") == 1
    rows = installation.api(
        "GET", "/reports/response-times", params={"by": "channel", **this_year()}
    ).json()
    assert "facebook" in str(rows)


def this_year() -> dict[str, str]:
    year = time.gmtime().tm_year
    return {"from": f"{year}-01-01", "to": f"{year}-12-31"}


def test_the_demo_council_leaves_no_known_password_in_production(installation):
    session = requests.Session()
    page = session.get(f"{installation.url}/login", timeout=10).text
    csrf = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = session.post(
        f"{installation.url}/login",
        data={
            "csrf_token": csrf,
            "email": "olivier.savary@region-montvallee.example",
            "password": "montvallee-demo",
        },
        allow_redirects=False, timeout=10,
    )  # fmt: skip
    assert answer.status_code == 422


def test_the_sandbox_is_not_there(installation):
    assert requests.get(f"{installation.url}/sandbox/", timeout=10).status_code == 404
