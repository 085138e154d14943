"""X's side of the playground, inside the whole application."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.sandbox.x.drafts import Draft
from hub.sandbox.x.identities import ACCOUNT_ID, HANDLE
from hub.sandbox.x.identities import PEOPLE as X_PEOPLE
from hub.sandbox.x.oddities import ODDITIES
from hub.sandbox.x.stand_in import XStandIn
from tests.sandbox.conftest import Hub
from tests.sandbox.test_playground import ME, citizen, do, page, whole_app

__all__ = ["citizen", "whole_app"]  # fixtures

MINE, OTHER = X_PEOPLE[0].id, X_PEOPLE[1].id


@pytest.fixture
def x(whole_app: Flask, hub: Hub) -> XStandIn:
    stand_in: XStandIn = whole_app.extensions["sandbox"].x
    stand_in.courier.background = False
    stand_in.courier.deliver = hub
    return stand_in


def newest(x: XStandIn) -> Any:
    return x.posts()[0]


def test_the_page_shows_the_accounts_posts_and_a_way_to_write(
    citizen: FlaskClient, x: XStandIn
) -> None:
    html = page(citizen)
    for post in x.posts():
        assert post.text.split(" : ")[0].split("#")[0] in html
    assert f">@{HANDLE} </textarea>" in html


def test_a_post_with_pictures_is_said_and_told(citizen: FlaskClient, x: XStandIn) -> None:
    answer = citizen.post(
        "/sandbox/x/publish",
        data={"who": ME.id, "text": f"@{HANDLE} voyez", "attached": ["shelter.jpg", "letter.jpg"]},
    )
    assert answer.status_code == 303
    assert (newest(x).author_id, newest(x).text, len(newest(x).media)) == (
        MINE, f"@{HANDLE} voyez", 2,
    )  # fmt: skip
    assert x.deliver_pending() == 1
    html = page(citizen)
    assert 'data-count="2"' in html
    do(citizen, "x/publish", text=f"@{HANDLE} et là", attached="bus.mp4")
    assert "<video" in page(citizen)


def test_a_thread_reads_from_top_to_bottom(citizen: FlaskClient, x: XStandIn) -> None:
    mention = x.post(MINE, f"@{HANDLE} bonjour")
    first = x.say(Draft(author=ACCOUNT_ID, text="Un (1/3)", reply_to=mention.id))
    aside = x.reply(OTHER, mention.id, "Pareil pour moi")
    second = x.say(Draft(author=ACCOUNT_ID, text="Deux (2/3)", reply_to=first.id))
    third = x.say(Draft(author=ACCOUNT_ID, text="Trois (3/3)", reply_to=second.id))
    html = page(citizen)
    places = [html.index(f'id="p-{post.id}"') for post in (mention, first, second, third, aside)]
    assert places == sorted(places)
    going_on = re.findall(r'<li class="tweet[^"]* goes-on" id="p-(\d+)"', html)
    assert going_on[:3] == [mention.id, first.id, second.id]


def test_one_answers_quotes_likes_and_reposts(citizen: FlaskClient, x: XStandIn) -> None:
    own = x.council_posts("Du nouveau")
    do(citizen, "x/publish", post=own.id, text="Et le samedi ?")
    assert newest(x).reply_to == own.id
    do(citizen, "x/quote", post=own.id, text="À lire")
    assert newest(x).quote_of == own.id
    do(citizen, "x/like", post=own.id, on="yes")
    do(citizen, "x/repost", post=own.id)
    html = page(citizen)
    assert "tweet-quoted" in html
    assert "tweet-sums" in html
    do(citizen, "x/like", post=own.id, on="no")
    with x.reading() as store:
        assert store.likes([own.id]) == set()


def test_one_edits_and_deletes_ones_own_posts_only(citizen: FlaskClient, x: XStandIn) -> None:
    mine = x.post(MINE, f"@{HANDLE} bonjur")
    theirs = x.post(OTHER, f"@{HANDLE} bonjour")
    do(citizen, "x/edit", post=mine.id, text=f"@{HANDLE} bonjour")
    assert newest(x).first_id == mine.id
    html = page(citizen)
    assert html.count('action="/sandbox/x/edit"') == 1
    assert do(citizen, "x/edit", post=theirs.id, text="x").status_code == 403
    assert do(citizen, "x/delete", post=theirs.id).status_code == 403
    do(citizen, "x/delete", post=newest(x).id)
    assert mine.id not in {post.first_id for post in x.posts()}


def test_messages_are_said_with_a_picture_or_encrypted(citizen: FlaskClient, x: XStandIn) -> None:
    do(citizen, "x/write", text="Bonjour", attached="letter.jpg")
    do(citizen, "x/write-encrypted")
    first, second = x.conversation(MINE)
    assert (first.text, bool(first.media), second.encrypted) == ("Bonjour", True, True)
    html = page(citizen)
    assert "/sandbox/files/letter.jpg" in html
    assert "line-locked" in html


MISTAKEN: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("x/publish", {"text": "  "}, 400),
    ("x/publish", {"text": "Bonjour", "attached": "secrets.txt"}, 400),
    ("x/publish", {"text": "Bonjour", "post": "12"}, 404),
    ("x/publish", {"attached": ["bus.mp4", "letter.jpg"]}, 400),
    ("x/quote", {"text": "Bonjour"}, 400),
    ("x/edit", {"post": "12", "text": "x"}, 403),
    ("x/write", {"text": ""}, 400),
    ("x/write", {"attached": "bus.mp4"}, 400),
    ("x/faults", {"name": "nothing"}, 400),
    ("x/oddities", {"name": "nothing"}, 400),
    ("x/clock", {"hours": "3"}, 400),
    ("x/switch", {"what": "nothing"}, 400),
)


def test_mistaken_forms_are_refused(citizen: FlaskClient, x: XStandIn) -> None:
    for action, fields, status in MISTAKEN:
        answer = citizen.post(f"/sandbox/{action}", data={"who": ME.id, **fields})
        assert answer.status_code == status, (action, fields)
    assert x.deliveries() == []


def test_switches_show_their_state(citizen: FlaskClient, x: XStandIn) -> None:
    def pressed(html: str) -> set[str]:
        return set(re.findall(r'id="x-switch-([a-z_0-9]+)"[^>]*aria-pressed="true"', html))

    assert pressed(page(citizen)) == {"webhooks", "valid", "implicit_summons"}
    do(citizen, "x/faults", name="answer_lost")
    for what in ("enterprise", "account_activity", "post_names", "blocks"):
        do(citizen, "x/switch", what=what, on="yes")
    for what in ("webhooks", "valid", "implicit_summons"):
        do(citizen, "x/switch", what=what, on="no")
    html = page(citizen)
    assert pressed(html) == {
        "answer_lost", "enterprise", "account_activity", "post_names", "blocks",
    }  # fmt: skip
    assert html.count("banner-warning") == 2  # what is armed, and that nothing is pushed
    with x.reading() as store:
        assert store.setting("shape") == "account_activity"


def test_a_webhook_proves_itself_at_the_press_of_a_button(
    citizen: FlaskClient, x: XStandIn
) -> None:
    asked: list[str] = []
    x._ask = lambda url, query: (asked.append(url), (200, "{}"))[1]
    do(citizen, "x/switch", what="valid", on="yes")
    assert len(asked) == 1
    assert 'id="x-switch-valid" class="btn btn-secondary btn-sm" aria-pressed="false"' in page(
        citizen
    )


def test_every_oddity_can_be_sent_and_what_came_of_it_is_listed(
    citizen: FlaskClient, x: XStandIn
) -> None:
    for name in ODDITIES:
        assert do(citizen, "x/oddities", name=name).status_code == 303
        assert x.deliver_pending() >= 1, name
    assert page(citizen).count("(200)") == 8


def test_the_clock_of_x_is_its_own(citizen: FlaskClient, x: XStandIn, whole_app: Flask) -> None:
    before = x.now()
    do(citizen, "x/clock", hours="24")
    assert (x.now() - before).days == 1
    assert (whole_app.extensions["sandbox"].meta.now() - before).days == 0
    assert "x-switch-hours-0" in page(citizen)
    do(citizen, "x/clock", hours="0")
    assert "x-switch-hours-0" not in page(citizen)


def test_the_live_part_comes_when_x_changed(citizen: FlaskClient, x: XStandIn) -> None:
    def ask(etag: str = "") -> TestResponse:
        return citizen.get(
            "/sandbox/live", query_string={"who": ME.id}, headers={"If-None-Match": etag}
        )

    first = ask()
    assert ask(first.headers["ETag"]).status_code == 304
    x.council_writes(MINE, "Bonjour à vous")
    assert "Bonjour à vous" in ask(first.headers["ETag"]).get_data(as_text=True)


def test_what_people_write_is_never_markup(citizen: FlaskClient, x: XStandIn) -> None:
    attack = "<script>alert(1)</script> javascript:alert(1)"
    own = x.council_posts("Du nouveau")
    x.post(MINE, attack)
    x.quote(MINE, own.id, attack)
    x.write(MINE, attack)
    html = page(citizen)
    assert "<script>alert" not in html
    assert 'href="javascript' not in html
