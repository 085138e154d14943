"""The private page: what it shows, to whom, and how one goes on from there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from hub import files
from hub.accounts.models import User
from hub.channels.base import Refused
from hub.clock import now
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.outbox import cancelling
from hub.outbox.cancelling import LeftAlready
from hub.routing.models import Department
from hub.tickets import actions
from hub.tickets.models import Attachment, Direction, FileState, Message, Ticket
from tests.builders import at, create_user
from tests.channels.web.server import Server
from tests.citizens.people import file, hidden_fields, only_ticket, page, post, send, texts
from tests.citizens.test_uploads import PDF, picture
from tests.statements import counted

Council = dict[str, Department]
OPENED = at("2026-11-10 08:40")


@pytest.fixture
def agent(council: Council) -> User:
    return create_user(
        name="Claire Martin",
        title="Conseillère, Direction des transports",
        departments=[council["transports"]],
    )


@pytest.fixture
def address(client: FlaskClient, council: Council) -> str:
    """The tracking page of one message that was just sent."""
    send(client)
    return f"/suivi/{only_ticket().tracking_token}"


def answer(text: str = "Le car passera dès mardi.", *, by: User | None, **values: Any) -> Message:
    return outbox.reply(last_ticket(), text, visibility="private", by=by, **values)


def last_ticket() -> Ticket:
    return db.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()


def write_again(client: FlaskClient, address: str, **values: Any) -> TestResponse:
    carried = hidden_fields(client.get(address))
    return post(client, address, {**carried, "message": "Et demain ?", **values})


def poll_address(response: TestResponse) -> str:
    [element] = [e for e in page(response).iter() if e.get("hx-get")]
    return element.get("hx-get")


# --- Who may read -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/envoi", "/echange"])
def test_the_page_is_kept_indexed_and_told_nowhere(
    client: FlaskClient, address: str, path: str
) -> None:
    headers = client.get(address + path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]


@pytest.mark.parametrize("path", ["", "/envoi", "/echange", "/files/1"])
@pytest.mark.parametrize("token", ["wrong", "a" * 43, "a" * 5000, "%00"])
def test_a_wrong_address_shows_nothing(
    client: FlaskClient, address: str, token: str, path: str
) -> None:
    assert client.get(f"/suivi/{token}{path}").status_code == 404


def test_nobody_writes_to_a_wrong_address(client: FlaskClient, address: str) -> None:
    assert client.post("/suivi/wrong", data={"message": "x"}).status_code == 404


def test_guessing_is_stopped_and_reading_is_not(client: FlaskClient, address: str) -> None:
    for _time in range(40):
        assert client.get(address).status_code == 200
    answers = [client.get(f"/suivi/guess-{n}").status_code for n in range(31)]
    assert answers == [404] * 30 + [429]


def test_a_ticket_of_another_channel_has_no_page(client: FlaskClient, address: str) -> None:
    ticket = only_ticket()
    ticket.tracking_token = None
    db.session.commit()
    assert client.get("/suivi/None").status_code == 404


# --- What it shows ------------------------------------------------------------------------------


def test_the_answer_is_shown_with_its_author_and_their_service(
    client: FlaskClient, address: str, agent: User
) -> None:
    answer(by=agent)
    shown = texts(client.get(address))
    assert "Le car passera dès mardi." in shown
    assert "Claire Martin Conseillère, Direction des transports" in shown


def test_an_answer_is_shown_from_the_moment_it_is_written(
    client: FlaskClient, address: str, agent: User
) -> None:
    assert answer(by=agent).delivery == "pending"
    assert "Le car passera" in texts(client.get(address))


def test_an_answer_is_shown_once_its_author_can_no_longer_take_it_back(
    client: FlaskClient, address: str, agent: User
) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        message = answer(by=agent, leaves_in=timedelta(seconds=10))
        assert "Le car passera" not in texts(client.get(address))
        assert cancelling.may_be_cancelled(message)
        clock.shift(timedelta(seconds=10))
        assert "Le car passera" in texts(client.get(address))
        with pytest.raises(LeftAlready):
            cancelling.cancel(message, by=agent)


def test_an_answer_whose_e_mail_was_refused_is_shown_all_the_same(
    client: FlaskClient,
    address: str,
    agent: User,
    work: Callable[[], None],
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_arguments: object) -> None:
        raise Refused("mail-refused")

    monkeypatch.setattr(app.extensions["hub.channels"]["web"], "send", refuse)
    said = answer(by=agent)
    work()
    db.session.refresh(said)
    assert said.delivery == "failed"
    assert "Le car passera" in texts(client.get(address))


def test_notes_and_what_was_not_said_are_never_shown(
    client: FlaskClient, address: str, agent: User
) -> None:
    actions.note(last_ticket(), "A note for colleagues", by=agent)
    for text, delivery in (("Said tomorrow", "scheduled"), ("Taken back", "cancelled")):
        answer(text, by=agent).delivery = delivery
        db.session.commit()
    deleted = answer("Deleted", by=agent)
    deleted.deleted_at = now()
    db.session.commit()
    shown = texts(client.get(address))
    for hidden in ("A note for colleagues", "Said tomorrow", "Taken back", "Deleted"):
        assert hidden not in shown


def test_what_people_write_is_shown_and_never_run(client: FlaskClient, council: Council) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    send(client, message=evil, name=evil)
    shown = client.get(f"/suivi/{only_ticket().tracking_token}")
    assert evil in texts(shown)
    assert evil not in shown.get_data(as_text=True)


def test_the_state_is_told_in_plain_words(
    client: FlaskClient, address: str, agent: User, work: Callable[[], None]
) -> None:
    def title() -> str:
        return next(
            "".join(e.itertext()) for e in page(client.get(address)).iter("h2") if e.get("id")
        )

    assert title() == "Received"
    actions.take(last_ticket(), agent)
    assert title() == "In progress"
    answer(by=agent)
    work()
    assert title() == "Answered"
    actions.close(last_ticket(), by=agent)
    assert title() == "Closed"


def test_a_page_takes_a_fixed_number_of_statements(
    client: FlaskClient, address: str, agent: User
) -> None:
    def statements() -> int:
        with counted() as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    answer(by=agent)
    few = statements()
    for number in range(8):
        answer(f"Answer {number}", by=create_user())
        write_again(client, address, message=f"Question {number}", files=[file(PDF)])
    assert statements() == few <= 9


# --- Writing again ------------------------------------------------------------------------------


def test_a_further_message_goes_to_the_same_ticket(
    client: FlaskClient, address: str, agent: User, work: Callable[[], None]
) -> None:
    answer(by=agent)
    work()
    sent = write_again(client, address, message="Et demain ?")
    assert sent.status_code == 303
    assert "Et demain ?" in texts(client.get(sent.location))
    ticket = only_ticket()
    assert ticket.state == "open"
    inbound = select(Message.text).where(Message.direction == Direction.IN)
    said = db.session.scalars(inbound.order_by(Message.id)).all()
    assert said[-1] == "Et demain ?"
    assert ticket.waiting_since is not None


def test_a_further_message_may_have_files(client: FlaskClient, address: str) -> None:
    sent = write_again(client, address, files=[file(PDF, "plan.pdf")])
    assert "plan.pdf" in texts(client.get(sent.location))


def test_errors_keep_what_was_typed(client: FlaskClient, address: str) -> None:
    refused = write_again(client, address, files=[file(b"MZ", "bad.exe")])
    assert refused.status_code == 422
    assert "Et demain ?" in texts(refused)
    assert "choose them again" in texts(refused)
    assert write_again(client, address, message=" ").status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Message)) == 2


def test_a_further_message_sent_twice_is_filed_once(client: FlaskClient, address: str) -> None:
    carried = {**hidden_fields(client.get(address)), "message": "Et demain ?"}
    first, second = (client.post(address, data=carried) for _time in range(2))
    assert first.location == second.location
    assert db.session.scalar(select(func.count()).select_from(Message)) == 3


def test_the_same_words_may_be_written_again_later(client: FlaskClient, address: str) -> None:
    for _time in range(2):
        write_again(client, address, message="Toujours rien ?")
    assert db.session.scalar(select(func.count()).select_from(Message)) == 4


def test_within_two_weeks_a_closed_ticket_opens_again(
    client: FlaskClient, council: Council
) -> None:
    with time_machine.travel(OPENED, tick=False) as clock:
        send(client)
        actions.close(only_ticket(), by=None)
        clock.shift(timedelta(days=14))
        write_again(client, f"/suivi/{only_ticket().tracking_token}")
    assert only_ticket().state == "open"


def test_later_a_new_ticket_follows_and_both_addresses_show_both(
    client: FlaskClient, council: Council, post_office: Server, work: Callable[[], None]
) -> None:
    with time_machine.travel(OPENED, tick=False) as clock:
        send(client)
        old = only_ticket()
        actions.close(old, by=None)
        clock.shift(timedelta(days=15))
        sent = write_again(client, f"/suivi/{old.tracking_token}")
        new = last_ticket()
        assert new.previous_id == old.id
        assert new.tracking_token != old.tracking_token
        assert urlsplit(sent.location).path == f"/suivi/{new.tracking_token}"
        for ticket in (old, new):
            shown = texts(client.get(f"/suivi/{ticket.tracking_token}"))
            assert "Et demain ?" in shown
            assert "le car de 7 h 12" in shown
            assert old.reference in shown
            assert new.reference in shown
        work()
    assert new.contact_id == old.contact_id
    assert [e.rcpt_tos for e in post_office.taken] == [["nolwenn@courriel.example"]] * 2


def test_the_old_address_still_writes_to_the_newest_ticket(
    client: FlaskClient, council: Council
) -> None:
    with time_machine.travel(OPENED, tick=False) as clock:
        send(client)
        old = f"/suivi/{only_ticket().tracking_token}"
        actions.close(only_ticket(), by=None)
        clock.shift(timedelta(days=15))
        write_again(client, old)
        write_again(client, old, message="J'ajoute ceci.")
    tickets = db.session.scalars(
        select(Message.ticket_id).where(Message.direction == Direction.IN).order_by(Message.id)
    ).all()
    assert tickets[1] == tickets[2] != tickets[0]


def test_the_answer_to_a_further_message_goes_to_the_same_address(
    client: FlaskClient,
    address: str,
    agent: User,
    post_office: Server,
    work: Callable[[], None],
) -> None:
    write_again(client, address)
    answer(by=agent)
    work()
    assert post_office.taken[-1].rcpt_tos == ["nolwenn@courriel.example"]


def test_too_many_messages_from_one_address_wait(
    client: FlaskClient, address: str, settings_changed: Callable[..., None]
) -> None:
    settings_changed(form_rate_limit="1 per minute")
    answers = [write_again(client, address, message=f"{n}").status_code for n in range(2)]
    assert answers == [303, 429]


# --- A page that stays open ---------------------------------------------------------------------


def test_an_open_page_that_shows_all_is_told_nothing(client: FlaskClient, address: str) -> None:
    nothing = client.get(poll_address(client.get(address)))
    assert (nothing.status_code, nothing.data) == (204, b"")


def test_an_open_page_gets_a_new_answer_and_says_so(
    client: FlaskClient, address: str, agent: User
) -> None:
    ask = poll_address(client.get(address))
    answer(by=agent)
    fresh = client.get(ask)
    assert fresh.status_code == 200
    assert "Le car passera dès mardi." in texts(fresh)
    assert "A new answer has arrived." in texts(fresh)
    assert client.get(poll_address(fresh)).status_code == 204


def test_an_open_page_learns_that_the_ticket_was_closed(
    client: FlaskClient, address: str, agent: User
) -> None:
    ask = poll_address(client.get(address))
    actions.close(last_ticket(), by=agent)
    fresh = client.get(ask)
    assert "Closed" in texts(fresh)
    assert "new answer" not in texts(fresh)


@pytest.mark.parametrize("query", ["?seen=x&last=x", "?last=99999999999999999999", "?seen="])
def test_a_strange_question_is_answered_with_the_exchange(
    client: FlaskClient, address: str, query: str
) -> None:
    assert "le car de 7 h 12" in texts(client.get(f"{address}/echange{query}"))


# --- Files --------------------------------------------------------------------------------------


def with_file(client: FlaskClient, content: bytes, name: str) -> str:
    """The address of the file of a new message."""
    sent = send(client, message=f"Voici {name}", files=[file(content, name)])
    address = sent.location.removesuffix("/envoi")
    links = [link.get("href") for link in page(client.get(address)).iter("a")]
    [found] = [link for link in links if "/files/" in link]
    return found


@pytest.mark.parametrize(
    ("content", "name", "saved", "media_type"),
    [
        (picture("JPEG"), "photo.jpeg", "photo.jpeg", "image/jpeg"),
        (picture("JPEG"), "invoice.exe", "invoice.exe.jpg", "image/jpeg"),
        (PDF, "plan.html", "plan.html.pdf", "application/pdf"),
    ],
)
def test_a_file_is_a_download_under_a_name_that_fits(
    client: FlaskClient, council: Council, content: bytes, name: str, saved: str, media_type: str
) -> None:
    got = client.get(with_file(client, content, name), buffered=True)
    assert got.data == content
    assert got.headers["Content-Disposition"] == f"attachment; filename={saved}"
    assert got.mimetype == media_type
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in got.headers["Cache-Control"]


def test_a_type_the_hub_does_not_know_is_only_bytes(client: FlaskClient, council: Council) -> None:
    address = with_file(client, PDF, "plan.pdf")
    attachment = db.session.scalars(select(Attachment)).one()
    attachment.media_type = "text/html"
    attachment.name = "plan.html"
    db.session.commit()
    got = client.get(address, buffered=True)
    assert got.mimetype == "application/octet-stream"
    assert got.headers["Content-Disposition"] == "attachment; filename=plan.html.bin"


def test_a_file_without_a_copy_is_told_in_words(client: FlaskClient, council: Council) -> None:
    address = with_file(client, PDF, "plan.pdf").partition("/files/")[0]
    attachment = db.session.scalars(select(Attachment)).one()
    attachment.state, attachment.name = FileState.MISSING, ""
    attachment.label, attachment.error_code = "unsupported: template", "too_large"
    db.session.commit()
    shown = texts(client.get(address))
    assert "A file that could not be fetched" in shown
    assert "unsupported" not in shown


def test_each_file_keeps_the_focus_when_an_open_page_changes(
    client: FlaskClient, council: Council
) -> None:
    """htmx gives the focus back to the element of the same id."""
    address = with_file(client, PDF, "plan.pdf").partition("/files/")[0]
    exchange = page(client.get(f"{address}/echange"))
    links = [link for link in exchange.iter("a") if "/files/" in link.get("href")]
    assert [link.get("id") is not None for link in links] == [True]


def test_a_file_of_somebody_else_is_not_there(client: FlaskClient, council: Council) -> None:
    mine = with_file(client, PDF, "mine.pdf")
    theirs = with_file(client, PDF, "theirs.pdf")
    stolen = mine.rpartition("/")[0] + "/" + theirs.rpartition("/")[2]
    assert client.get(stolen).status_code == 404


@pytest.mark.parametrize("number", ["0", "999", "9" * 30, "x"])
def test_a_file_that_never_was_is_not_there(client: FlaskClient, address: str, number: str) -> None:
    assert client.get(f"{address}/files/{number}").status_code == 404


def test_a_file_of_a_deleted_message_is_not_there(client: FlaskClient, council: Council) -> None:
    address = with_file(client, PDF, "plan.pdf")
    db.session.scalars(select(Message).where(~Message.automatic)).one().deleted_at = now()
    db.session.commit()
    assert client.get(address).status_code == 404


def test_a_copy_that_is_gone_is_not_there(client: FlaskClient, council: Council) -> None:
    address = with_file(client, PDF + b" of its own", "plan.pdf")
    files.remove(db.session.scalars(select(Attachment.storage_key)).one())
    assert client.get(address).status_code == 404


def test_a_picture_is_shown_by_its_thumbnail(
    client: FlaskClient, council: Council, work: Any
) -> None:
    address = with_file(client, picture(), "abri.png")
    assert client.get(f"{address}/picture").status_code == 404
    work()
    shown = client.get(address.partition("/files/")[0]).text
    assert f'src="{urlsplit(address).path}/picture"' in shown
    answer = client.get(f"{address}/picture", buffered=True)
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/webp", "no-store")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_recording_is_played_in_the_page_and_no_other_file_is(
    client: FlaskClient, council: Council
) -> None:
    address = with_file(client, PDF, "plan.pdf")
    assert client.get(f"{address}/media").status_code == 404
    attachment = db.session.scalars(select(Attachment)).one()
    attachment.media_type = "audio/mpeg"
    db.session.commit()
    assert "<audio" in client.get(address.partition("/files/")[0]).text
    part = client.get(f"{address}/media", headers={"Range": "bytes=0-3"}, buffered=True)
    assert (part.status_code, part.data, part.mimetype) == (206, PDF[:4], "audio/mpeg")
