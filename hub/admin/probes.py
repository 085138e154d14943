"""What machines ask: is the process alive, can it work, how is it doing.

With several gunicorn processes set PROMETHEUS_MULTIPROC_DIR to an empty folder, so that any of
them answers for all (prometheus-client reads it by itself).
"""

import hmac
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_address

import structlog
from flask import Blueprint, Flask, Response, current_app, g, request, request_started
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from config import Settings
from hub.accounts.access import guarded, public
from hub.admin import figures, schema
from hub.extensions import db
from hub.queue import Doorbell, is_our_turn

log = structlog.get_logger()

blueprint = Blueprint("probes", __name__)

#: How often readiness is proved by writing, however many ask.
WRITE_EVERY = timedelta(seconds=5)

REQUESTS = Counter("hub_requests", "Requests answered.", ["endpoint", "status"])
SECONDS = Histogram("hub_request_seconds", "Time until the answer began.", ["endpoint"])


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers. It asks nothing of anybody else."""
    return Response("alive\n", mimetype="text/plain")


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """The process can work: 200, or 503 with what fails. The reasons are in the log."""
    states: dict[str, str] = {}
    for name, check in CHECKS.items():
        known = name in NEED_DATABASE and states["database"] == "failed"
        states[name] = "failed" if known else _try(name, check)
    return states, 200 if set(states.values()) == {"ok"} else 503


@blueprint.get("/metrics")
@guarded
def metrics() -> ResponseReturnValue:
    """Figures in Prometheus' format, for who carries METRICS_TOKEN or asks from this machine."""
    if not _may_read_metrics():
        return Response(
            "Send METRICS_TOKEN as a bearer token, or ask from this machine without a proxy.\n",
            status=403,
            mimetype="text/plain",
        )
    rows = CollectorRegistry()
    rows.register(Rows())
    body = generate_latest(_process_registry()) + generate_latest(rows)
    return Response(body, content_type=CONTENT_TYPE_LATEST)


# --- Readiness ------------------------------------------------------------------------------


def _check_database() -> None:
    db.session.execute(text("SELECT 1"))


def _check_queue() -> None:
    doorbell: Doorbell = current_app.extensions["hub.doorbell"]
    doorbell.waiting()


def _check_migrations() -> None:
    present, wanted = schema.present(db.session.connection()), schema.wanted()
    if present != wanted:
        raise RuntimeError(f"the database is at {present or 'no migration'}, not at {wanted}")


def _check_writing() -> None:
    """A full disk and a read-only database answer every question. In a transaction of its own:
    on SQLite one that has read may write no more once somebody else has."""
    db.session.rollback()
    is_our_turn("readyz", WRITE_EVERY)


CHECKS: dict[str, Callable[[], None]] = {
    "database": _check_database,
    "queue": _check_queue,
    "migrations": _check_migrations,
    "writing": _check_writing,
}
#: Without the first one these need not be tried: each would wait for it anew.
NEED_DATABASE = {"migrations", "writing"}


def _try(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:  # whatever it is, this process cannot work
        log.warning("not ready", check=name, error=str(error))
        db.session.rollback()
        return "failed"
    return "ok"


# --- Metrics --------------------------------------------------------------------------------


class Rows(Collector):
    """The figures that are rows of the database, read at each scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Nothing but `hub_database_up` 0 when the database cannot be reached."""
        try:
            gauges = list(self._gauges())
        except SQLAlchemyError as error:
            log.warning("no figures", error=str(error))
            db.session.rollback()
            gauges = []
        yield GaugeMetricFamily("hub_database_up", "Is it reachable?", bool(gauges))
        yield from gauges

    def _gauges(self) -> Iterator[GaugeMetricFamily]:
        yield _labelled("hub_deliveries", "Raw deliveries.", "state", figures.deliveries())
        yield GaugeMetricFamily("hub_kept_items", "Items kept aside.", figures.kept_items())
        yield _labelled("hub_outbound_messages", "Not sent.", "state", figures.outbound())
        yield _labelled(
            "hub_oldest_due_seconds", "Age of what waits.", "kind", figures.oldest_due_seconds()
        )
        yield GaugeMetricFamily("hub_tickets_waiting", "Unanswered.", figures.tickets_waiting())
        yield GaugeMetricFamily("hub_accounts_broken", "Send nothing.", figures.accounts_broken())
        yield _by_account("hub_account_sick", "Needs somebody.", figures.accounts_sick())
        yield _by_account("hub_last_event_seconds", "Silent for.", figures.last_event_seconds())
        yield GaugeMetricFamily("hub_gap_open", "Gaps to fill.", figures.gaps_open())
        yield GaugeMetricFamily(
            "hub_oldest_unknown_seconds", "Unknown fate for.", figures.oldest_unknown_seconds()
        )


def _labelled(
    name: str, words: str, label: str, values: dict[str, int] | dict[str, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def _by_account(
    name: str, words: str, values: Mapping[tuple[str, str], float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=["channel", "account"])
    for account, number in values.items():
        family.add_metric(account, number)
    return family


def _process_registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _may_read_metrics() -> bool:
    settings: Settings = current_app.config["HUB"]
    sent = request.authorization.token if request.authorization else None
    if settings.metrics_token and sent:
        return hmac.compare_digest(sent.encode(), settings.metrics_token.encode())
    return not settings.trusted_proxies and _asks_from_this_machine()


def _asks_from_this_machine() -> bool:
    """A proxy on this machine that nobody told us of speaks for the world outside."""
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not forwarded and ip_address(request.remote_addr or "::").is_loopback


# --- Counting requests ----------------------------------------------------------------------


@blueprint.record_once
def _count_requests(state: BlueprintSetupState) -> None:
    request_started.connect(_note_start, state.app)


def _note_start(_app: Flask) -> None:
    g.started_at = time.perf_counter()


@blueprint.after_app_request
def _note_end(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    REQUESTS.labels(endpoint, str(response.status_code)).inc()
    SECONDS.labels(endpoint).observe(time.perf_counter() - g.started_at)
    return response
