"""Channels and deliveries on their settings pages."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import select, update

from hub.admin import wording
from hub.channels.base import Channel, Health
from hub.channels.models import Account, Checkup
from hub.clock import now
from hub.extensions import db
from hub.intake import deliveries, gaps
from hub.intake.models import Delivery, DeliveryState, Gap, KeptItem
from hub.outbox import actions as outbox
from hub.tickets.models import DeliveryStatus, Message
from tests.builders import at, create_account, create_ticket
from tests.chirp import create_chirp_ticket, spend
from tests.statements import counted


@pytest.fixture
def page(signed_in, admin):
    return signed_in(admin)


def account() -> Account:
    db.session.rollback()
    return db.session.scalars(select(Account)).one()


def account_id(number: int) -> int:
    query = select(Account.id).where(Account.external_id == f"page {number}")
    return db.session.scalars(query).one()


def create_delivery(body: bytes = b'{"object": "page"}', **values: object) -> Delivery:
    key = deliveries.store("facebook", body)
    delivery = db.session.get_one(Delivery, key)
    for name, value in values.items():
        setattr(delivery, name, value)
    db.session.commit()
    return delivery


def create_kept(reason: str = "unknown field", raw: object = None, number: int = 0) -> KeptItem:
    delivery = create_delivery(f'{{"n": {number}}}'.encode(), state=DeliveryState.DONE)
    item = KeptItem(delivery_id=delivery.id, position=0, reason=reason, raw=raw or {"a": number})
    db.session.add(item)
    db.session.commit()
    return item


def test_each_account_is_shown_with_its_channel_and_id(page):
    create_account(name="Région Exemple")
    shown = page.get("/settings/channels").text
    assert "Région Exemple" in shown
    assert "104000000000001" in shown


def test_an_instant_of_a_check_is_said_in_the_councils_time(app):
    health = Health(facts={"Ends": datetime(2027, 1, 9, 12, tzinfo=UTC), "Page": "Région"})
    assert wording.facts(health.facts) == [
        ("Ends", "samedi 9 janvier 2027, 13:00"),
        ("Page", "Région"),
    ]


def test_a_broken_account_says_what_to_do(page):
    create_account(broken_because="token_expired", broken_detail="code 190", broken_at=now())
    shown = page.get("/settings/channels").text
    assert "banner-danger" in shown
    assert "code 190" in shown


def test_an_account_of_a_channel_that_is_switched_off_is_shown_too(page):
    create_account("twitter", external_id="42", broken_because="whatever")
    assert "whatever" in page.get("/settings/channels").text


class Spy(Channel):
    """A channel that notes whether a transaction was open when it was asked."""

    label = "Spy"
    sentences = MappingProxyType({})

    def __init__(self) -> None:
        self.asked_in_transaction: bool | None = None

    def check(self, access) -> Health:
        self.asked_in_transaction = db.session().in_transaction()
        return Health(problems=("The token ends tomorrow.",), facts={"App": "<b>hub</b>"})


def test_a_check_shows_problems_and_facts_and_asks_outside_of_a_transaction(app, page):
    spy = Spy()
    known = create_account("spy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.extensions["hub.channels"], "spy", spy)
        shown = page.post(f"/settings/channels/{known.id}/check").text
    assert "The token ends tomorrow." in shown
    assert "&lt;b&gt;hub" in shown
    assert spy.asked_in_transaction is False


def test_a_check_of_a_platform_out_of_reach_says_so(page):
    known = create_account()
    shown = page.post(f"/settings/channels/{known.id}/check").text
    assert "account-health" in shown
    assert "banner-danger" in shown


def test_credentials_sealed_with_another_key_are_told(page):
    known = create_account()
    known.sealed_credentials = "gAAAAA-not-ours"
    db.session.commit()
    assert "SECRET_KEY" in page.post(f"/settings/channels/{known.id}/check").text


def test_resuming_clears_the_trouble_and_releases_what_waited(page):
    ticket = create_ticket()
    message = outbox.reply(ticket, "Bonjour", visibility="private", by=None)
    message.delivery = DeliveryStatus.WAITING
    message.next_at = now() + timedelta(hours=1)
    ticket.account.broken_because = "token_expired"
    ticket.account.broken_at = now()
    db.session.commit()
    page.post(f"/settings/channels/{ticket.account_id}/resume")
    assert account().broken_because == ""
    assert account().broken_at is None
    assert db.session.get_one(Message, message.id).next_at <= now()


def test_an_account_that_the_council_gave_up_is_connected_again_and_not_resumed(page):
    account_id = create_account(broken_because="disconnected", broken_at=now()).id
    assert "resume" not in page.get("/settings/channels").text
    page.post(f"/settings/channels/{account_id}/resume")
    db.session.rollback()
    assert account().broken_because == "disconnected"


def test_resuming_touches_no_other_account(page):
    ticket = create_ticket()
    message = outbox.reply(ticket, "Bonjour", visibility="private", by=None)
    message.delivery = DeliveryStatus.WAITING
    message.next_at = now() + timedelta(hours=1)
    db.session.commit()
    other = create_account("web", broken_because="mail")
    page.post(f"/settings/channels/{other.id}/resume")
    db.session.rollback()
    assert db.session.get_one(Message, message.id).next_at > now()


def test_kept_items_are_listed_with_their_reason_as_text(page):
    create_kept("<img src=x> is unknown")
    shown = page.get("/settings/deliveries").text
    assert "&lt;img src=x&gt; is unknown" in shown


def test_the_raw_content_is_shown_as_inert_text(page):
    item = create_kept(raw={"text": "<script>alert(1)</script>", "où": "là"})
    shown = page.get(f"/settings/deliveries/{item.delivery_id}").text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;" in shown
    assert "là" in shown


@pytest.mark.parametrize("body", [b"\xff\xfe not text", b"[1, 2", json.dumps({"é": 1}).encode()])
def test_a_delivery_is_shown_whatever_its_bytes(page, body):
    delivery = create_delivery(body, state=DeliveryState.FAILED, error="ValueError: no")
    shown = page.get(f"/settings/deliveries/{delivery.id}")
    assert shown.status_code == 200
    assert "ValueError: no" in shown.text


def create_polled(reason: str = "no author", number: int = 0) -> KeptItem:
    item = create_kept(reason, number=number)
    delivery = db.session.get_one(Delivery, item.delivery_id)
    delivery.state = DeliveryState.POLLED
    item.account_id, item.asked_since = create_account().id, at("2026-11-10 08:00")
    db.session.commit()
    return item


def test_what_a_poll_brought_is_shown_and_asked_for_anew(page):
    first, second = create_polled(), create_polled(number=1)
    shown = page.get(f"/settings/deliveries/{first.delivery_id}").text
    assert "Kept aside" in shown
    assert "Ask the platform anew" in shown
    assert "Came by asking" in page.get("/settings/deliveries").text
    chosen = {"delivery": [first.delivery_id, second.delivery_id]}
    said = page.post("/settings/deliveries/replay", data=chosen, follow_redirects=True).text
    assert "The platform is asked anew for 2 items." in said
    db.session.rollback()
    gap = db.session.scalars(select(Gap)).one()
    assert (gap.reason, gap.since, gap.until) == ("replay", at("2026-11-10 08:00"), None)


def test_all_that_a_page_shows_are_processed_again_and_no_others(page):
    items = [create_kept(number=number) for number in range(52)]
    first = page.get("/settings/deliveries").text
    assert "Process the 50 shown here again" in first
    assert "Process all 52 again" in first
    shown = re.findall(r'name="shown" value="(\d+)"', first)
    page.post("/settings/deliveries/replay", data={"all": "shown", "shown": shown})
    db.session.rollback()
    left = db.session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.DONE))
    assert list(left) == [item.delivery_id for item in items[:2]]


def test_long_lists_are_paged_newest_first(page):
    items = [create_kept(f"reason {number:03}", number=number) for number in range(52)]
    first = page.get("/settings/deliveries").text
    older = page.get(f"/settings/deliveries?before={items[2].id}").text
    assert "reason 051" in first
    assert "reason 002" in first
    assert "reason 001" not in first
    assert f"before={items[2].id}" in first
    assert "reason 001" in older
    assert "reason 002" not in older


def test_failed_deliveries_have_their_own_list(page):
    create_kept("kept aside")
    create_delivery(state=DeliveryState.FAILED, error="given up")
    failed = page.get("/settings/deliveries?show=failed").text
    assert "given up" in failed
    assert "kept aside" not in failed


def test_chosen_deliveries_are_processed_again(page, work):
    first, second = (create_kept(number=number).delivery_id for number in (1, 2))
    page.post("/settings/deliveries/replay", data={"delivery": [first]})
    db.session.rollback()
    states = {d.id: d.state for d in db.session.scalars(select(Delivery))}
    assert states == {first: "waiting", second: "done"}
    work()
    db.session.expire_all()
    assert db.session.get_one(Delivery, first).attempts == 1


def test_all_failed_deliveries_are_processed_again_at_once(page):
    failed = create_delivery(state=DeliveryState.FAILED, attempts=8)
    kept = create_kept()
    page.post("/settings/deliveries/replay", data={"all": "failed"})
    db.session.expire_all()
    assert db.session.get_one(Delivery, failed.id).state == "waiting"
    assert db.session.get_one(Delivery, kept.delivery_id).state == "done"


def test_choosing_nothing_asks_to_choose(page):
    create_kept()
    answer = page.post("/settings/deliveries/replay", data={}, follow_redirects=True)
    assert "notice-error" in answer.text


def test_the_first_page_tells_what_needs_somebody(page):
    quiet = page.get("/settings").text
    create_account(name="Région Exemple", broken_because="token_expired")
    create_kept()
    create_delivery(state=DeliveryState.FAILED)
    loud = page.get("/settings").text
    assert "banner-success" in quiet
    assert (loud.count('"banner banner-danger'), loud.count('"banner banner-warning')) == (2, 1)


# --- Health -------------------------------------------------------------------------------------


def keep_checkup(account_id: int, **values: object) -> None:
    db.session.add(Checkup(account_id=account_id, checked_at=now(), **values))
    db.session.commit()


def test_each_state_of_an_account_is_told_in_words(page):
    states = {
        "Works": {},
        "Looked at again soon": {"problems": ["It hums."], "sick_since": now()},
        "Needs somebody": {"problems": ["It is silent."], "sick_since": now(), "told_at": now()},
    }
    for number, values in enumerate(states.values()):
        keep_checkup(create_account(external_id=f"page {number}").id, **values)
    create_account(external_id="new")
    create_account(external_id="broken", broken_because="token_expired", broken_at=now())
    create_account("pigeon", external_id="off")
    said = shown(page)
    for word in (*states, "Not checked yet", "Paused", "Channel switched off", "It is silent."):
        assert word in said, word


def test_what_a_look_found_is_kept_in_the_councils_language_for_the_next_reader(app, page):
    spy, known = Spy(), create_account("spy").id
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.extensions["hub.channels"], "spy", spy)
        page.post(f"/settings/channels/{known}/check")
        assert "The token ends tomorrow." in shown(page)
    assert db.session.get_one(Checkup, known).facts == {"App": "<b>hub</b>"}


def test_what_was_missed_is_told_with_what_came_of_it(page):
    known = create_account().id
    whole = {"account_id": known, "since": at("2026-11-09 08:00"), "until": at("2026-11-09 09:00")}
    db.session.add_all(
        [
            Gap(**whole, reason="down", filled_at=now(), found=3),
            Gap(**whole, reason="deaf", filled_at=now()),
            Gap(**whole, reason="by-hand", error="invalid"),
            Gap(**{**whole, "until": None}, reason="paused"),
        ]
    )
    db.session.flush()
    db.session.execute(update(Gap).where(Gap.until.is_not(None)).values(next_at=None))
    db.session.commit()
    said = shown(page)
    assert "The hub was down." not in said  # the three latest are enough
    assert "The platform did not deliver. Nothing was missing." in said
    assert "Somebody asked. It was given up. The platform refused the question" in said
    assert "9 nov. 2026, 09:00 to now The account was paused. The platform is being asked." in said
    first = db.session.scalars(select(Gap).order_by(Gap.id)).first()
    assert wording.gap("facebook", first) == (
        "9 nov. 2026, 09:00 to 10:00",
        "The hub was down. 3 messages were missing and have come in.",
    )


def test_what_was_missed_can_be_asked_for_by_hand(page, client):
    known = create_account()
    names = [f"ask-{known.id}-since", f"ask-{known.id}-until"]
    asked = f"/settings/channels/{known.id}/ask"
    for since, until, error in (
        ("", "", "Enter from when on."),
        ("2999-01-01T10:00", "", "Enter a time that has passed."),
        ("2026-11-09T10:00", "2026-11-09T09:00", "Enter a time after the first one."),
    ):
        answer = page.post(asked, data=dict(zip(names, (since, until), strict=True)))
        assert (answer.status_code, error in html.unescape(answer.text)) == (422, True), error
    assert db.session.scalars(select(Gap)).all() == []
    page.post(asked, data=dict(zip(names, ("2026-11-09T10:00", "2026-11-09T12:30"), strict=True)))
    db.session.rollback()
    gap = db.session.scalars(select(Gap)).one()
    assert (gap.since, gap.until) == (at("2026-11-09 09:00"), at("2026-11-09 11:30"))
    assert gap.reason == "by-hand"


def test_of_an_odd_time_that_part_is_asked_for_which_platforms_can_tell_of(page):
    known = create_account()
    asked = f"/settings/channels/{known.id}/ask"
    odd = {f"ask-{known.id}-since": "0001-01-01T00:00", f"ask-{known.id}-until": "9999-12-31T23:59"}
    assert page.post(asked, data=odd).status_code == 302
    db.session.rollback()
    gap = db.session.scalars(select(Gap)).one()
    assert (gap.since, gap.until) == (gaps.EARLIEST, None)


def test_of_a_paused_account_it_is_told_when_its_platform_is_asked(page):
    known = create_account(broken_because="token_expired", broken_at=now())
    db.session.add(Gap(account_id=known.id, since=at("2026-11-09 08:00"), reason="paused"))
    db.session.commit()
    said = shown(page)
    assert "The account was paused. The platform is asked once the account is mended." in said


def test_supervisors_read_and_change_nothing(signed_in, supervisor):
    create_account(broken_because="token_expired", broken_at=now())
    said = signed_in(supervisor).get("/settings/channels").text
    assert "What was missed" in said
    assert 'action="/settings' not in said


def test_a_page_without_a_worker_says_so(page):
    create_account(connected_at=now() - timedelta(hours=1))
    assert "No worker seems to run" in shown(page)
    keep_checkup(account().id)
    assert "No worker seems to run" not in shown(page)


# --- Money and polling ------------------------------------------------------------------------


def shown(page) -> str:
    """The words of the page, one blank between them."""
    text = re.sub(r"<[^>]+>", " ", page.get("/settings/channels").text)
    return " ".join(html.unescape(text).split())


def test_what_answers_have_cost_stands_beside_its_ceiling(chirp, page):
    ticket = create_chirp_ticket()
    assert "Cost of answers this month 0 of 50 USD" in shown(page)
    spend(ticket, "1.23")
    assert "Cost of answers this month 1,23 of 50 USD" in shown(page)
    chirp.ceiling = None
    assert "Cost of answers this month 1,23 USD" in shown(page)


def test_an_account_whose_answers_cost_nothing_has_no_line_for_it(page):
    create_account()
    assert "Cost of answers this month" not in shown(page)


def test_how_polling_goes_is_told_in_words(chirp, page):
    polled = create_chirp_ticket().account
    assert "Asked last" not in shown(page)
    chirp.poll_every = timedelta(minutes=2)
    assert "asked for every 120 seconds Asked last not yet" in shown(page)
    polled.polled_at, polled.poll_error = now() - timedelta(hours=3), "muted"
    db.session.commit()
    said = shown(page)
    assert "Asked last il y a 3 heures" in said
    assert chirp.sentences["muted"] in said


def test_the_page_costs_the_same_with_many_accounts(chirp, page):
    create_account()
    with counted() as few:
        page.get("/settings/channels")
    for number in range(9):
        keep_checkup(create_account(external_id=f"page {number}").id, problems=["It hums."])
        since = at("2026-11-09 08:00")
        db.session.add(Gap(account_id=account_id(number), since=since, reason="down"))
    db.session.commit()
    create_chirp_ticket()
    with counted() as many:
        page.get("/settings/channels")
    assert len(many) == len(few), many
