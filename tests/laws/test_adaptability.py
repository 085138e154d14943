"""Adaptability: another network is one folder under hub/channels and one word in CHANNELS.

The diff itself, made to a copy of the product and run there by commands alone; and the rule that
keeps it so small: outside its folder, the product names no network.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests

from hub.channels import registry
from tests.e2e.conftest import free_port
from tests.e2e.test_production import eventually, is_ready

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path("hub/channels/mastodon")
LINE = "CHANNELS=facebook,web,mastodon\n"
ASKED = "@region Bonjour, le car scolaire de la ligne 214 n’est pas passé ce matin."


# --- The diff ---------------------------------------------------------------------------------


@dataclass
class Copy:
    """A copy of the product in a folder of its own, and the environment it runs in."""

    folder: Path
    url: str
    environ: Mapping[str, str]

    def flask(self, command: str, given: str = "") -> str:
        """Run one of the hub's commands there; give what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *shlex.split(command)],
            cwd=self.folder, env=self.environ, input=given,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def running(self) -> Iterator[None]:
        """Web and worker, as a council runs them."""
        bind = self.url.partition("//")[2]
        commands = (
            ["gunicorn", "--bind", bind, "--threads", "4", "wsgi:app"],
            ["flask", "--app", "wsgi", "worker"],
        )
        processes = [
            subprocess.Popen([sys.executable, "-m", *command], cwd=self.folder, env=self.environ)
            for command in commands
        ]
        try:
            eventually(lambda: is_ready(self.url))
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            ends = {process.wait(20) for process in processes}
            assert ends <= {0, -signal.SIGTERM}


@pytest.fixture
def product(tmp_path: Path) -> Copy:
    """The product as it stands, without its tests."""
    folder = tmp_path / "product"
    for name in product_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    url = f"http://127.0.0.1:{free_port()}"
    settings = {
        "SECRET_KEY": "of a copy for tests",
        "INSTANCE_DIR": str(tmp_path / "instance"),
        "BASE_URL": url,
    }
    ours = {"CHANNELS", "DATABASE_URL", "QUEUE_URL", "SANDBOX", "ENVIRONMENT"}
    around = {name: value for name, value in os.environ.items() if name not in ours}
    return Copy(folder, url, {**around, **settings})


def product_files() -> list[str]:
    """What is under version control or about to be, the tests apart."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
         "--exclude-standard", "--", ".", ":!tests"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    assert {"hub/__init__.py", "config.py", "wsgi.py"} <= set(names)
    return names


def tree(folder: Path) -> set[tuple[str, str]]:
    """(name, digest) of every file that Python has not written for itself."""
    return {
        (str(path.relative_to(folder)), sha256(path.read_bytes()).hexdigest())
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_another_network_is_one_folder_and_one_line(
    product: Copy, server: Any, stand_in_module: ModuleType, networks: Path
) -> None:
    untouched = tree(product.folder)
    bytecode = shutil.ignore_patterns("__pycache__")
    shutil.copytree(networks / FOLDER.name, product.folder / FOLDER, ignore=bytecode)
    (product.folder / ".env").write_text(LINE)

    product.flask("db upgrade")
    connect = f"channels connect mastodon --server {server.address} --token-stdin"
    with ThreadPoolExecutor() as at_once:
        done = [
            at_once.submit(product.flask, "demo load"),
            at_once.submit(product.flask, connect, given=stand_in_module.BEARER),
            at_once.submit(product.flask, "api-token create tests --role agent"),
        ]
    _loaded, _connected, token = (command.result().strip() for command in done)
    asked = server.write("zoe", ASKED)
    with product.running():
        answer_and_be_refused(Api(product.url, token), server)

    (answer,) = server.said_to("zoe")
    assert (answer.reply_to, answer.text) == (asked.id, "@zoe Un car part à 8 h.")
    changed = {Path(name) for name, _digest in tree(product.folder) ^ untouched}
    assert {name for name in changed if not name.is_relative_to(FOLDER)} == {Path(".env")}


@dataclass
class Api:
    """The copy's API, to a tool."""

    url: str
    token: str

    def call(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(
            method, f"{self.url}/api/v1{path}", headers=headers, timeout=10, **options
        )
        assert answer.ok, answer.text
        return answer.json()

    def reply(self, ticket: Mapping[str, Any], text: str) -> dict[str, Any]:
        """Answer in public; give the message once its fate is known."""
        path = f"/tickets/{ticket['reference']}"
        body = {"text": text, "visibility": "public"}
        sent = self.call("POST", f"{path}/replies", json=body)

        def settled() -> dict[str, Any] | None:
            messages = self.call("GET", path)["messages"]
            (found,) = (message for message in messages if message["id"] == sent["id"])
            return found if found["delivery"] in {"sent", "failed"} else None

        message: dict[str, Any] = eventually(settled)
        return message


def answer_and_be_refused(api: Api, server: Any) -> None:
    """The message comes in, an answer goes out, and a refusal is told in the channel's French."""
    (ticket,) = eventually(lambda: api.call("GET", "/tickets?channel=mastodon")["tickets"])
    assert ticket["department"] == "transports"
    assert api.reply(ticket, "Un car part à 8 h.")["delivery"] == "sent"
    server.spoil("invalid")
    refused = api.reply(ticket, "Encore un mot.")
    assert refused["delivery"] == "failed"
    assert refused["error"].startswith("Le serveur Mastodon a refusé la réponse.")


# --- The rule ---------------------------------------------------------------------------------

CODE = re.compile(
    r"(hub|templates|migrations)/|(config|wsgi|gunicorn\.conf)\.py|hub\.sh|pyproject\.toml"
)
#: Where networks are at home, and what is not the hub's own.
AT_HOME = re.compile(
    r"hub/channels/\w+/|(hub|templates)/sandbox/|hub/static/(css|js)/sandbox\."
    r"|hub/static/vendor/|hub/translations/"
)
#: Networks as people and as programs know them. X-Forwarded-For and `class Meta` are none.
NETWORK = re.compile(
    r"""(?i:facebook|messenger|twitter|mastodon)|(?<!class )\bMeta\b|\bX\b(?!-)|["']web["']"""
)
#: The beginning of a path -> why it may name a network.
ALLOWED = {
    "config.py": "the channels that are on where nobody says which",
    "hub/admin/demo.toml": "words of citizens, by which the demo council's rules know a matter",
    "hub/admin/leaving.py": "cites the terms that want it",
    "hub/api/schemas.py": "examples in the document of the API",
    "hub/citizens/actions.py": "the room of the form, which files through the form's channel",
    "hub/intake/rechecks.py": "cites the terms that want it",
    "hub/serve.py": "connects the sandbox's accounts",
    "hub/static/icons.svg": "drawings of the channels that have one of their own",
    "hub/static/js/weight.js": "belongs to the sandbox's page",
    "templates/styleguide": "examples of every component",
}


def naming_a_network() -> set[str]:
    """The product's files that do, where no network is at home."""
    names = [name for name in product_files() if CODE.match(name) and not AT_HOME.match(name)]
    assert len(names) > 150
    return {name for name in names if NETWORK.search((ROOT / name).read_text(errors="replace"))}


def test_the_names_of_all_channels_are_looked_for(networks: Path) -> None:
    assert "mastodon" in registry.names()
    assert [name for name in registry.names() if not NETWORK.search(f'"{name}"')] == []


def test_every_channel_has_a_drawing(networks: Path) -> None:
    drawn = re.findall(r'<symbol id="([^"]+)"', (ROOT / "hub/static/icons.svg").read_text())
    spoken = registry.build(tuple(registry.names()), {})
    assert {channel.icon for channel in spoken.values()} <= set(drawn)


def test_outside_its_folder_no_code_names_a_network() -> None:
    strangers = {name for name in naming_a_network() if not name.startswith(tuple(ALLOWED))}
    assert strangers == set()


def test_nothing_is_allowed_to_name_a_network_that_does_not() -> None:
    found = naming_a_network()
    assert [place for place in ALLOWED if not any(n.startswith(place) for n in found)] == []


@pytest.mark.parametrize(
    "line",
    ['if ticket.channel == "web":', "// as Messenger does", "# Twitter's", "{# X wants #}",
     "  from Meta's documents"],
)  # fmt: skip
def test_a_network_is_known_by_each_of_its_names(line: str) -> None:
    assert NETWORK.search(line)


@pytest.mark.parametrize(
    "line", ["class Meta:", "X-Forwarded-For", "HX-Request", "the web, a Web page"]
)
def test_other_words_are_no_networks(line: str) -> None:
    assert not NETWORK.search(line)
