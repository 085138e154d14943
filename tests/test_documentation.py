"""docs/settings.md and docs/commands.md say what the code does, no more and no less. A channel may
say it of its own settings and commands in its folder's README.md instead."""

import importlib
import pkgutil
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from flask import Flask

from config import NAMES, Settings
from hub import channels, create_app
from tests.conftest import make_settings
from tests.e2e import tour

ROOT = Path(__file__).parent.parent


def pages(name: str) -> str:
    """A page of docs/, and after it what the channels' folders say."""
    brought = sorted((ROOT / "hub" / "channels").glob("*/README.md"))
    files = [ROOT / "docs" / name, *brought]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


SETTINGS = pages("settings.md")
COMMANDS = pages("commands.md")

#: Groups that libraries bring; of theirs only these commands are for who runs a hub.
OF_LIBRARIES = {"db", "openapi"}
USED_OF_LIBRARIES = {"db upgrade"}
#: Flask's own.
OF_FLASK = {"routes", "run", "shell"}


# --- Settings ---------------------------------------------------------------------------------


def channel_settings() -> set[str]:
    folders = [m.name for m in pkgutil.iter_modules(channels.__path__) if m.ispkg]
    modules = [importlib.import_module(f"hub.channels.{name}") for name in folders]
    return {name for module in modules for name in module.SETTINGS}


def documented_settings() -> list[tuple[str, str]]:
    """(name, default) of each row of the tables."""
    return re.findall(r"^\| `([A-Z_]+)` \| ([^|]+?) \|", SETTINGS, re.MULTILINE)


def test_every_setting_is_documented_once_and_every_documented_one_exists():
    documented = [name for name, _default in documented_settings()]
    assert sorted(documented) == sorted({*NAMES, *channel_settings()})


def test_the_documented_defaults_are_those_of_the_code():
    documented = dict(documented_settings())
    simple = {
        field.name.upper(): str(field.default)
        for field in fields(Settings)
        if isinstance(field.default, (str, int)) and field.default not in {"", False}
    }
    assert len(simple) >= 4
    assert {name: documented[name].strip("`") for name in simple} == simple


def test_no_setting_is_read_that_is_not_declared():
    sources = [ROOT / "config.py", *(ROOT / "hub").rglob("*.py")]
    read = {
        name
        for source in sources
        for name in re.findall(
            r'(?:environ|values)\.get\(\s*"([A-Z][A-Z_]+)"', source.read_text(encoding="utf-8")
        )
    }
    assert len(read) > 10
    assert read <= set(NAMES) | channel_settings()


# --- Commands ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """With the sandbox, so that its commands are there too."""
    folder = tmp_path_factory.mktemp("documentation")
    settings = make_settings(
        folder, f"sqlite:///{folder / 'hub.sqlite'}", SANDBOX="on", ENVIRONMENT="development"
    )
    return create_app(settings)


def walk(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from walk(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


@pytest.fixture(scope="module")
def commands(whole_app: Flask) -> dict[str, click.Command]:
    return {
        name: command
        for name, command in walk(whole_app.cli)
        if name.split()[0] not in OF_LIBRARIES | OF_FLASK or name in USED_OF_LIBRARIES
    }


def sections() -> dict[str, str]:
    """Command -> what the pages say of it."""
    parts = re.split(r"^(?:##? .*|### `([^`]+)`)$", COMMANDS, flags=re.MULTILINE)
    return {name: text for name, text in zip(parts[1::2], parts[2::2], strict=True) if name}


def test_every_command_is_documented_and_every_documented_one_exists(commands):
    assert set(sections()) == set(commands)


def test_every_command_has_a_help_text_for_itself_and_its_options(commands):
    own = {name: command for name, command in commands.items() if name not in USED_OF_LIBRARIES}
    silent = [name for name, command in own.items() if not command.help]
    silent += [
        f"{name} {parameter.name}"
        for name, command in own.items()
        for parameter in command.params
        if isinstance(parameter, click.Option)
        and not parameter.help
        and not isinstance(parameter.type, click.Choice)
    ]
    assert silent == []


def test_every_option_is_documented_with_its_command(commands):
    said = sections()
    missing = [
        f"{name} {parameter.opts[0]}"
        for name, command in commands.items()
        if name not in USED_OF_LIBRARIES
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.opts[0] not in said[name]
    ]
    assert missing == []


def examples() -> list[tuple[str, list[str]]]:
    """(command of the section, words) of each example, of each part of a pipe."""
    found = []
    for name, text in sections().items():
        for block in re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                for part in line.partition("<")[0].split("|"):
                    words = shlex.split(part)
                    assert words[:3] == ["flask", "--app", "wsgi"], line
                    found.append((name, words[3:]))
    return found


def test_every_command_has_an_example():
    assert {name for name, _words in examples()} == set(sections())


@pytest.mark.parametrize(("section", "words"), examples())
def test_the_examples_are_understood_by_the_command_line(commands, section, words):
    name = max((c for c in commands if words[: len(c.split())] == c.split()), key=len)
    command = commands[name]
    arguments = words[len(name.split()) :]
    try:
        command.make_context(name, arguments)
    except click.BadParameter as error:
        assert "does not exist" in error.message  # noqa: PT017  (the file of an example)
    assert section == name or "|" in sections()[section]


# --- Pictures ---------------------------------------------------------------------------------


def test_each_picture_of_the_tour_is_taken_by_the_command_and_is_there():
    taken = {f"pictures/{shot.name}.png" for shot in tour.SHOTS}
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "docs" / "tour.md").read_text("utf-8"))
    assert sorted(shown) == sorted(taken)
    assert all((ROOT / "docs" / name).is_file() for name in taken)
