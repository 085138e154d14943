"""What machines ask."""

from datetime import timedelta

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from hub import create_app
from hub.admin import figures, probes
from hub.channels.models import Checkup
from hub.clock import now
from hub.extensions import db
from hub.intake import deliveries, gaps
from hub.intake.models import Delivery, DeliveryState, KeptItem
from hub.outbox import actions as outbox
from hub.tickets.models import DeliveryStatus
from tests.builders import create_account, create_ticket
from tests.conftest import make_settings
from tests.plans import whole_reads_of
from tests.statements import counted

OUTSIDE = {"REMOTE_ADDR": "203.0.113.7"}


def figures_of(text: str) -> dict[str, float]:
    """Name and labels -> value."""
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_healthz_answers_without_asking_anybody(client):
    with counted() as asked:
        assert client.get("/healthz").status_code == 200
    assert asked == []


def test_readyz_says_that_everything_works(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == dict.fromkeys(("database", "queue", "migrations", "writing"), "ok")


def test_readyz_names_a_queue_out_of_reach(app, client, monkeypatch):
    class Cut:
        def waiting(self) -> int:
            raise OSError("no queue")

    monkeypatch.setitem(app.extensions, "hub.doorbell", Cut())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {
        "database": "ok", "queue": "failed", "migrations": "ok", "writing": "ok"
    }  # fmt: skip


def test_readyz_names_a_database_behind_the_code(engine_name, new_database, tmp_path):
    app = create_app(make_settings(tmp_path, new_database(engine_name)))
    empty = app.test_client().get("/readyz")
    with app.app_context():
        upgrade()
        downgrade(revision="-1")
    behind = app.test_client().get("/readyz")
    with app.app_context():
        db.engine.dispose()
    for answer in (empty, behind):
        assert answer.status_code == 503
        assert (answer.json["database"], answer.json["queue"]) == ("ok", "ok")
        assert answer.json["migrations"] == "failed"


@pytest.fixture
def cut_off(tmp_path) -> Flask:
    """A hub whose database cannot be reached."""
    return create_app(make_settings(tmp_path, "postgresql://127.0.0.1:9/nowhere"))


def test_readyz_names_a_database_out_of_reach(cut_off):
    answer = cut_off.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {
        "database": "failed", "queue": "ok", "migrations": "failed", "writing": "failed"
    }  # fmt: skip


def test_healthz_and_metrics_live_on_without_the_database(cut_off):
    client = cut_off.test_client()
    assert client.get("/healthz").status_code == 200
    found = figures_of(client.get("/metrics").text)
    assert found["hub_database_up"] == 0
    assert "hub_requests_total probes.healthz 200" in found


def test_requests_are_counted_by_endpoint_and_status(client):
    before = figures_of(client.get("/metrics").text)
    client.get("/healthz")
    client.get("/no/such/page")
    after = figures_of(client.get("/metrics").text)

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert more("hub_requests_total probes.healthz 200") == 1
    assert more("hub_requests_total none 404") == 1
    assert more("hub_request_seconds_count probes.healthz") == 1


def test_addresses_never_become_labels(client):
    client.get("/suivi/a-token-that-nobody-may-learn")
    assert "a-token-that-nobody" not in client.get("/metrics").text


def test_the_gauges_are_what_the_rows_say(client):
    ticket = create_ticket()
    for status in (DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN, DeliveryStatus.PENDING):
        message = outbox.reply(ticket, "Bonjour", visibility="private", by=None)
        message.delivery = status
        message.next_at = now() - timedelta(minutes=5) if status == "pending" else None
    sent = outbox.reply(ticket, "Bonjour", visibility="private", by=None)
    sent.delivery, sent.next_at = DeliveryStatus.SENT, None
    create_account("web", broken_because="mail")
    for number, state in enumerate([DeliveryState.WAITING, DeliveryState.FAILED]):
        key = deliveries.store("facebook", bytes([number]))
        db.session.get_one(Delivery, key).state = state
        db.session.add(KeptItem(delivery_id=key, position=0, reason="r", raw={}))
    db.session.commit()
    found = figures_of(client.get("/metrics").text)
    assert found["hub_deliveries waiting"] == found["hub_deliveries failed"] == 1
    assert found["hub_kept_items"] == 2
    states = {state: found[f"hub_outbound_messages {state}"] for state in figures.OUTBOUND}
    assert states == {
        "pending": 1, "sending": 0, "waiting": 0, "scheduled": 0,
        "unknown": 1, "failed": 1, "cancelled": 0,
    }  # fmt: skip
    assert found["hub_oldest_due_seconds message"] == pytest.approx(300, abs=20)
    assert found["hub_oldest_due_seconds delivery"] == pytest.approx(0, abs=20)
    assert found["hub_oldest_due_seconds file"] == 0
    assert found["hub_tickets_waiting"] == 1
    assert found["hub_accounts_broken"] == 1
    assert found["hub_database_up"] == 1


def test_the_gauges_name_the_accounts_that_need_somebody(client):
    ticket = create_ticket(message={"posted_at": now() - timedelta(minutes=10)})
    create_account("web", external_id="form", broken_because="mail", broken_at=now())
    db.session.add(Checkup(account_id=ticket.account_id, told_at=now()))
    gaps.note(ticket.account_id, now(), reason=gaps.DOWN)
    doubted = outbox.reply(ticket, "Bonjour", visibility="private", by=None)
    doubted.delivery, doubted.doubted_at = DeliveryStatus.UNKNOWN, now() - timedelta(minutes=3)
    doubted.next_at = None
    db.session.commit()
    found = figures_of(client.get("/metrics").text)
    page = f"{ticket.account.external_id} facebook"
    assert (found[f"hub_account_sick {page}"], found["hub_account_sick form web"]) == (1, 1)
    assert found[f"hub_last_event_seconds {page}"] == pytest.approx(600, abs=20)
    assert "hub_last_event_seconds form web" not in found
    assert found["hub_gap_open"] == 1
    assert found["hub_oldest_unknown_seconds"] == pytest.approx(180, abs=20)


def test_no_gauge_reads_the_whole_table_of_messages(app: Flask):
    create_ticket()
    readings = (
        figures.outbound,
        figures.oldest_due_seconds,
        figures.oldest_unknown_seconds,
        figures.last_event_seconds,
    )
    assert whole_reads_of("message", *readings) == []


def test_metrics_are_closed_to_the_world(client):
    answer = client.get("/metrics", environ_base=OUTSIDE)
    assert answer.status_code == 403
    assert "hub_requests" not in answer.text


def test_metrics_are_open_to_this_machine(client):
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_a_proxy_on_this_machine_opens_them_to_nobody(client, header):
    assert client.get("/metrics", headers={header: "203.0.113.7"}).status_code == 403


def test_with_a_trusted_proxy_this_machine_needs_the_token_too(client, settings_changed):
    settings_changed(trusted_proxies=1)
    assert client.get("/metrics").status_code == 403


@pytest.mark.parametrize(
    ("sent", "status"),
    [("Bearer right", 200), ("Bearer wrong", 403), ("Bearer ", 403), ("Basic cmlnaHQ6", 403)],
)
def test_who_carries_the_token_reads_them_from_anywhere(client, settings_changed, sent, status):
    settings_changed(metrics_token="right")
    answer = client.get("/metrics", headers={"Authorization": sent}, environ_base=OUTSIDE)
    assert answer.status_code == status


def test_an_empty_token_opens_nothing(client):
    answer = client.get("/metrics", headers={"Authorization": "Bearer "}, environ_base=OUTSIDE)
    assert answer.status_code == 403


def test_the_reasons_of_a_failing_probe_stay_in_the_log(cut_off):
    assert "127.0.0.1" not in cut_off.test_client().get("/readyz").text


def test_a_database_that_fails_in_the_middle_gives_no_half_figures(app, client, monkeypatch):
    def fails() -> int:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(probes.figures, "accounts_broken", fails)
    found = figures_of(client.get("/metrics").text)
    assert found["hub_database_up"] == 0
    assert "hub_kept_items" not in found
