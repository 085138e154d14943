"""The search for due messages, which runs every few seconds."""

from flask import Flask

from hub.outbox import claiming, results
from tests.plans import whole_reads_of


def test_no_search_reads_the_whole_table_of_messages(app: Flask) -> None:
    assert whole_reads_of("message", claiming.due, results.give_up_on_dead_workers) == []
