"""Reading tickets through the API."""

import io
from datetime import timedelta

import pytest

from hub import files
from hub.api import queries
from hub.channels.base import Author, Deleted
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.tickets import actions
from hub.tickets.models import (
    Attachment,
    DeliveryStatus,
    Direction,
    FileState,
    Message,
    State,
)
from hub.tickets.people import Contact, Identity
from tests.builders import (
    PAGE_ID,
    create_account,
    create_department,
    create_ticket,
    create_user,
    inbound,
)
from tests.statements import counted

TICKET = {
    "reference", "subject", "state", "kind", "channel", "visibility", "department",
    "routed_because", "assignee", "contact", "opened_at", "received_at", "first_reply_at",
    "closed_at", "tags",
}  # fmt: skip
MESSAGE = {
    "id", "direction", "visibility", "text", "signature", "parts", "notice", "author",
    "external_id", "posted_at", "edited", "deleted", "delivery", "error", "attachments",
}  # fmt: skip


def references(response) -> list[str]:
    assert response.status_code == 200, response.json
    return [ticket["reference"] for ticket in response.json["tickets"]]


def add_reply(ticket, **values) -> Message:
    message = Message(
        **{
            "ticket_id": ticket.id,
            "account_id": ticket.account_id,
            "direction": Direction.OUT,
            "visibility": "private",
            "text": "Bonjour.",
            "posted_at": now(),
            "delivery": DeliveryStatus.SENT,
            **values,
        }
    )
    db.session.add(message)
    db.session.commit()
    return message


def add_file(message, content: bytes = b"%PDF-1.7 a form", **values) -> Attachment:
    key, size = files.store(io.BytesIO(content))
    attachment = Attachment(
        **{
            "message_id": message.id,
            "kind": "file",
            "state": FileState.STORED,
            "name": "form.pdf",
            "media_type": "application/pdf",
            "size": size,
            "storage_key": key,
            **values,
        }
    )
    db.session.add(attachment)
    db.session.commit()
    return attachment


def first_message(ticket) -> Message:
    return db.session.query(Message).filter_by(ticket_id=ticket.id).order_by(Message.id).first()


# --- The list ---------------------------------------------------------------------------------


def test_a_ticket_has_exactly_the_promised_members(tool):
    department = create_department("lycees")
    camille = create_user(email="camille@region.example", name="Camille Martin")
    ticket = create_ticket(
        department,
        assignee=camille,
        routed_because="word “lycée”",
        message={
            "author": Author(external_id="42", name="Yann Le Goff", handle="yann"),
            "text": "Où est le lycée ?",
        },
    )
    actions.tag(ticket, "Urgent", by=None)

    (found,) = tool.get("/tickets").json["tickets"]

    assert found.keys() == TICKET
    assert found["reference"] == ticket.reference
    assert found["state"] == "new"
    assert found["channel"] == "facebook"
    assert found["visibility"] == "private"
    assert found["department"] == "lycees"
    assert found["routed_because"] == "word “lycée”"
    assert found["assignee"] == {"name": "Camille Martin", "email": "camille@region.example"}
    assert found["contact"] == {
        "id": ticket.contact_id,
        "name": "Yann Le Goff",
        "handle": "yann",
    }
    assert found["tags"] == ["urgent"]
    assert found["received_at"].endswith("+00:00")
    assert found["first_reply_at"] is None


def test_the_handle_is_the_one_on_the_ticket_s_own_account(tool):
    ticket = create_ticket(message={"author": Author(external_id="42", handle="yann")})
    other = create_ticket(message={"author": Author(external_id="43", handle="someone-else")})
    moved = db.session.query(Identity).filter_by(external_id="43").one()
    moved.contact_id, other.contact_id = ticket.contact_id, ticket.contact_id
    moved.account_id = create_account(external_id="999").id
    db.session.commit()

    found = tool.get(f"/tickets/{ticket.reference}").json

    assert found["contact"]["handle"] == "yann"


def test_the_last_opened_ticket_comes_first(tool):
    tickets = [create_ticket() for _ in range(3)]
    assert references(tool.get("/tickets")) == [t.reference for t in reversed(tickets)]


def test_pages_follow_one_another_without_gap_or_repeat(tool, monkeypatch):
    monkeypatch.setattr("hub.api.queries.PAGE", 2)
    tickets = [create_ticket() for _ in range(5)]
    seen, cursor, pages = [], None, 0
    while cursor is not None or pages == 0:
        answer = tool.get("/tickets", **({"cursor": cursor} if cursor else {}))
        seen += references(answer)
        cursor, pages = answer.json["next"], pages + 1
        if pages == 1:
            create_ticket()  # what comes in meanwhile moves nothing
    assert pages == 3
    assert seen == [t.reference for t in reversed(tickets)]


def test_a_full_last_page_has_no_next(tool, monkeypatch):
    monkeypatch.setattr("hub.api.queries.PAGE", 2)
    create_ticket(), create_ticket()
    assert tool.get("/tickets").json["next"] is None


@pytest.mark.parametrize(
    "cursor", ["", "1", "f" * 16, "g" * 16, "00000000000000001", "\u0661" * 16]
)
def test_a_cursor_that_was_never_given_is_refused(tool, cursor):
    answer = tool.get("/tickets", cursor=cursor)
    assert answer.status_code == 422
    assert "cursor" in answer.json["errors"]


@pytest.mark.parametrize("state", list(State))
def test_the_list_can_be_narrowed_to_a_state(tool, state):
    tickets = {s: create_ticket(state=s).reference for s in State}
    assert references(tool.get("/tickets", state=state.value)) == [tickets[state]]


def test_an_unknown_state_is_refused(tool):
    answer = tool.get("/tickets", state="lost")
    assert answer.status_code == 422
    assert "state" in answer.json["errors"]


def test_the_list_can_be_narrowed_to_a_department_and_a_channel(tool):
    lycees = create_department("lycees")
    wanted = create_ticket(lycees)
    create_ticket()
    create_ticket(lycees, channel="twitter")
    found = tool.get("/tickets", department="lycees", channel="facebook")
    assert references(found) == [wanted.reference]
    assert references(tool.get("/tickets", department="nowhere")) == []


@pytest.mark.parametrize(
    "q", ["carte perdue", "CARTES PERDUES", "Tanguy", "snake_case", "Titre du sujet", "from:nolw*"]
)
def test_words_are_found_in_subject_message_and_name(tool, work, q):
    wanted = create_ticket(
        subject="Titre du sujet",
        message={
            "author": Author(external_id="42", name="Nolwenn Tanguy"),
            "text": "Ma carte perdue, à 100 % snake_case",
        },
    )
    create_ticket(message={"text": "Ma carte 100 euros snakeXcase"})
    work()
    assert references(tool.get("/tickets", q=q)) == [wanted.reference]


def test_filters_narrow_what_words_find(tool, work):
    wanted, _noise = create_ticket(create_department("lycees")), create_ticket()
    work()
    assert references(tool.get("/tickets", q="demandes", department="lycees")) == [wanted.reference]
    assert references(tool.get("/tickets", q="demandes", channel="twitter")) == []


def test_the_next_page_of_what_words_find_goes_on_where_the_first_ended(tool, work, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    tickets = [create_ticket() for _number in range(3)]
    work()
    first = tool.get("/tickets", q="demande")
    assert references(first) == [tickets[2].reference, tickets[1].reference]
    then = tool.get("/tickets", q="demande", cursor=first.json["next"])
    assert (references(then), then.json["next"]) == ([tickets[0].reference], None)


@pytest.mark.parametrize(
    ("q", "kind"),
    [("before:never", "no-date"), ("department:nowhere", "unknown"), ("a*", "too-short")],
)
def test_a_question_that_is_not_understood_is_refused_with_a_sentence(tool, q, kind):
    answer = tool.get("/tickets", q=q)
    assert (answer.status_code, answer.json["kind"]) == (409, kind)
    assert answer.json["errors"]["q"] == [answer.json["detail"]]


def test_a_ticket_is_found_by_its_reference_as_people_type_it(tool):
    wanted, _noise = create_ticket(), create_ticket()
    typed = f" {wanted.reference.lower()} "
    assert references(tool.get("/tickets", q=typed)) == [wanted.reference]


def test_statements_of_the_list_do_not_grow_with_the_tickets(tool):
    create_ticket(create_department("lycees"), assignee=create_user())
    tool.get("/tickets")
    with counted() as few:
        tool.get("/tickets")
    for number in range(4):
        ticket = create_ticket(create_department(f"d{number}"), assignee=create_user())
        actions.tag(ticket, f"tag {number}", by=None)
    with counted() as many:
        assert len(references(tool.get("/tickets"))) == 5
    assert len(many) == len(few) <= 6, many


# --- One ticket ---------------------------------------------------------------------------------


def test_a_message_has_exactly_the_promised_members(tool):
    ticket = create_ticket(
        message={
            "text": "Bonjour",
            "external_id": "m_1",
            "author": Author(external_id="42", name="Yann Le Goff", handle="yann"),
        }
    )

    found = tool.get(f"/tickets/{ticket.reference}").json

    assert found.keys() == TICKET | {"messages", "history"}
    (message,) = found["messages"]
    assert message.keys() == MESSAGE
    posted_at = message.pop("posted_at")
    assert posted_at == found["received_at"]
    assert message == {
        "id": first_message(ticket).id,
        "direction": "in",
        "visibility": "private",
        "text": "Bonjour",
        "signature": "",
        "parts": [],
        "notice": None,
        "author": {"name": "Yann Le Goff", "handle": "yann"},
        "external_id": "m_1",
        "edited": False,
        "deleted": False,
        "delivery": None,
        "error": None,
        "attachments": [],
    }


def test_messages_come_in_the_order_they_were_said(tool):
    ticket = create_ticket(message={"text": "first", "conversation": "messenger:1"})
    for text, minutes in (("third", 1), ("second", 3)):
        intake.receive(
            "facebook",
            inbound(
                conversation="messenger:1", text=text, posted_at=now() - timedelta(minutes=minutes)
            ),
        )
    found = tool.get(f"/tickets/{ticket.reference}").json
    assert [m["text"] for m in found["messages"]] == ["first", "second", "third"]


def test_the_history_says_what_happened_and_who_did_it(tool):
    ticket = create_ticket()
    simone = create_user(name="Simone", email="simone@region.example")
    actions.close(ticket, by=simone)

    history = tool.get(f"/tickets/{ticket.reference}").json["history"]

    assert history[0]["kind"] == "opened"
    assert history[-1]["kind"] == "closed"
    assert history[-1]["user"] == {"name": "Simone", "email": "simone@region.example"}
    assert history[-1]["text"]
    assert history[0]["user"] is None


def test_a_refused_reply_tells_why_in_words_and_what_the_council_said(tool):
    ticket = create_ticket()
    author = create_user(name="Agathe")
    add_reply(ticket, delivery=DeliveryStatus.FAILED, error_code="gone", user_id=author.id)
    add_reply(ticket, outside=True)

    refused, outside = tool.get(f"/tickets/{ticket.reference}").json["messages"][1:]

    assert refused["delivery"] == "failed"
    assert len(refused["error"]) > len("gone")
    assert refused["author"]["name"] == "Agathe"
    assert outside["error"] is None
    assert outside["author"]["name"] == "Région Exemple"


def test_a_deleted_message_shows_neither_its_text_nor_its_files(tool):
    ticket = create_ticket(message={"external_id": "m_1", "text": "secret"})
    file = add_file(first_message(ticket))
    intake.delete("facebook", Deleted(account=PAGE_ID, external_id="m_1", deleted_at=now()))

    (message,) = tool.get(f"/tickets/{ticket.reference}").json["messages"]

    assert message["deleted"] is True
    assert message["text"] == ""
    assert message["attachments"] == []
    path = f"/tickets/{ticket.reference}/attachments/{file.id}"
    assert tool.get(path).status_code == 404


@pytest.mark.parametrize(
    "reference",
    ["2026-000001-A", "x", "2026-" + "9" * 40 + "-K", "%00", "2026-٠٠٠٠٠١-K", "1" * 5000],
)
def test_there_is_no_such_ticket(tool, reference):
    create_ticket()
    assert tool.get(f"/tickets/{reference}").status_code == 404


def test_statements_of_a_ticket_do_not_grow_with_its_messages(tool):
    ticket = create_ticket(message={"conversation": "messenger:1"})
    ticket_path = f"/tickets/{ticket.reference}"
    agathe = create_user()
    add_file(add_reply(ticket, user_id=agathe.id))
    tool.get(ticket_path)
    with counted() as few:
        tool.get(ticket_path)
    for number in range(4):
        intake.receive("facebook", inbound(conversation="messenger:1"))
        add_file(add_reply(ticket, user_id=create_user().id), name=f"{number}.pdf")
    with counted() as many:
        assert len(tool.get(ticket_path).json["messages"]) == 10
    assert len(many) == len(few) <= 14, many


# --- Files --------------------------------------------------------------------------------------


def test_a_file_is_fetched_from_the_address_it_is_given_with(tool):
    ticket = create_ticket()
    add_file(first_message(ticket), b"%PDF-1.7 a form")

    (file,) = tool.get(f"/tickets/{ticket.reference}").json["messages"][0]["attachments"]

    assert {**file, "url": ""} == {
        "name": "form.pdf",
        "type": "application/pdf",
        "size": 15,
        "url": "",
    }
    answer = tool.client.get(file["url"], headers=tool.headers, buffered=True)
    assert answer.data == b"%PDF-1.7 a form"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert tool.client.get(file["url"]).status_code == 401


def test_a_type_that_a_browser_might_run_is_given_as_bytes(tool):
    ticket = create_ticket()
    file = add_file(first_message(ticket), b"<script>", name="x.html", media_type="text/html")
    answer = tool.get(f"/tickets/{ticket.reference}/attachments/{file.id}")
    assert answer.mimetype == "application/octet-stream"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"name": "", "label": "location: 48.1,-1.6"}, "Shared location 48.1,-1.6"),
        ({"name": "", "label": "hologram: 3d"}, "A file that could not be fetched"),
        ({"name": "", "error_code": "gone"}, "A file – not copied: it was gone from the platform"),
        ({"name": "a.mp4", "error_code": "too_large"}, "a.mp4 – not copied: it is too large"),
    ],
)
def test_a_file_that_is_not_copied_has_no_address_and_says_why_in_words(tool, values, name):
    ticket = create_ticket()
    add_file(first_message(ticket), state=FileState.MISSING, **values)
    (file,) = tool.get(f"/tickets/{ticket.reference}").json["messages"][0]["attachments"]
    assert file["url"] is None
    assert file["name"] == name


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30, "9" * 5000, "٣"])
def test_there_is_no_such_file(tool, number):
    ticket = create_ticket()
    assert tool.get(f"/tickets/{ticket.reference}/attachments/{number}").status_code == 404


def test_a_file_of_another_ticket_is_not_there(tool):
    mine, other = create_ticket(), create_ticket()
    file = add_file(first_message(other))
    assert tool.get(f"/tickets/{mine.reference}/attachments/{file.id}").status_code == 404


def test_a_contact_without_a_name_is_an_empty_name(tool):
    ticket = create_ticket()
    db.session.get(Contact, ticket.contact_id).name = ""
    db.session.commit()
    assert tool.get(f"/tickets/{ticket.reference}").json["contact"]["name"] == ""
