"""The playground, inside the whole application."""

import re
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from config import ConfigurationError
from hub import create_app
from hub.sandbox import mail, pictures
from hub.sandbox.meta.identities import PEOPLE
from hub.sandbox.meta.oddities import ODDITIES
from hub.sandbox.meta.stand_in import MetaStandIn
from tests.conftest import make_settings
from tests.pages import check_page
from tests.sandbox.conftest import Hub

ME = PEOPLE[0]


@pytest.fixture
def whole_app(tmp_path: Path, hub: Hub) -> Flask:
    """The application with the sandbox switched on; the page needs no hub database."""
    database_url = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    settings = make_settings(tmp_path, database_url, SANDBOX="on", ENVIRONMENT="development")
    app = create_app(settings)
    app.config["TESTING"] = True
    app.config["WTF_CSRF_ENABLED"] = False
    app.extensions["sandbox"].meta.courier.background = False
    app.extensions["sandbox"].meta.courier.deliver = hub
    return app


@pytest.fixture
def meta(whole_app: Flask) -> MetaStandIn:
    stand_in: MetaStandIn = whole_app.extensions["sandbox"].meta
    return stand_in


@pytest.fixture
def citizen(whole_app: Flask) -> FlaskClient:
    return whole_app.test_client()


def page(client: FlaskClient, path: str = "/sandbox/") -> str:
    answer = client.get(path, query_string={"who": ME.id})
    assert answer.status_code == 200
    html = answer.get_data(as_text=True)
    check_page(html)
    return html


def do(client: FlaskClient, action: str, **fields: str) -> TestResponse:
    return client.post(f"/sandbox/{action}", data={"who": ME.id, **fields})


def test_the_page_shows_posts_people_and_the_promise(
    citizen: FlaskClient, meta: MetaStandIn
) -> None:
    html = page(citizen)
    for post in meta.posts():
        assert post.text in html
    for person in PEOPLE:
        assert f">{person.first_name}<" in html
    assert 'href="/contact"' in html
    assert 'href="/inbox"' in html


def test_nobody_chosen_is_the_first_person(citizen: FlaskClient) -> None:
    for query in ({}, {"who": "nobody"}):
        answer = citizen.get("/sandbox/", query_string=query)
        assert f"who={ME.id}" in answer.get_data(as_text=True)


def test_a_comment_written_on_the_page_is_said_and_told(
    citizen: FlaskClient, meta: MetaStandIn, hub: Hub
) -> None:
    post = meta.posts()[0]
    answer = do(citizen, "comments", post=post.id, text="Et le samedi ?", attached="shelter.jpg")
    assert answer.status_code == 303
    assert answer.location == f"/sandbox/?who={ME.id}"
    comment = meta.thread(post.id)[-1]
    assert (comment.author_id, comment.text, comment.picture) == (
        ME.id, "Et le samedi ?", "shelter.jpg",
    )  # fmt: skip
    assert meta.deliver_pending() == 1
    assert "Et le samedi ?" in page(citizen)


def test_the_script_is_answered_without_a_page(citizen: FlaskClient, meta: MetaStandIn) -> None:
    answer = citizen.post(
        "/sandbox/messages",
        data={"who": ME.id, "text": "Bonjour"},
        headers={"X-Requested-With": "fetch"},
    )
    assert (answer.status_code, answer.data) == (204, b"")
    assert meta.conversation(ME.id)[-1].text == "Bonjour"


def test_a_thread_nests(citizen: FlaskClient, meta: MetaStandIn) -> None:
    post = meta.posts()[0]
    top = meta.comment(post.id, PEOPLE[1].id, "Question")
    do(citizen, "comments", post=post.id, parent=top.id, text="Même question")
    reply = meta.thread(post.id)[-1]
    assert reply.parent_id == top.id
    html = page(citizen)
    assert html.index(f'id="c-{top.id}"') < html.index(f'id="c-{reply.id}"')


def test_one_edits_and_deletes_ones_own_comments_only(
    citizen: FlaskClient, meta: MetaStandIn
) -> None:
    post = meta.posts()[0]
    mine = meta.comment(post.id, ME.id, "Bonjur")
    theirs = meta.comment(post.id, PEOPLE[1].id, "Bonjour")
    do(citizen, "comments/edit", comment=mine.id, text="Bonjour")
    assert {c.id: c.text for c in meta.thread(post.id)}[mine.id] == "Bonjour"
    do(citizen, "comments/remove", comment=mine.id)
    assert do(citizen, "comments/remove", comment=theirs.id).status_code == 403
    assert do(citizen, "comments/edit", comment=theirs.id, text="x").status_code == 403
    left = {comment.id for comment in meta.thread(post.id)}
    assert mine.id not in left
    assert theirs.id in left


def test_posts_messages_and_thumbs_are_said(citizen: FlaskClient, meta: MetaStandIn) -> None:
    do(citizen, "posts", text="Qui répare l’abri ?")
    do(citizen, "messages", text="Bonjour", attached="certificate.pdf")
    do(citizen, "thumbs")
    assert meta.posts()[0].text == "Qui répare l’abri ?"
    kinds = [
        [attachment["type"] for attachment in said.attachments] for said in meta.conversation(ME.id)
    ]
    assert kinds == [["file"], [], ["sticker"]]
    html = page(citizen)
    assert "/sandbox/files/certificate.pdf" in html
    assert "/sandbox/files/thumb.png" in html


@pytest.mark.parametrize(
    ("action", "fields", "status"),
    [
        ("messages", {"text": "  "}, 400),
        ("messages", {"text": "x" * 8001}, 400),
        ("messages", {"attached": "secrets.txt"}, 400),
        ("comments", {"text": "Bonjour"}, 400),
        ("comments", {"text": "Bonjour", "post": "1_2"}, 404),
        ("faults", {"name": "nothing"}, 400),
        ("oddities", {"name": "nothing"}, 400),
        ("clock", {"hours": "1000000"}, 400),
        ("page", {"what": "nothing"}, 400),
    ],
)
def test_a_mistaken_form_is_refused(
    citizen: FlaskClient, meta: MetaStandIn, action: str, fields: dict[str, str], status: int
) -> None:
    assert do(citizen, action, **fields).status_code == status
    assert meta.deliveries() == []


def test_forms_need_their_token_and_programs_do_not(whole_app: Flask) -> None:
    whole_app.config["WTF_CSRF_ENABLED"] = True
    client = whole_app.test_client()
    assert do(client, "messages", text="Bonjour").status_code == 400
    html = page(client)
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert token is not None
    assert do(client, "messages", text="Bonjour", csrf_token=token[1]).status_code == 303
    assert client.post("/sandbox/graph/me/messages", json={}).status_code == 401
    assert client.post("/sandbox/_control/clock", json={"real": True}).status_code == 200


def test_the_live_part_comes_only_when_something_changed(
    citizen: FlaskClient, meta: MetaStandIn
) -> None:
    def ask(etag: str = "") -> TestResponse:
        return citizen.get(
            "/sandbox/live", query_string={"who": ME.id}, headers={"If-None-Match": etag}
        )

    first = ask()
    assert first.status_code == 200
    assert ask(first.headers["ETag"]).status_code == 304
    meta.write(ME.id, "Bonjour")
    meta.page_writes_outside(ME.id, "Bonjour à vous")
    second = ask(first.headers["ETag"])
    assert second.status_code == 200
    assert "Bonjour à vous" in second.get_data(as_text=True)


def test_the_live_part_holds_every_region_of_the_page(citizen: FlaskClient) -> None:
    regions = r'id="([a-z-]+)" data-(?:live|list)'
    on_page = set(re.findall(regions, page(citizen)))
    assert on_page == {
        "wall", "lines", "timeline", "messages", "mail-count", "warnings", "breakage",
    }  # fmt: skip
    assert set(re.findall(regions, page(citizen, "/sandbox/live"))) == on_page


def test_switches_show_their_state(citizen: FlaskClient, meta: MetaStandIn) -> None:
    def pressed(html: str) -> set[str]:
        return set(re.findall(r'id="switch-([a-z_0-9]+)"[^>]*aria-pressed="true"', html))

    assert pressed(page(citizen)) == {"subscribed"}
    do(citizen, "faults", name="answer_lost")
    do(citizen, "page", what="human_agent", on="yes")
    do(citizen, "page", what="blocked", on="yes")
    do(citizen, "page", what="subscribed", on="no")
    assert pressed(page(citizen)) == {"answer_lost", "human_agent", "blocked"}
    do(citizen, "faults", name="answer_lost")
    do(citizen, "page", what="blocked", on="no")
    do(citizen, "page", what="subscribed", on="yes")
    assert pressed(page(citizen)) == {"human_agent", "subscribed"}


@pytest.mark.parametrize("name", list(ODDITIES))
def test_every_oddity_can_be_sent_and_is_listed(
    citizen: FlaskClient, meta: MetaStandIn, name: str
) -> None:
    assert do(citizen, "oddities", name=name).status_code == 303
    assert meta.deliver_pending() >= 1
    assert "(200)" in page(citizen)


def test_the_clock_moves_and_says_so(citizen: FlaskClient, meta: MetaStandIn) -> None:
    before = meta.now()
    do(citizen, "clock", hours="24")
    assert (meta.now() - before).days == 1
    assert "switch-hours-0" in page(citizen)
    do(citizen, "clock", hours="0")
    assert "switch-hours-0" not in page(citizen)


def test_what_does_not_reach_the_hub_is_said(
    citizen: FlaskClient, meta: MetaStandIn, hub: Hub
) -> None:
    meta.write(ME.id, "Bonjour")
    assert "banner-warning" not in page(citizen)
    hub.status = 503
    meta.deliver_pending()
    html = page(citizen)
    assert "banner-warning" in html
    assert "(503)" in html


def test_starting_over_empties_everything(citizen: FlaskClient, meta: MetaStandIn) -> None:
    meta.write(ME.id, "Bonjour")
    mail.keep(meta.database, sender="", recipients=[], raw=b"")
    do(citizen, "reset")
    assert meta.conversation(ME.id) == []
    assert mail.caught(meta.database) == []


def test_what_people_write_is_never_markup(citizen: FlaskClient, meta: MetaStandIn) -> None:
    attack = "<script>alert(1)</script>"
    meta.write(ME.id, attack)
    meta.comment(meta.posts()[0].id, ME.id, attack)
    assert attack not in page(citizen)


def test_a_picture_from_elsewhere_is_not_fetched(citizen: FlaskClient, meta: MetaStandIn) -> None:
    meta.page_comments(meta.posts()[0].id, "Voir", "https://elsewhere.example/x.jpg")
    meta.page_says(
        ME.id,
        attachments=[{"type": "image", "payload": {"url": "https://elsewhere.example/x.jpg"}}],
    )
    assert 'src="https://elsewhere.example' not in page(citizen)


# --- Mails and files


def answer_mail(subject: str = "Votre demande") -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content("Suivez-la ici : http://localhost/suivi/abc <b>gras</b>")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="été.pdf")
    return message.as_bytes()


def test_without_mails_the_page_says_how_to_get_one(citizen: FlaskClient) -> None:
    assert 'href="/contact"' in page(citizen, "/sandbox/mails")


def test_a_number_no_mail_can_have_is_not_found(citizen: FlaskClient) -> None:
    assert citizen.get(f"/sandbox/mails/{2**63}").status_code == 404


def test_a_mail_is_shown_with_its_links(citizen: FlaskClient, meta: MetaStandIn) -> None:
    mail.keep(meta.database, sender="a@b.test", recipients=["c@d.test"], raw=answer_mail())
    mail.keep(meta.database, sender="a@b.test", recipients=["c@d.test"], raw=answer_mail("<i>"))
    first, second = reversed(mail.caught(meta.database))
    html = page(citizen, f"/sandbox/mails/{first.id}")
    assert 'href="http://localhost/suivi/abc"' in html
    assert "<b>gras</b>" not in html
    assert "été.pdf" in html
    assert f"/sandbox/mails/{second.id}" in html
    assert citizen.get("/sandbox/mails/999").status_code == 404


@pytest.mark.parametrize("name", pictures.NAMES)
def test_every_file_is_what_it_says(citizen: FlaskClient, name: str) -> None:
    answer = citizen.get(f"/sandbox/files/{name}")
    assert answer.status_code == 200
    if name.endswith(".pdf"):
        assert answer.data.startswith(b"%PDF-")
    elif name.endswith(".mp4"):
        assert answer.mimetype == "video/mp4"
        assert answer.data[4:8] == b"ftyp"
    else:
        with Image.open(BytesIO(answer.data)) as picture:
            assert Image.MIME[picture.format or ""] == answer.mimetype


def test_a_file_that_does_not_exist_is_not_found(citizen: FlaskClient) -> None:
    assert citizen.get("/sandbox/files/secret.jpg").status_code == 404


# --- Off


def test_without_the_switch_there_is_no_sandbox(tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path, f"sqlite:///{tmp_path / 'hub.sqlite'}"))
    assert app.test_client().get("/sandbox/").status_code == 404
    assert "sandbox" not in app.extensions
    assert "sandbox" not in app.cli.commands


def test_production_refuses_the_sandbox(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        make_settings(tmp_path, "sqlite://", SANDBOX="on", ENVIRONMENT="production")
