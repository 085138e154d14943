"""Continuity: no message is lost and none is answered twice, whatever dies or fails meanwhile."""

from collections.abc import Iterator

import pytest
import time_machine

from hub.extensions import db
from hub.queue import Doorbell
from tests.builders import at
from tests.laws.continuity import comparison, rest
from tests.laws.continuity.in_process import world

OUTBOUND = 50


@pytest.fixture
def bell(app, engine_name, new_database, tmp_path) -> Iterator[Doorbell]:
    """A queue on the same engine as the database."""
    url = f"sqlite:///{tmp_path / 'queue.sqlite'}"
    if engine_name == "postgresql":
        url = new_database("postgresql").replace("+psycopg", "")
    bell = Doorbell(app, url)
    yield bell
    bell.close()


def test_what_citizens_and_agents_say_is_there_once_on_both_sides(app, bell, tmp_path):
    with (
        time_machine.travel(at("2026-11-10 09:00"), tick=False) as clock,
        world(app, tmp_path, bell, clock, seed=1) as scene,
    ):
        scene.storm(OUTBOUND)
        scene.calm()
        shown = comparison.shown(scene.hub.ask)
        found = comparison.differences(scene.citizens, scene.tool, shown)
        assert found + rest.left_over(db.session) == []
        assert len(scene.tool.accepted) == OUTBOUND
        assert sum(n for name, n in scene.counts.items() if "killed" in name) >= 5
