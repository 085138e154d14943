"""Amounts of money in the database, and writers who wait for each other."""

import sqlite3
from decimal import Decimal

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import create_engine, delete, func, select, update
from sqlalchemy.exc import OperationalError

from hub import database
from hub.extensions import db
from hub.outbox.models import Spending
from tests.builders import create_account


def keep(*amounts: str) -> None:
    account = create_account()
    for month, amount in enumerate(amounts, start=1):
        db.session.add(
            Spending(
                account_id=account.id,
                month=f"2026-{month:02}",
                currency="USD",
                amount=Decimal(amount),
            )
        )
    db.session.commit()


@pytest.mark.parametrize(
    ("amount", "kept"),
    [
        ("0.015", "0.015"),
        ("0", "0"),
        ("0.000001", "0.000001"),
        ("-0.2", "-0.2"),
        ("9000000000.123456", "9000000000.123456"),
        ("0.0000004", "0"),
        ("0.0000016", "0.000002"),
    ],
)
def test_an_amount_comes_back_exact_to_a_millionth(app, amount, kept):
    keep(amount)
    assert db.session.scalar(select(Spending.amount)) == Decimal(kept)


def test_the_database_adds_and_compares_without_rounding(app):
    keep(*["0.1"] * 10)
    tenth = update(Spending).values(amount=Spending.amount + Decimal("0.2"))
    db.session.execute(tenth)
    assert db.session.scalar(select(func.sum(Spending.amount))) == Decimal(3)
    exactly = select(func.count()).where(Spending.amount == Decimal("0.3"))
    assert db.session.scalar(exactly) == 10
    assert db.session.scalar(exactly.where(Spending.amount < Decimal("0.3"))) == 0


def test_no_amount_is_none(app):
    assert db.session.scalar(select(func.max(Spending.amount))) is None


def test_a_writer_begins_as_soon_as_the_one_before_it_has_ended(app, engine_name, monkeypatch):
    if engine_name == "postgresql":
        return  # it locks rows, and its queue is fair
    other = sqlite3.connect(db.engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    slept = []

    def end_after_three(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            other.rollback()

    monkeypatch.setattr(database, "sleep", end_after_three)
    keep("1")
    assert slept == [database.TURN_SECONDS] * 3
    other.close()
    assert db.session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000


# --- Transactions on PostgreSQL ------------------------------------------------------------------


def test_what_only_reads_opens_no_transaction_and_keeps_the_prepared_statements(app, engine_name):
    if engine_name != "postgresql":
        pytest.skip("SQLite needs a transaction to read")
    driver = db.session.connection().connection.driver_connection
    for _time in range(8):
        db.session.scalar(select(func.count()).select_from(Spending))
        assert driver.info.transaction_status == TransactionStatus.IDLE
        db.session.rollback()
    prepared = "SELECT count(*) FROM pg_prepared_statements WHERE strpos(statement, 'spending') > 0"
    assert db.session.connection().exec_driver_sql(prepared).scalar() > 0


def test_what_is_written_after_reading_is_kept_whole_or_not_at_all(app):
    keep("1", "2")
    assert db.session.scalar(select(func.count()).select_from(Spending)) == 2
    db.session.execute(update(Spending).values(amount=Decimal(5)))
    db.session.execute(delete(Spending).where(Spending.month == "2026-01"))
    db.session.rollback()
    assert set(db.session.scalars(select(Spending.amount))) == {Decimal(1), Decimal(2)}


def test_an_engine_that_commits_each_statement_goes_on_doing_so(app, engine_name):
    if engine_name != "postgresql":
        pytest.skip("SQLite has no such engine here")
    keep("1", "2")
    engine = create_engine(db.engine.url, isolation_level="AUTOCOMMIT")
    for amount in (3, 4):
        with engine.connect() as connection:
            connection.execute(update(Spending).values(amount=Decimal(amount)))
    engine.dispose()
    assert set(db.session.scalars(select(Spending.amount))) == {Decimal(4)}


@pytest.mark.parametrize("strength", [{}, {"key_share": True}, {"read": True}])
def test_a_row_that_is_read_to_be_changed_is_locked_until_the_end(app, engine_name, strength):
    if engine_name != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    keep("1")
    db.session.scalars(select(Spending).with_for_update(**strength)).one()
    with db.engine.connect() as other, pytest.raises(OperationalError):
        other.execute(select(Spending.month).with_for_update(nowait=True))
    db.session.rollback()
