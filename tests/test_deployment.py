"""The files that bring the hub up elsewhere say what the code does: settings, commands, sizes."""

import importlib
import os
import pkgutil
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from flask import Flask

import hub
from config import NAMES
from hub import channels, create_app
from hub.intake import views as hooks
from tests.conftest import make_settings

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("web", "worker", "migrate")
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))

#: Read by libraries themselves: libpq, prometheus-client, gunicorn.
OF_LIBRARIES = {"PGPASSWORD", "PROMETHEUS_MULTIPROC_DIR", "WEB_CONCURRENCY"}
#: What compose.yaml asks for besides.
OF_COMPOSE = {"SITE", "POSTGRES_PASSWORD"}
SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD", "SITE"}


def settings() -> set[str]:
    folders = [m.name for m in pkgutil.iter_modules(channels.__path__) if m.ispkg]
    modules = [importlib.import_module(f"hub.channels.{name}") for name in folders]
    return {*NAMES, *(name for module in modules for name in module.SETTINGS)}


def text(*path: str) -> str:
    return ROOT.joinpath(*path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("deployment")
    return create_app(make_settings(folder, f"sqlite:///{folder / 'hub.sqlite'}"))


def check_command(app: Flask, words: list[str]) -> None:
    """Is it gunicorn with our application, or a command of ours that understands its words?"""
    if Path(words[0]).name == "gunicorn":
        assert words[-1] == "wsgi:app"
        return
    assert [Path(words[0]).name, *words[1:3]] == ["flask", "--app", "wsgi"]
    group: click.Command = app.cli
    rest = words[3:]
    while isinstance(group, click.Group):
        found = group.get_command(click.Context(group), rest[0])
        assert found is not None, words
        group, rest = found, rest[1:]
    group.make_context(words[3], rest)


# --- Containers -----------------------------------------------------------------------------------


def test_the_grown_shape_is_all_there_and_comes_up_in_order():
    assert set(SERVICES) == {"proxy", "web", "worker", "migrate", "db", "queue"}
    assert [SERVICES[name]["deploy"]["replicas"] for name in ("web", "worker")] == [2, 2]
    for name in ("web", "worker"):
        needed = SERVICES[name]["depends_on"]
        assert needed["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"
    assert "/readyz" in SERVICES["web"]["healthcheck"]["test"][-1]
    assert all("restart" in service for service in SERVICES.values())


def test_every_variable_of_the_containers_is_a_documented_setting():
    known = settings() | OF_LIBRARIES
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= known, name
    example = set(re.findall(r"^#?([A-Z_]+)=", text("deploy", "hub.env.example"), re.M))
    assert example <= known | OF_COMPOSE
    assert example >= SECRETS


def test_nothing_starts_without_its_secrets():
    asked = re.findall(r"\$\{(\w+)([^}]*)\}", text("compose.yaml"))
    assert {name for name, _else in asked} == SECRETS
    assert all(otherwise.startswith(":?") for _name, otherwise in asked)
    assert not re.search(
        r"^(SECRET_KEY|POSTGRES_PASSWORD)=.", text("deploy", "hub.env.example"), re.M
    )


def test_the_commands_of_the_containers_exist(commands):
    for name in OURS:
        check_command(commands, shlex.split(SERVICES[name]["command"]))


def test_containers_of_ours_can_write_nowhere_but_where_files_are_kept():
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        folder = service["environment"]["INSTANCE_DIR"]
        assert service["volumes"] == [f"files:{folder}"]
        assert f"INSTANCE_DIR={folder}" in text("Dockerfile")
    assert re.search(r"^USER \d+$", text("Dockerfile"), re.M)
    user = re.search(r"^USER (\d+)$", text("Dockerfile"), re.M)[1]
    assert f"uid={user}" in SERVICES["web"]["tmpfs"][-1]


def test_every_image_has_a_version():
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    images += re.findall(r"^FROM (\S+)", text("Dockerfile"), re.M)
    assert len(images) == 5
    assert all(re.search(r":\d+\.\d+\.?\d*-", image) for image in images)


def test_the_image_gets_all_that_runs_and_nothing_that_is_secret():
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text("Dockerfile"), re.M)
        for word in line.split()
    }
    assert all((ROOT / name).exists() for name in copied)
    allowed = set(re.findall(r"^!(.+)$", text(".dockerignore"), re.M))
    assert copied == allowed
    assert text(".dockerignore").splitlines()[1] == "*"
    needed = {path.name for path in ROOT.glob("*.py")} | {"hub", "migrations", "templates"}
    assert copied == needed | {"requirements.txt"}


def test_the_proxy_lets_through_what_the_application_takes():
    sizes = re.findall(r"request_body @(\w+) \{\s+max_size (\d+)MiB", text("deploy", "Caddyfile"))
    assert {name: int(size) * 1024 * 1024 for name, size in sizes} == {
        "hooks": hooks.MOST_BYTES,
        "others": hub.MAX_UPLOAD_BYTES,
    }


@pytest.mark.skipif(not shutil.which("caddy"), reason="Caddy is not installed")
def test_the_proxy_understands_its_file(tmp_path):
    environ = {**os.environ, "SITE": "hub.example", "WEB": "web", "HOME": str(tmp_path)}
    adapted = subprocess.run(
        ["caddy", "adapt", "--config", "deploy/Caddyfile", "--adapter", "caddyfile"],
        cwd=ROOT, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert adapted.returncode == 0, adapted.stderr


# --- systemd --------------------------------------------------------------------------------------


def started(unit: Path) -> list[str]:
    """The words of what a unit starts, with what a shell would make of them."""
    line = re.search(r"^ExecStart=(.+)$", unit.read_text(encoding="utf-8"), re.M)[1]
    words = shlex.split(line)
    inner = words[2].removeprefix("exec ") if words[:2] == ["/bin/sh", "-c"] else ""
    return shlex.split(inner) if inner else words


def test_the_commands_of_the_units_exist_and_run_with_few_rights(commands):
    assert [unit.name for unit in UNITS] == [
        "hub-backup.service", "hub-web.service", "hub-worker@.service"
    ]  # fmt: skip
    for unit in UNITS:
        check_command(commands, started(unit))
        lines = unit.read_text(encoding="utf-8").splitlines()
        wanted = {"User=hub", "NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes"}
        assert wanted <= set(lines), unit.name


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path):
    for unit in (ROOT / "deploy" / "systemd").iterdir():
        said = unit.read_text(encoding="utf-8").replace("/srv/hub/.venv/bin/", "/bin/true ")
        name = unit.name.replace("@.", "@1.")
        (tmp_path / unit.name).write_text(said)
        (tmp_path / name).write_text(said)
    names = [str(path) for path in tmp_path.iterdir() if "@." not in path.name]
    checked = subprocess.run(
        ["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False
    )
    ours = [line for line in checked.stderr.splitlines() if "hub-" in line]
    assert (checked.returncode, ours) == (0, [])


# --- The page -------------------------------------------------------------------------------------

PAGE = text("docs", "deploying.md")


def test_the_commands_of_the_page_exist(commands):
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.DOTALL))
    lines = [line.partition("#")[0].partition("<")[0] for line in blocks.splitlines()]
    ours = re.compile(r"(?:^|\| |&& )(?:hub|.*?flask --app wsgi) (.+)$")
    found = [shlex.split(match[1]) for line in lines if (match := ours.search(line))]
    assert len(found) >= 8
    for words in found:
        try:
            check_command(commands, ["flask", "--app", "wsgi", *words])
        except click.BadParameter as error:
            assert "does not exist" in error.message  # noqa: PT017  (the file of an example)


def test_the_figures_of_the_page_exist():
    named = set(re.findall(r"hub_\w+", PAGE))
    assert len(named) >= 6
    assert named <= set(re.findall(r"hub_\w+", text("hub", "admin", "probes.py")))


def test_the_files_of_the_page_exist():
    for name in set(re.findall(r"deploy/[\w./*-]+", PAGE)):
        assert list(ROOT.glob(name)), name
