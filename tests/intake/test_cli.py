"""Deliveries and back-fill from the command line."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from click.testing import Result
from sqlalchemy import func, select

from hub.channels.base import Channel, Echo, Ignored, Parsed, RetryLater, Unknown
from hub.extensions import db
from hub.intake import deliveries, gaps
from hub.intake.models import Delivery, DeliveryState, KeptItem
from hub.tickets.models import Message, Ticket
from tests.builders import PAGE_ID, at, create_account, create_department, inbound


@pytest.fixture
def run(app):
    """Gives a function: words of a command -> its result."""

    def invoke(*words: str) -> Result:
        db.session.rollback()
        return app.test_cli_runner().invoke(args=list(words))

    return invoke


def create_delivery(state: DeliveryState, error: str = "", kept: int = 0) -> int:
    known = db.session.scalar(select(func.count()).select_from(Delivery))
    key = deliveries.store("facebook", b"%d" % known)
    assert key is not None
    delivery = db.session.get_one(Delivery, key)
    delivery.state, delivery.error = state, error
    delivery.kept = [KeptItem(position=n, reason="r", raw={}) for n in range(kept)]
    db.session.commit()
    return key


def states() -> dict[int, str]:
    db.session.rollback()
    return dict(db.session.execute(select(Delivery.id, Delivery.state)).all())


@pytest.fixture
def three(app) -> tuple[int, int, int]:
    """A delivery that is done, one with two items kept aside, one that was given up."""
    return (
        create_delivery(DeliveryState.DONE),
        create_delivery(DeliveryState.DONE, kept=2),
        create_delivery(DeliveryState.FAILED, error="OperationalError: gone"),
    )


def test_the_list_is_newest_first_with_what_went_wrong(run, three):
    lines = run("deliveries", "list").output.splitlines()
    assert [int(line.split()[0]) for line in lines] == list(reversed(three))
    assert "OperationalError: gone" in lines[0]
    assert "kept 2" in lines[1]
    assert "kept 0" in lines[2]


def test_the_list_can_be_narrowed(run, three):
    _done, kept, failed = three
    assert run("deliveries", "list", "--state", "failed").output.split()[0] == str(failed)
    assert run("deliveries", "list", "--kept").output.split()[0] == str(kept)
    assert len(run("deliveries", "list", "--limit", "2").output.splitlines()) == 2
    assert run("deliveries", "list", "--state", "done").output.count("facebook") == 2


def test_named_deliveries_are_processed_again(run, three):
    done, kept, failed = three
    said = run("deliveries", "replay", str(done), "999999").output
    assert said == "1 deliveries will be processed again.\n"
    assert states() == {done: "waiting", kept: "done", failed: "failed"}


@pytest.mark.parametrize(
    ("options", "again"), [(["--failed"], {2}), (["--kept"], {1}), (["--failed", "--kept"], {1, 2})]
)
def test_all_failed_or_kept_ones_are_processed_again(run, three, options, again):
    run("deliveries", "replay", *options)
    waiting = {key for key, state in states().items() if state == "waiting"}
    assert waiting == {three[n] for n in again}


def test_replaying_nothing_is_a_mistake(run, three):
    assert run("deliveries", "replay").exit_code == 2
    assert "waiting" not in states().values()


# --- Back-fill --------------------------------------------------------------------------------


class Remembered(Channel):
    """A channel that holds these values, and may stop half-way."""

    slug = "remembered"
    label = "Remembered"

    def __init__(self, *values: Parsed | Exception) -> None:
        self.sentences = {"busy": "The platform is busy."}
        self.values = values
        self.since: datetime | None = None
        self.in_transaction = False

    def backfill(self, _access, since: datetime) -> Iterator[Parsed]:
        self.since = since
        for value in self.values:
            self.in_transaction |= db.session().in_transaction()
            if isinstance(value, Exception):
                raise value
            yield value


@pytest.fixture
def remembered(app, monkeypatch):
    """Gives a function: values -> a connected channel that holds them."""
    create_department("accueil")

    def connected(*values: Parsed | Exception) -> Remembered:
        channel = Remembered(*values)
        monkeypatch.setitem(app.extensions["hub.channels"], "remembered", channel)
        create_account("remembered", external_id=PAGE_ID, name="La page")
        return channel

    return connected


def backfill(run, channel: str = "remembered", since: str = "2026-11-20") -> Result:
    return run("backfill", channel, "--since", since)


def texts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Message.text).order_by(Message.id)))


def test_what_the_platform_holds_is_filed_and_counted(run, remembered):
    remembered(inbound(text="un"), inbound(text="deux"), Ignored(what="like"))
    done = backfill(run)
    assert done.exit_code == 0, done.output
    assert texts() == ["un", "deux"]
    assert done.output == "La page: 2 messages, 1 events without meaning\n"


def test_a_second_back_fill_files_nothing_twice(run, remembered):
    remembered(inbound(text="un"))
    backfill(run)
    assert backfill(run).exit_code == 0
    assert texts() == ["un"]


def test_what_cannot_be_placed_is_told_and_stops_nothing(run, remembered):
    lost = inbound(account="another page")
    remembered(Unknown(reason="no sender", raw={}), lost, inbound(text="un"))
    done = backfill(run)
    assert done.exit_code == 1
    assert "Not placed: no sender" in done.output
    assert "UnknownAccount" in done.output
    assert texts() == ["un"]


def test_what_came_before_the_platform_stopped_is_kept(run, remembered):
    remembered(inbound(text="un"), RetryLater("busy"), inbound(text="deux"))
    done = backfill(run)
    assert done.exit_code == 1
    assert "Stopped: The platform is busy." in done.output
    assert texts() == ["un"]


def test_no_transaction_is_open_while_the_platform_is_asked(run, remembered):
    echo = Echo(
        account=PAGE_ID, external_id="e", visibility="private", text="x", posted_at=at("2026-11-20")
    )
    channel = remembered(inbound(), inbound(account="lost"), echo, inbound())
    backfill(run)
    assert channel.in_transaction is False


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=ZoneInfo("Europe/Paris"))),
        ("2026-11-20T10:00", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ("2026-11-20T10:00+00:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
    ],
)
def test_since_is_read_in_the_councils_time_zone(run, remembered, written, meant):
    channel = remembered()
    backfill(run, since=written)
    assert channel.since == meant


def test_what_was_posted_after_the_end_is_left_out(run, remembered):
    remembered(
        inbound(text="un", posted_at=at("2026-11-20 08:59")),
        inbound(text="deux", posted_at=at("2026-11-20 09:01")),
        Ignored(what="like"),
    )
    done = run("backfill", "remembered", "--since", "2026-11-19", "--until", "2026-11-20T10:00")
    assert done.output == "La page: 1 messages, 1 events without meaning\n"
    assert texts() == ["un"]


def test_what_cannot_be_placed_is_kept_and_goes_once_it_can(run, remembered):
    channel = remembered(Unknown(reason="no sender", raw={"id": "m_9"}))
    backfill(run)
    kept = db.session.scalars(select(KeptItem)).one()
    said = run("deliveries", "replay", str(kept.delivery_id)).output
    assert "1 items came by asking: their platform is asked anew." in said
    channel.values = (inbound(external_id="m_9"),)
    assert backfill(run).exit_code == 0
    assert db.session.scalars(select(KeptItem)).all() == []


def test_of_an_odd_time_that_part_is_asked_for_which_platforms_can_tell_of(run, remembered):
    channel = remembered(inbound(text="un"))
    done = run("backfill", "remembered", "--since", "0001-01-01", "--until", "9999-12-31T23:59-12")
    assert (done.exit_code, channel.since) == (0, gaps.EARLIEST)


@pytest.mark.parametrize("written", ["yesterday", "2026-13-01", ""])
def test_since_must_be_an_instant(run, remembered, written):
    assert backfill(run, since=written).exit_code == 2


def test_a_channel_that_is_not_switched_on_is_named(run):
    done = backfill(run, channel="pigeon")
    assert done.exit_code == 1
    assert "pigeon is not in CHANNELS" in done.output


def test_a_channel_without_account_says_so(run):
    done = backfill(run, channel="web")
    assert done.output == "No account of web is connected.\n"


def test_an_outage_is_made_good_from_the_platform(run, meta):
    meta.write("25000000000000701", "Pendant la panne")
    meta.comment(meta.posts()[0].id, "25000000000000702", "Sous la publication")
    done = backfill(run, channel="facebook", since="2020-01-01")
    assert done.exit_code == 0, done.output
    assert {"Pendant la panne", "Sous la publication"} <= set(texts())
    tickets = db.session.scalar(select(func.count()).select_from(Ticket))
    backfill(run, channel="facebook", since="2020-01-01")
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == tickets
