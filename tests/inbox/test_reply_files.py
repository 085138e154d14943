"""Files of an answer on the agents' page: taken at once, described, and never lost by a refusal."""

import html
import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from hub import files
from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.tickets.models import Attachment, Message, Ticket
from tests.builders import create_department, create_ticket, create_user
from tests.chirp import Chirp, create_chirp_ticket

FRAGMENT = {"HX-Request": "true"}


def png(width: int = 60) -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (width, 40), "teal").save(drawn, "PNG")
    return drawn.getvalue()


@pytest.fixture
def ticket(chirp: Chirp, agent: User) -> Ticket:
    return create_chirp_ticket()


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def post(
    client: FlaskClient, ticket: Ticket, where: str, *, htmx: bool = False, **data: Any
) -> Any:
    values = {"text": "Bonjour.", "way": "public:chirp", **data}
    headers = FRAGMENT if htmx else {}
    return client.post(f"/tickets/{ticket.reference}/{where}", data=values, headers=headers)


def bring(client: FlaskClient, ticket: Ticket, *contents: bytes, **data: Any) -> str:
    """What an open page is given for files that were chosen."""
    sent = [(BytesIO(content), f"photo {n}.png") for n, content in enumerate(contents, start=1)]
    response = post(client, ticket, "files", htmx=True, files=sent, **data)
    assert response.status_code == 200
    return html.unescape(response.text)


def carried(page: str) -> list[str]:
    """What the form carries from one page to the next."""
    return re.findall(r'name="file" value="([^"]+)"', page)


def names(page: str) -> list[str]:
    return re.findall(r'class="reply-file[^"]*" data-key="\w+" data-name="([^"]+)"', page)


def said(page: str) -> str:
    """What stands beside the files as wrong."""
    found = re.search(r'id="reply-files-error"[^>]*>(.*?)</div>', html.unescape(page), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


def answers() -> list[Message]:
    db.session.rollback()
    return list(db.session.scalars(select(Message).where(Message.direction == "out")))


# --- Taking files ---------------------------------------------------------------------------------


def test_a_file_is_held_and_asked_what_it_shows(client: FlaskClient, ticket: Ticket) -> None:
    page = bring(client, ticket, png())
    assert names(page) == ["photo 1.png"]
    assert re.search(r"<textarea[^>]* name=\"alt\"", page)
    assert answers() == []


def test_a_file_joins_those_that_are_there_with_their_words(
    client: FlaskClient, ticket: Ticket
) -> None:
    first = bring(client, ticket, png())
    second = bring(client, ticket, png(61), file=carried(first), alt=["La gare."])
    assert names(second) == ["photo 1.png", "photo 1.png"]
    assert ">La gare.</textarea>" in second


def test_the_same_picture_twice_is_one_file(client: FlaskClient, ticket: Ticket) -> None:
    assert len(names(bring(client, ticket, png(), png()))) == 1


def test_what_is_not_taken_is_told_beside_what_is(client: FlaskClient, ticket: Ticket) -> None:
    page = bring(client, ticket, png(), b"MZ a program")
    assert names(page) == ["photo 1.png"]
    assert (
        said(page) == "“photo 2.png” is not of a kind that can go with this answer: JPG, MP4, PNG."
    )


def test_too_many_files_are_told_at_once_and_none_is_lost(
    client: FlaskClient, ticket: Ticket
) -> None:
    page = bring(client, ticket, png(60), png(61), png(62))
    assert len(names(page)) == 3
    assert said(page) == "At most 2 files can go with this answer. Take some out."


def test_a_way_without_files_takes_none(client: FlaskClient, ticket: Ticket) -> None:
    page = bring(client, ticket, png(), way="private:whisper")
    assert names(page) == []
    assert "No file can go with this answer" in said(page)


def test_a_held_picture_can_be_looked_at_by_its_owner_alone(
    client: FlaskClient, ticket: Ticket, signed_in: Any
) -> None:
    source = re.search(r'<img[^>]* src="([^"]+)"', bring(client, ticket, png()))
    assert source is not None
    with client.get(source[1]) as response:
        assert (response.data, response.mimetype) == (png(), "image/png")
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert client.get(source[1] + "x").status_code == 404
    colleague = create_user(departments=[create_department("transports")])
    assert signed_in(colleague).get(source[1]).status_code == 404


# --- Sending --------------------------------------------------------------------------------------


def test_an_answer_leaves_with_its_files(client: FlaskClient, ticket: Ticket) -> None:
    page = bring(client, ticket, png(60), png(61))
    sent = post(client, ticket, "replies", file=carried(page), alt=["La gare.", " Le\x00 quai.\n"])
    assert sent.status_code == 303
    (message,) = answers()
    assert [(file.name, file.alt_text) for file in message.attachments] == [
        ("photo 1.png", "La gare."),
        ("photo 2.png", "Le quai."),
    ]


def test_a_picture_that_nobody_described_comes_back_with_all_that_was_typed(
    client: FlaskClient, ticket: Ticket
) -> None:
    page = bring(client, ticket, png(60), png(61))
    refused = post(client, ticket, "replies", file=carried(page), alt=["La gare.", " "])
    assert refused.status_code == 422
    shown = html.unescape(refused.text)
    assert names(shown) == ["photo 1.png", "photo 2.png"]
    assert ">Bonjour.</textarea>" in shown
    assert ">La gare.</textarea>" in shown
    assert shown.count('aria-invalid="true"') == 1
    assert "Say what “photo 2.png” shows, for those who do not see it." in shown
    assert "<title>Error:" in shown
    assert answers() == []
    again = post(client, ticket, "replies", file=carried(shown), alt=["La gare.", "Le quai."])
    assert again.status_code == 303


@pytest.mark.parametrize("wrong", [{"text": "mot " * 60}, {"way": ""}, {"way": "private:whisper"}])
def test_files_survive_an_answer_that_is_refused(
    wrong: dict[str, str], client: FlaskClient, ticket: Ticket
) -> None:
    page = bring(client, ticket, png())
    refused = post(client, ticket, "replies", file=carried(page), alt=["La gare."], **wrong)
    assert refused.status_code == 422
    shown = html.unescape(refused.text)
    assert names(shown) == ["photo 1.png"]
    assert ">La gare.</textarea>" in shown
    assert answers() == []


def test_files_that_come_with_the_answer_itself_are_taken(
    client: FlaskClient, ticket: Ticket
) -> None:
    """Without scripts, or sent before they had arrived."""
    sent = [(BytesIO(b"\x00\x00\x00\x18ftypmp42" + bytes(500)), "film.mp4")]
    assert post(client, ticket, "replies", files=sent).status_code == 303
    assert [file.media_type for file in answers()[0].attachments] == ["video/mp4"]


def test_an_answer_whose_file_was_not_taken_does_not_leave_without_it(
    client: FlaskClient, ticket: Ticket
) -> None:
    sent = [(BytesIO(b"MZ a program"), "horaires.png")]
    refused = post(client, ticket, "replies", files=sent)
    assert refused.status_code == 422
    assert "“horaires.png” is not of a kind" in said(refused.text)
    assert 'aria-invalid="true"' in refused.text
    assert answers() == []


def test_the_same_submission_with_its_files_is_sent_once(
    client: FlaskClient, ticket: Ticket
) -> None:
    page = bring(client, ticket, png())
    form = {"file": carried(page), "alt": ["La gare."], "submission": "one-and-the-same"}
    for _click in range(2):
        assert post(client, ticket, "replies", **form).status_code == 303
    assert len(answers()) == 1
    other = {**form, "alt": ["La gare, vue du quai."]}
    post(client, ticket, "replies", **other)
    assert len(answers()) == 2


# --- Without scripts ------------------------------------------------------------------------------


def test_files_are_added_and_taken_out_by_buttons_too(client: FlaskClient, ticket: Ticket) -> None:
    sent = [(BytesIO(png()), "gare.png")]
    page = html.unescape(post(client, ticket, "files", files=sent).text)
    assert "<!doctype html>" in page
    assert names(page) == ["gare.png"]
    assert ">Bonjour.</textarea>" in page
    key = re.search(r'name="left_out" value="(\w+)"', page)
    assert key is not None
    form = {"file": carried(page), "alt": ["La gare."]}
    assert names(html.unescape(post(client, ticket, "preview", **form).text)) == ["gare.png"]
    assert names(post(client, ticket, "preview", left_out=key[1], **form).text) == []
    assert post(client, ticket, "replies", left_out=key[1], **form).status_code == 303
    assert answers()[0].attachments == []


def test_a_ticket_whose_ways_take_no_files_offers_none(client: FlaskClient) -> None:
    plain = create_ticket(create_department("transports"))
    assert "data-file-chooser" not in client.get(f"/tickets/{plain.reference}").text


# --- Who may --------------------------------------------------------------------------------------


def test_a_file_is_no_use_to_somebody_else(
    client: FlaskClient, ticket: Ticket, signed_in: Any
) -> None:
    page = bring(client, ticket, png())
    colleague = signed_in(create_user(departments=[create_department("transports")]))
    assert names(bring(colleague, ticket, file=carried(page), alt=["x"])) == []


@pytest.mark.parametrize("forged", ["", "nothing", "e30.Zm9v.YmFy"])
def test_what_the_hub_did_not_seal_is_no_file(
    forged: str, client: FlaskClient, ticket: Ticket
) -> None:
    refused = post(client, ticket, "replies", file=[forged], alt=["x"])
    assert (refused.status_code, carried(refused.text)) == (422, [])
    assert db.session.scalars(select(Attachment)).all() == []


def test_an_answer_does_not_leave_without_a_file_that_was_held_for_too_long(
    client: FlaskClient, ticket: Ticket
) -> None:
    old, new = png(), png(width=61)
    form = {"file": carried(bring(client, ticket, old)), "alt": ["La gare."]}
    with time_machine.travel(now() + files.HELD_FOR + timedelta(minutes=1)):
        refused = post(client, ticket, "replies", **form)
        page = bring(client, ticket, new, **form)
    assert (refused.status_code, answers()) == (422, [])
    assert "no longer here" in said(refused.text)
    assert ">Bonjour.</textarea>" in refused.text
    assert (names(page), "no longer here" in said(page)) == (["photo 1.png"], True)


def test_another_departments_ticket_takes_no_files(client: FlaskClient, chirp: Chirp) -> None:
    other = create_chirp_ticket("lycees", conversation="public:2")
    sent = [(BytesIO(png()), "gare.png")]
    assert post(client, other, "files", files=sent).status_code == 404
