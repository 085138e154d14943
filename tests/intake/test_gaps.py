"""What did not come in is noticed and asked for by itself, once, whatever stops it."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from hub.admin import actions as admin
from hub.channels import accounts
from hub.channels.base import AccessRevoked, AccountBroken, Deleted, RetryLater, Unknown
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.intake import backfill, gaps, pulse
from hub.intake.backfill import MARGIN
from hub.intake.models import Gap, KeptItem, Pulse
from hub.outbox import actions as outbox
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.tickets.models import DeliveryStatus, Message
from tests.alongside import alongside
from tests.builders import at, create_account
from tests.fake import ACCOUNT, account, echo, mention


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(at("2026-11-10 08:00"), tick=False) as traveller:
        yield traveller


def later(clock: Any, **span: float) -> None:
    clock.shift(timedelta(**span))


def texts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Message.text).order_by(Message.text)))


def filed() -> list[str | None]:
    db.session.rollback()
    return list(db.session.scalars(select(Message.external_id).order_by(Message.id)))


def noticed() -> list[Gap]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Gap).order_by(Gap.id)))


def the_gap() -> Gap:
    (found,) = noticed()
    return found


def note(**values: Any) -> int:
    """A gap of the fake account since now, or as the values say."""
    since = values.pop("since", now())
    gaps.note(account().id, since, reason=values.pop("reason", gaps.DOWN), **values)
    db.session.commit()
    gap_id = the_gap().id
    db.session.rollback()
    return gap_id


# --- The hub was down ---------------------------------------------------------------------------


def test_what_came_while_the_hub_was_down_comes_in_by_itself_and_once(
    meta: MetaStandIn, work: Any, clock: Any
) -> None:
    pulse.beat()
    later(clock, minutes=20)
    meta.write("25000000000000701", "Pendant la panne")
    later(clock, minutes=20)
    meta.comment(meta.posts()[0].id, "25000000000000702", "Sous la publication")
    later(clock, minutes=20)
    pulse.beat()
    work()
    assert texts() == ["Pendant la panne", "Sous la publication"]
    gap = the_gap()
    assert (gap.reason, gap.since, gap.found) == (gaps.DOWN, at("2026-11-10 08:00"), 2)
    assert (gap.filled_at, gap.until) == (now(), now())
    assert meta.deliver_pending() > 0  # the webhooks come late too
    work()
    assert texts() == ["Pendant la panne", "Sous la publication"]
    assert len(noticed()) == 1


def test_a_hub_that_is_up_or_new_has_no_gap(fake: Any, clock: Any) -> None:
    fake.receives_hooks = True
    for _beat in range(10):
        pulse.beat()
        later(clock, seconds=30)
    later(clock, minutes=2)
    pulse.beat()
    assert noticed() == []


def test_a_gap_is_noted_for_the_accounts_that_deliveries_are_for(fake: Any, clock: Any) -> None:
    page = create_account().id  # its platform delivers; the fake one is polled alone
    create_account(external_id="left", broken_because=accounts.DISCONNECTED, broken_at=now())
    create_account("web")
    paused = create_account(external_id="paused", broken_because="token_dead", broken_at=now()).id
    pulse.beat()
    later(clock, minutes=4)
    pulse.beat()
    pulse.beat()
    assert sorted(gap.account_id for gap in noticed()) == [page, paused]


def test_a_database_out_of_reach_is_a_gap_too(fake: Any, clock: Any, monkeypatch: Any) -> None:
    def away(*_values: Any, **_more: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("no database"))

    fake.receives_hooks = True
    pulse.beat()
    with monkeypatch.context() as patch:
        patch.setattr(pulse, "insert_unless_there", away)
        later(clock, minutes=30)
        with pytest.raises(OperationalError):
            pulse.beat()
    db.session.rollback()
    later(clock, minutes=1)
    pulse.beat()
    assert the_gap().since == at("2026-11-10 08:00")


def test_two_processes_that_start_together_note_one_gap(app: Flask, fake: Any, clock: Any) -> None:
    fake.receives_hooks = True
    pulse.beat()
    later(clock, hours=1)
    db.session.rollback()
    starters = [alongside(app, pulse.beat) for _process in range(3)]
    for starter in starters:
        starter.join()
    assert the_gap().since == at("2026-11-10 08:00")


def test_the_pulse_of_a_process_goes_on_until_it_is_stopped(
    app: Flask, fake: Any, monkeypatch: Any
) -> None:
    beats = threading.Semaphore(0)
    monkeypatch.setattr(pulse, "SECONDS", 0.01)

    def trouble() -> None:
        beats.release()
        raise OSError("no database")

    monkeypatch.setattr(pulse, "beat", trouble)
    stop = pulse.start(app)
    assert beats.acquire(timeout=5)
    assert beats.acquire(timeout=5)
    stop.set()
    assert db.session.scalars(select(Pulse)).all() == []


# --- The account was paused ---------------------------------------------------------------------


def test_while_an_account_is_paused_answers_wait_and_afterwards_what_was_missed_is_asked_for(
    fake: Any, work: Any, clock: Any
) -> None:
    ticket = intake.receive("fake", mention(external_id="in_a")).ticket
    outbox.reply(ticket, "Bonjour", visibility="public", by=None)
    later(clock, minutes=1)
    intake.note_revoked("fake", AccessRevoked(account=ACCOUNT, at=now()))
    intake.receive("fake", mention(external_id="in_b"))  # deliveries may still come
    work()
    later(clock, hours=3)
    work()
    assert filed() == ["in_a", None, "in_b"]
    waiting = db.session.scalars(select(Message).where(Message.external_id.is_(None))).one()
    assert waiting.delivery in {DeliveryStatus.PENDING, DeliveryStatus.WAITING}
    assert fake.backfilled == []
    fake.held = [mention(external_id="in_b"), mention(external_id="in_c")]
    accounts.connect("fake", ACCOUNT, name="Région", credentials={"access_token": "second"})
    work()
    assert {"in_a", "in_b", "in_c"} < set(filed())
    db.session.expire_all()
    assert db.session.get_one(Message, waiting.id).delivery == DeliveryStatus.SENT
    assert fake.backfilled == [at("2026-11-10 08:01") - MARGIN]
    assert (the_gap().reason, the_gap().found) == (gaps.PAUSED, 1)


def test_an_account_that_is_mended_before_anybody_looks_is_asked_too(
    fake: Any, work: Any, clock: Any
) -> None:
    accounts.pause(account(), AccountBroken("token_dead"))
    db.session.commit()
    later(clock, seconds=1)
    admin.resume(account())
    fake.held = [mention(external_id="in_a")]
    work()
    assert filed() == ["in_a"]


def test_an_account_that_the_council_gave_up_leaves_no_gap(fake: Any, work: Any) -> None:
    accounts.pause(account(), AccountBroken(accounts.DISCONNECTED))
    db.session.commit()
    work()
    assert noticed() == []


# --- Filling ------------------------------------------------------------------------------------


def test_what_was_here_before_is_not_counted_and_what_cannot_be_placed_is_kept(
    fake: Any, work: Any
) -> None:
    intake.receive("fake", mention(external_id="in_a"))
    gone = Deleted(account=ACCOUNT, external_id="in_z", deleted_at=now())
    fake.held = [
        mention(external_id="in_a"),
        Unknown(reason="no author", raw={"id": "in_x"}),
        echo("Nobody asked for it", "out_1"),
        gone,
        mention(external_id="in_b"),
    ]
    note()
    work()
    assert filed() == ["in_a", "in_b"]
    assert the_gap().found == 1
    kept = db.session.scalars(select(KeptItem)).one()
    assert (kept.account_id, kept.external_id) == (account().id, "in_x")
    assert kept.asked_since == at("2026-11-10 08:00") - MARGIN


def test_two_workers_fill_a_gap_once(app: Flask, fake: Any) -> None:
    both = threading.Barrier(2, timeout=10)
    asked = threading.Event()

    def slowly() -> Any:
        asked.set()
        both.wait()
        return mention(external_id="in_a")

    fake.held = [slowly]
    gap_id = note()
    first = alongside(app, lambda: backfill.fill(gap_id))
    assert asked.wait(10)
    backfill.fill(gap_id)  # the first has it
    both.wait()
    first.join()
    assert len(fake.backfilled) == 1
    assert (filed(), the_gap().found) == (["in_a"], 1)


def test_a_gap_whose_worker_was_killed_is_begun_again(fake: Any, work: Any, clock: Any) -> None:
    fake.held = [mention(external_id="in_a"), SystemExit("killed"), mention(external_id="in_b")]
    gap_id = note()
    with pytest.raises(SystemExit):
        backfill.fill(gap_id)
    del fake.held[1]
    assert gaps.due() == []
    later(clock, minutes=4)
    work()
    assert filed() == ["in_a", "in_b"]
    assert the_gap().filled_at == now()


def test_a_reader_that_waits_for_long_keeps_its_gap(
    fake: Any, clock: Any, monkeypatch: Any
) -> None:
    renewed = threading.Semaphore(0)
    renew = gaps.renew

    def noting(gap_id: int) -> None:
        renew(gap_id)
        renewed.release()

    def slowly() -> Any:
        later(clock, minutes=10)
        while renewed.acquire(blocking=False):
            """Those of before."""
        for _renewal in ("one that may have begun before", "the next"):
            assert renewed.acquire(timeout=10)
        assert gaps.due() == []
        db.session.rollback()
        return mention(external_id="in_a")

    monkeypatch.setattr(backfill, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(gaps, "renew", noting)
    fake.held = [slowly]
    backfill.fill(note())
    assert filed() == ["in_a"]


def test_a_renewal_that_comes_too_late_does_not_hold_the_gap_again(fake: Any) -> None:
    fake.held = [RetryLater("platform_down", "HTTP 503")]
    gap_id = note()
    backfill.fill(gap_id)
    gaps.renew(gap_id)
    assert the_gap().lease_until is None


def test_what_is_noticed_meanwhile_widens_the_gap_and_is_asked_for_too(
    fake: Any, work: Any, clock: Any
) -> None:
    def noticed_again() -> Any:
        later(clock, seconds=1)
        gaps.note(account().id, at("2026-11-09 12:00"), reason=gaps.DEAF)
        db.session.commit()
        return mention(external_id="in_a")

    fake.held = [noticed_again]
    gap_id = note()
    backfill.fill(gap_id)
    assert (the_gap().filled_at, the_gap().found) == (None, 1)
    fake.held = [mention(external_id="in_a")]
    work()
    assert fake.backfilled[1] == at("2026-11-09 12:00") - MARGIN
    assert (the_gap().filled_at, the_gap().found, the_gap().reason) == (now(), 1, gaps.DOWN)


def test_an_end_holds_only_while_every_notice_has_one(fake: Any) -> None:
    hour = timedelta(hours=1)
    note(since=now() - 3 * hour, until=now() - 2 * hour)
    note(since=now() - 2 * hour, until=now() - hour)
    assert (the_gap().since, the_gap().until) == (now() - 3 * hour, now() - hour)
    note(since=now() - hour)
    assert the_gap().until is None


def test_nothing_posted_after_the_end_is_filed(fake: Any, work: Any) -> None:
    fake.held = [
        mention(external_id="in_a", posted_at=at("2026-11-10 06:59")),
        mention(external_id="in_b", posted_at=at("2026-11-10 07:01")),
    ]
    note(since=at("2026-11-10 06:00"), until=at("2026-11-10 07:00"), reason=gaps.BY_HAND)
    work()
    assert filed() == ["in_a"]
    assert the_gap().until == at("2026-11-10 07:00")


# --- What stops it ------------------------------------------------------------------------------


def test_each_error_is_followed_by_its_own_next_step(fake: Any, work: Any, clock: Any) -> None:
    fake.held = [mention(external_id="in_a"), RetryLater("busy", at=at("2026-11-10 08:40"))]
    note()
    work()
    assert (the_gap().error, the_gap().next_at) == ("busy", at("2026-11-10 08:40"))
    fake.held[1] = KeyError("a bug of the channel")
    later(clock, minutes=40)
    work()
    assert (the_gap().error, the_gap().next_at) == ("internal", now() + timedelta(minutes=5))
    fake.held[1] = AccountBroken("token_dead")
    later(clock, minutes=5)
    work()
    assert (account().broken_because, the_gap().filled_at) == ("token_dead", None)
    later(clock, days=3)
    work()
    fake.held[1] = mention(external_id="in_b")
    admin.resume(account())
    work()
    assert (filed(), the_gap().found, the_gap().error) == (["in_a", "in_b"], 2, "")
    assert the_gap().filled_at == now()


def test_credentials_that_cannot_be_read_pause_the_account_and_keep_the_gap(
    fake: Any, settings_changed: Any
) -> None:
    gap_id = note()
    settings_changed(secret_key="another secret")
    backfill.fill(gap_id)
    assert account().broken_because == "credentials-unreadable"
    assert the_gap().next_at is not None
    assert fake.backfilled == []


def test_a_platform_that_never_answers_is_given_up_after_a_day(fake: Any, clock: Any) -> None:
    fake.held = [RetryLater("busy")]
    gap_id = note()
    begun_at = now()
    while (next_at := the_gap().next_at) is not None:
        clock.move_to(next_at)
        backfill.fill(gap_id)
    assert timedelta(hours=20) < now() - begun_at < timedelta(hours=28)
    assert (the_gap().filled_at, the_gap().error) == (None, "busy")
    assert gaps.due() == []


def test_a_channel_that_holds_nothing_is_not_asked(app: Flask, fake: Any, work: Any) -> None:
    form = create_account("web", broken_because="mail", broken_at=now())
    work()
    assert noticed() == []
    form.broken_because = ""
    db.session.commit()
    note()
    off = app.extensions["hub.channels"].pop("fake")
    assert gaps.due() == []
    app.extensions["hub.channels"]["fake"] = off
    assert gaps.due() == [the_gap().id]
