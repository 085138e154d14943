"""Networks that the product does not know: folders that tests add to hub/channels. One there is:
Mastodon, with a server on this machine."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask_babel import Babel

from hub import channels
from hub.channels.base import AccountAccess, Parsed
from tests.builders import at

NETWORKS = Path(__file__).parent / "networks"
NOW = at("2026-11-10 12:00")


@pytest.fixture(scope="module")
def networks() -> Iterator[Path]:
    """The folders in tests/laws/networks, as if they lay in hub/channels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(channels, "__path__", [*channels.__path__, str(NETWORKS)])
        yield NETWORKS


@pytest.fixture(scope="module")
def stand_in_module(networks: Path) -> ModuleType:
    return import_module("hub.channels.mastodon.stand_in")


@pytest.fixture
def server(stand_in_module: ModuleType) -> Iterator[Any]:
    """A Mastodon server on this machine."""
    with stand_in_module.MastodonStandIn().serving() as stand_in:
        yield stand_in


@pytest.fixture
def frozen() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def english() -> Iterator[None]:
    """Sentences as the code has them, without a hub."""
    app = Flask("mastodon")
    Babel(app)
    with app.test_request_context():
        yield


@pytest.fixture(scope="module")
def package(networks: Path) -> ModuleType:
    """The folder, as the hub imports it."""
    return import_module("hub.channels.mastodon")


@pytest.fixture
def channel(package: ModuleType) -> Any:
    return package.create({})


@pytest.fixture
def account(server: Any, stand_in_module: ModuleType) -> AccountAccess:
    host = server.address.partition("//")[2]
    return AccountAccess(
        external_id=f"{stand_in_module.COUNCIL_ID}@{host}",
        credentials={"server": server.address, "access_token": stand_in_module.BEARER},
    )


@pytest.fixture
def poll(channel: Any, account: AccountAccess) -> Any:
    """Gives a function that polls on from where the last one ended: the values it brought."""
    cursor: Mapping[str, Any] = {}

    def run() -> list[Parsed]:
        nonlocal cursor
        values: list[Parsed] = []
        for step in channel.poll(account, cursor):
            cursor = step.cursor
            values += step.values
        return values

    return run
