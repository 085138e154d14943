"""Networks that the product does not know: folders that tests add to hub/channels."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hub import channels

NETWORKS = Path(__file__).parent / "networks"


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
