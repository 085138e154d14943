import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask_babel import Babel

from hub.channels.base import RetryLater
from hub.channels.facebook.health import FIELDS, NEEDED_FIELDS, NEEDED_PERMISSIONS
from tests.channels.facebook.builders import NOW, channel, page_access
from tests.channels.facebook.wire import APP_ID, PAGE, SECRET, TOKEN, Answer, StandIn

ME = {"id": PAGE, "name": "Région Exemple"}
GOOD_TOKEN = {"is_valid": True, "expires_at": 0, "scopes": sorted(NEEDED_PERMISSIONS)}
SUBSCRIBED = {"id": APP_ID, "name": "Hub", "subscribed_fields": list(FIELDS)}


@pytest.fixture(autouse=True)
def _at_noon():
    reader = Flask("reader")
    Babel(reader, default_locale="fr")
    with reader.app_context(), time_machine.travel(NOW, tick=False):
        yield


def check(*, me=ME, token=GOOD_TOKEN, apps=(SUBSCRIBED,), access=None, **settings):
    """Check against a stand-in with this page, token and subscription: the health, and the
    requests it saw."""
    answers = {
        "/v25.0/me": me,
        "/v25.0/debug_token": token if isinstance(token, Answer) else {"data": token},
        f"/v25.0/{PAGE}/subscribed_apps": apps
        if isinstance(apps, Answer)
        else {"data": list(apps)},
    }

    def reply(request):
        found = answers[request.path]
        return found if isinstance(found, Answer) else Answer(found)

    with StandIn(reply) as meta:
        health = channel(graph_url=meta.url, **settings).check(access or page_access())
    return health, meta.requests


def problem(**changes):
    (found,) = check(**changes)[0].problems
    return found


def test_a_page_in_order_has_no_problem_and_its_facts():
    health, requests = check()

    assert health.problems == ()
    assert health.facts["Page"] == "Région Exemple"
    assert "pages_messaging" in health.facts["Permissions"]
    assert "feed" in health.facts["Events it tells us of"]
    asked = next(request for request in requests if request.path.endswith("debug_token"))
    assert asked.fields["input_token"] == TOKEN
    assert asked.fields["access_token"] == f"{APP_ID}|{SECRET}"


def test_a_token_of_another_page_is_a_problem():
    assert "another page" in problem(me={"id": "1", "name": "Autre"})


def test_a_dead_token_is_a_problem_in_metas_words():
    dead = Answer({"error": {"message": "Session expirée.", "code": 190}}, 400)

    assert "Session expirée." in problem(me=dead)


def test_a_token_that_meta_calls_invalid_is_a_problem():
    assert "no longer accepts" in problem(token=GOOD_TOKEN | {"is_valid": False})


@pytest.mark.parametrize("name", ["expires_at", "data_access_expires_at"])
def test_a_token_that_ends_soon_is_a_problem_with_its_day(name):
    soon = int((NOW + timedelta(days=3)).timestamp())

    assert "13 novembre 2026" in problem(token=GOOD_TOKEN | {name: soon})


def test_a_token_that_ends_late_is_a_fact():
    late = int((NOW + timedelta(days=60)).timestamp())

    health, _ = check(token=GOOD_TOKEN | {"expires_at": late})

    assert health.problems == ()
    assert health.facts["Access token ends"] == datetime(2027, 1, 9, 12, tzinfo=UTC)


def test_a_missing_permission_is_named():
    scopes = sorted(NEEDED_PERMISSIONS - {"pages_messaging"})

    assert "pages_messaging" in problem(token=GOOD_TOKEN | {"scopes": scopes})


def test_when_the_app_may_not_ask_about_the_token_the_rest_is_checked():
    refused = Answer({"error": {"message": "Non.", "code": 100}}, 400)

    health, _ = check(token=refused)

    assert health.problems == ()
    assert "Events it tells us of" in health.facts


@pytest.mark.parametrize("apps", [(), ({"id": "999", "subscribed_fields": list(FIELDS)},)])
def test_a_page_that_is_not_subscribed_is_a_problem(apps):
    assert "not subscribed" in problem(apps=apps)


@pytest.mark.parametrize("field", sorted(NEEDED_FIELDS))
def test_a_missing_field_is_named(field):
    fields = [name for name in FIELDS if name != field]

    assert f" {field}." in problem(apps=[SUBSCRIBED | {"subscribed_fields": fields}])


def test_a_page_that_may_tell_nothing_is_deaf():
    dead = Answer({"error": {"message": "Session expirée.", "code": 190}}, 400)
    for changes in ({"apps": ()}, {"app_secrets": ()}, {"me": dead}):
        assert check(**changes)[0].deaf, changes
    assert not check(token=GOOD_TOKEN | {"is_valid": False})[0].deaf
    assert not check()[0].deaf


def test_the_calls_that_are_left_are_a_fact_and_a_problem_once_almost_none_is():
    def used(share: int) -> Answer:
        usage = {"call_count": share, "total_time": 3, "total_cputime": 3}
        return Answer({"data": [SUBSCRIBED]}, headers={"X-App-Usage": json.dumps(usage)})

    assert "Calls left this hour" not in check()[0].facts
    few, _ = check(apps=used(28))
    assert (few.facts["Calls left this hour"], few.problems) == ("72 %", ())
    assert "(96 %)" in problem(apps=used(96))


def test_a_page_without_token_is_a_problem_and_meta_is_not_asked():
    health, requests = check(access=page_access(token=""))

    assert len(health.problems) == 1
    assert "no access token" in health.problems[0]
    assert requests == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"app_secrets": ()}, "FACEBOOK_APP_SECRET"),
        ({"verify_token": ""}, "FACEBOOK_VERIFY_TOKEN"),
        ({"app_id": ""}, "FACEBOOK_APP_ID"),
    ],
)
def test_a_missing_setting_is_named(changes, name):
    assert name in problem(**changes)


@pytest.mark.parametrize("answer", [Answer(b"<html>", 502), Answer(drop=True)])
def test_when_meta_cannot_be_asked_later_is_the_answer(answer):
    with pytest.raises(RetryLater):
        check(me=answer)


def test_subscribing_asks_for_all_the_hub_reads():
    with StandIn(lambda _: Answer({"success": True})) as meta:
        channel(graph_url=meta.url).subscribe(page_access())

    (request,) = meta.requests
    assert (request.method, request.path) == ("POST", f"/v25.0/{PAGE}/subscribed_apps")
    assert request.fields["subscribed_fields"].split(",") == list(FIELDS)
    assert set(FIELDS) >= NEEDED_FIELDS
