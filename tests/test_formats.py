"""Instants, spans, sizes and sums as people read them."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from flask import Flask

from hub.clock import now
from hub.formats import ago, day, duration, exact, file_size, money
from tests.builders import at


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 min"),
        (29, "0 min"),
        (60, "1 min"),
        (3599, "1 h 00 min"),
        (3900, "1 h 05 min"),
        (86_399, "1 d 0 h"),
        (100_000, "1 d 3 h"),
    ],
)
def test_a_span_has_its_two_largest_units(app: Flask, seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=64), "il y a 1 minute"),
        (timedelta(hours=3), "il y a 3 heures"),
        (timedelta(hours=-3), "dans 3 heures"),
    ],
)
def test_how_long_since_is_said_in_words(app: Flask, passed: timedelta, text: str) -> None:
    with time_machine.travel(at("2026-11-10 09:00"), tick=False):
        assert ago(now() - passed) == text


def test_an_exact_instant_is_in_the_councils_time_zone(app: Flask) -> None:
    assert exact(at("2026-07-14 22:30")) == "mercredi 15 juillet 2026, 00:30"


def test_the_day_of_an_instant_is_the_councils_too(app: Flask) -> None:
    assert day(at("2026-07-14 22:30")) == "15 juillet 2026"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("50", "50 USD"),
        ("50.00", "50 USD"),
        ("0.2", "0,20 USD"),
        ("0.045", "0,045 USD"),
        ("1.2300", "1,23 USD"),
        ("1234.5", "1 234,50 USD"),
        ("0", "0 USD"),
    ],
)
def test_a_sum_has_the_digits_that_count(app: Flask, amount: str, text: str) -> None:
    assert re.sub(r"\s", " ", money(Decimal(amount), "USD")) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1, "1 kB"),
        (20_000, "20 kB"),
        (999_001, "1000 kB"),
        (5_000_000, "5 MB"),
        (2_449_000, "2,4 MB"),
    ],
)
def test_a_size_is_in_kilobytes_or_megabytes(app: Flask, size: int, text: str) -> None:
    assert file_size(size) == text
