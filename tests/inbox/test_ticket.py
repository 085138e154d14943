"""The page of a ticket: who may see it, and what it shows."""

import html as markup
import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from hub import files
from hub.accounts.models import User
from hub.channels.base import Author, Deleted, Hidden, Publication, RemoteFile
from hub.clock import now
from hub.extensions import db
from hub.inbox import pages, queries
from hub.intake import actions as intake
from hub.live import queries as live
from hub.outbox import actions as outbox
from hub.tickets import actions
from hub.tickets.models import Attachment, FileState, Message, Ticket
from tests.builders import (
    PAGE_ID,
    create_account,
    create_department,
    create_ticket,
    create_user,
    inbound,
)


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def page(client: FlaskClient, ticket: Ticket, query: str = "") -> str:
    """The words and marks of a ticket's page."""
    response = client.get(f"/tickets/{ticket.reference}{query}")
    assert response.status_code == 200
    return markup.unescape(response.get_data(as_text=True))


def texts(html: str) -> list[str]:
    """What the messages of the page say, in order."""
    return re.findall(r'<div class="message-text"[^>]*>(.*?)</div>', html, re.DOTALL)


# --- Who may see it ------------------------------------------------------------


def test_another_departments_ticket_is_not_there(client: FlaskClient) -> None:
    other = create_ticket(create_department("lycees"))
    assert client.get(f"/tickets/{other.reference}").status_code == 404


@pytest.mark.parametrize("action", ["replies", "notes", "take", "assign", "transfer", "close"])
def test_another_departments_ticket_cannot_be_changed(action: str, client: FlaskClient) -> None:
    other = create_ticket(create_department("lycees"))
    response = client.post(f"/tickets/{other.reference}/{action}", data={"text": "x", "note": "x"})
    assert response.status_code == 404
    assert len(queries.history(other)[0]) == 3  # opened, routed, received


@pytest.mark.parametrize("wrong", ["2026-000001-A", "1999-000001-P", "nothing", "%00", "9" * 60])
def test_a_wrong_reference_is_not_there(wrong: str, client: FlaskClient, ticket: Ticket) -> None:
    assert client.get(f"/tickets/{wrong}").status_code == 404


def test_a_reference_in_small_letters_is_understood(client: FlaskClient, ticket: Ticket) -> None:
    assert client.get(f"/tickets/{ticket.reference.lower()}").status_code == 200


def test_somebody_who_is_not_signed_in_comes_back_after_signing_in(
    app: Any, ticket: Ticket
) -> None:
    response = app.test_client().get(f"/tickets/{ticket.reference}")
    assert response.status_code == 302
    assert f"next=/tickets/{ticket.reference}" in response.location


# --- The conversation ------------------------------------------------------------


def test_the_conversation_reads_from_the_oldest_to_the_newest(
    agent: User, client: FlaskClient, ticket: Ticket
) -> None:
    outbox.reply(ticket, "Voici la réponse.", visibility="private", by=agent)
    actions.note(ticket, "Pour nous seuls.", by=agent)
    assert texts(page(client, ticket)) == [
        "Bonjour, où en est ma demande ?",
        "Voici la réponse.",
        "Pour nous seuls.",
    ]


def test_markup_in_messages_names_and_tags_is_only_text(agent: User, client: FlaskClient) -> None:
    evil = '"><script>alert(1)</script>'
    ticket = create_ticket(
        create_department("transports"),
        message={"text": evil, "author": Author(external_id="66", name=evil, handle=evil)},
    )
    actions.note(ticket, evil, by=agent)
    actions.tag(ticket, evil, by=agent)
    response = client.get(f"/tickets/{ticket.reference}")
    assert "<script>alert" not in response.get_data(as_text=True)


def test_older_messages_are_one_link_away(
    client: FlaskClient, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MESSAGES", 3)
    _say(ticket, 4)
    newest = page(client, ticket)
    assert texts(newest) == ["Message 1", "Message 2", "Message 3"]
    older = re.search(r'href="/tickets/[^"?]+(\?before=\d+)"', newest)
    assert older is not None
    assert texts(page(client, ticket, older[1])) == ["Bonjour, où en est ma demande ?", "Message 0"]


@pytest.mark.parametrize(
    ("before", "status"), [("0", 404), ("999999", 404), ("99999999999999999999", 200), ("x", 200)]
)
def test_messages_before_one_that_is_not_the_tickets_are_not_shown(
    before: str, status: int, client: FlaskClient, ticket: Ticket
) -> None:
    assert client.get(f"/tickets/{ticket.reference}?before={before}").status_code == status


def test_another_tickets_message_opens_nothing(client: FlaskClient, ticket: Ticket) -> None:
    other = create_ticket(create_department("lycees"), message={"text": "Secret"})
    number = db.session.query(Message.id).filter_by(ticket_id=other.id).scalar()
    for name in ("before", "restore"):
        response = client.get(f"/tickets/{ticket.reference}?{name}={number}")
        assert "Secret" not in response.get_data(as_text=True)


def test_a_removed_message_leaves_its_place(client: FlaskClient, ticket: Ticket) -> None:
    stored = intake.receive("facebook", _follow_up(ticket, text="Retiré depuis"))
    gone = Deleted(account=PAGE_ID, external_id=stored.external_id or "", deleted_at=now())
    intake.delete("facebook", gone)
    html = page(client, ticket)
    assert "Retiré depuis" not in html
    assert "is-deleted" in html


def test_a_hidden_message_says_so(client: FlaskClient, ticket: Ticket) -> None:
    stored = intake.receive("facebook", _follow_up(ticket))
    hidden = Hidden(account=PAGE_ID, external_id=stored.external_id or "", hidden=True, at=now())
    intake.hide("facebook", hidden)
    assert "#eye-off" in page(client, ticket)


# --- What became of a reply ------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "mark", "sentence"),
    [
        ("pending", "", "pending", ""),
        ("sending", "", "sending", ""),
        ("waiting", "rate_limited", "waiting", "rate_limited"),
        ("failed", "window_closed", "failed", "window_closed"),
        ("unknown", "no_answer", "unknown", "no_answer"),
    ],
)
def test_each_standing_of_a_reply_is_in_words(
    status: str,
    code: str,
    mark: str,
    sentence: str,
    app: Any,
    agent: User,
    client: FlaskClient,
    ticket: Ticket,
) -> None:
    _reply(ticket, agent, delivery=status, error_code=code)
    html = page(client, ticket)
    assert f"sign-delivery-{mark}" in html
    sentences = app.extensions["hub.channels"]["facebook"].sentences
    if sentence:
        with app.test_request_context():
            assert str(sentences[sentence]) in html or sentences[sentence] in html


def test_a_code_without_a_sentence_is_still_told(
    agent: User, client: FlaskClient, ticket: Ticket
) -> None:
    _reply(ticket, agent, delivery="failed", error_code="strange-thing")
    assert "strange-thing" in page(client, ticket)


@pytest.mark.parametrize(
    "code", ["worker-died", "unexpected", "credentials-unreadable", "channel-off"]
)
def test_the_hubs_own_troubles_have_sentences(
    code: str, agent: User, client: FlaskClient, ticket: Ticket
) -> None:
    _reply(ticket, agent, delivery="unknown", error_code=code)
    assert code not in page(client, ticket)


def test_a_read_reply_says_so(agent: User, client: FlaskClient, ticket: Ticket) -> None:
    _reply(ticket, agent, delivery="sent", sent_at=now(), read_at=now())
    assert "sign-delivery-read" in page(client, ticket)


def test_a_refused_text_can_be_put_back_in_the_composer(
    agent: User, client: FlaskClient, ticket: Ticket
) -> None:
    message = _reply(ticket, agent, text="Le texte refusé", delivery="failed", error_code="refused")
    html = page(client, ticket)
    address = f"?restore={message.id}"
    assert address in html
    (composer,) = re.findall(
        r'<textarea[^>]*id="composer-text"[^>]*>(.*?)</textarea>', page(client, ticket, address)
    )
    assert composer.strip() == "Le texte refusé"


# --- Files ------------------------------------------------------------


def test_a_picture_is_shown_and_leads_to_its_download(client: FlaskClient, ticket: Ticket) -> None:
    attachment = _attach(ticket, b"\x89PNG\r\n\x1a\n", "arret.png", "image/png")
    assert f'<img src="/attachments/{attachment.id}"' in page(client, ticket)


@pytest.mark.parametrize(
    ("name", "declared", "served"),
    [
        ("arret.png", "image/png", "image/png"),
        ("page.html", "text/html", "application/octet-stream"),
        ("dessin.svg", "image/svg+xml", "application/octet-stream"),
    ],
)
def test_a_file_is_always_an_inert_download(
    name: str, declared: str, served: str, client: FlaskClient, ticket: Ticket
) -> None:
    attachment = _attach(ticket, b"<script>alert(1)</script>", name, declared)
    with client.get(f"/attachments/{attachment.id}") as response:
        assert response.status_code == 200
        assert response.mimetype == served
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"]


def test_another_departments_files_are_not_there(client: FlaskClient) -> None:
    other = create_ticket(create_department("lycees"))
    attachment = _attach(other, b"secret", "a.pdf", "application/pdf")
    assert client.get(f"/attachments/{attachment.id}").status_code == 404


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999"])
def test_a_file_that_never_was_is_not_there(number: str, client: FlaskClient) -> None:
    assert client.get(f"/attachments/{number}").status_code == 404


def test_a_file_that_is_not_stored_has_no_address(client: FlaskClient, ticket: Ticket) -> None:
    attachment = _attach(ticket, b"x", "a.mp4", "video/mp4")
    attachment.state, attachment.error_code = FileState.MISSING, "too_large"
    db.session.commit()
    html = page(client, ticket)
    assert f"/attachments/{attachment.id}" not in html
    assert "attachment-missing" in html
    assert client.get(f"/attachments/{attachment.id}").status_code == 404


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("link: https://example.org/x", "Shared link https://example.org/x"),
        ("location: 48.1,-1.6", "Shared location 48.1,-1.6"),
        ("empty", "Message without text"),
        ("unsupported: template", "Attachment of a kind the hub cannot show; see it on Facebook."),
        ("hologram: in-depth", "A file that could not be fetched"),
    ],
)
def test_the_place_of_a_file_says_in_words_what_was_there(
    client: FlaskClient, label: str, words: str
) -> None:
    ticket = create_ticket(
        create_department("transports"),
        message={"files": (RemoteFile(kind="file", label=label),)},
    )
    _head, _, rest = page(client, ticket).partition('id="thread"')
    shown = rest.partition('class="ticket-foot"')[0]
    assert words in shown
    for code in ("unsupported", "hologram", "template", "in-depth"):
        assert code not in shown


def test_a_file_whose_channel_is_off_is_told_without_codes(
    client: FlaskClient, ticket: Ticket
) -> None:
    attachment = _attach(ticket, b"x", "", "video/mp4")
    attachment.state, attachment.label = FileState.MISSING, "unsupported: template"
    ticket.channel = "telegram"
    db.session.commit()
    shown = page(client, ticket)
    assert "A file that could not be fetched" in shown
    assert "unsupported" not in shown


# --- The side panel ------------------------------------------------------------


def test_the_panel_tells_why_this_department(client: FlaskClient, ticket: Ticket) -> None:
    ticket.routed_because = "le mot « car » y est"
    db.session.commit()
    assert "le mot « car » y est" in page(client, ticket)


def test_the_panel_leads_to_the_publication_when_its_address_is_a_web_address(
    client: FlaskClient,
) -> None:
    ticket = create_ticket(
        create_department("transports"),
        message={
            "publication": Publication(
                external_id="9", permalink="https://www.facebook.com/9", text="Rentrée"
            )
        },
    )
    html = page(client, ticket)
    assert 'href="https://www.facebook.com/9"' in html
    assert "Rentrée" in html
    assert ticket.publication is not None
    ticket.publication.permalink = "javascript:alert(1)"
    db.session.commit()
    assert "javascript:" not in page(client, ticket)


def test_the_panel_lists_the_persons_other_tickets_as_far_as_one_may_see_them(
    agent: User, client: FlaskClient, ticket: Ticket
) -> None:
    seen = create_ticket(create_department("transports"), contact_id=ticket.contact_id)
    unseen = create_ticket(create_department("lycees"), contact_id=ticket.contact_id)
    strangers = create_ticket(create_department("transports"))
    _column, _, html = page(client, ticket).partition("pane-facts")
    assert seen.reference in html
    assert unseen.reference not in html
    assert strangers.reference not in html


def test_the_history_is_read_in_pages(
    agent: User, client: FlaskClient, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "HISTORY", 2)
    actions.take(ticket, agent)
    found = re.search(r"(\?history=\d+)#history", page(client, ticket))
    assert found is not None
    lines, older = queries.history(ticket, before=int(found[1].partition("=")[2]))
    assert len(lines) == 2
    assert older is None
    assert page(client, ticket, found[1])


# --- The composer ------------------------------------------------------------


def test_the_composer_offers_the_ways_of_the_channel_with_their_limits(
    client: FlaskClient, ticket: Ticket
) -> None:
    html = page(client, ticket)
    assert 'value="private:messenger"' in html
    assert 'data-limit="2000"' in html


def test_a_way_that_is_closed_says_why_and_cannot_be_chosen(client: FlaskClient) -> None:
    ticket = create_ticket(
        create_department("transports"), message={"posted_at": now() - timedelta(days=9)}
    )
    html = page(client, ticket)
    assert re.search(r'<input type="radio"[^>]*value="private:messenger"[^>]*disabled', html)
    assert "way-reason" in html
    assert re.search(r'<button[^>]*disabled[^>]*id="send"|<button[^>]*id="send"[^>]*disabled', html)


def test_a_ticket_of_a_channel_that_is_off_can_be_read_and_noted(
    client: FlaskClient, ticket: Ticket
) -> None:
    ticket.channel = "telegram"
    db.session.commit()
    assert 'id="add-note"' in page(client, ticket)


def test_a_broken_account_is_told_where_one_writes(client: FlaskClient, ticket: Ticket) -> None:
    create_account().broken_because = "token_dead"
    db.session.commit()
    assert "banner-warning" in page(client, ticket)


def test_an_account_that_the_council_gave_up_promises_no_answer(
    client: FlaskClient, ticket: Ticket
) -> None:
    create_account().broken_because = "disconnected"
    db.session.commit()
    html = page(client, ticket)
    composer = html[html.index('id="composer"') :]
    assert composer.count("banner-warning") == 1
    assert re.search(r'<button[^>]*id="send"[^>]* disabled', composer)


# --- Live parts ------------------------------------------------------------


def test_an_open_page_that_knows_the_last_change_is_given_nothing(
    client: FlaskClient, ticket: Ticket
) -> None:
    version = queries.versions(ticket).last
    assert _parts(client, ticket, f"?version={version}").status_code == 204


def test_a_page_that_refuses_something_shows_all_that_its_version_counts(
    client: FlaskClient, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = queries.versions

    def read_while_it_changes(found: Ticket) -> queries.Versions:
        statement = update(Ticket).where(Ticket.id == found.id).values(subject="Meanwhile")
        db.session.connection().execute(statement)
        return read(found)

    monkeypatch.setattr(queries, "versions", read_while_it_changes)
    refused = client.post(f"/tickets/{ticket.reference}/transfer", data={"department": ""})
    assert refused.status_code == 422
    assert "<h1>Meanwhile</h1>" in refused.text


def test_an_open_page_is_given_the_parts_that_change_and_what_others_did(
    client: FlaskClient, ticket: Ticket
) -> None:
    version = live.latest()
    actions.close(ticket, by=create_user(name="Bertrand Collègue"))
    html = _parts(client, ticket, f"?since={version}&version={version}").text
    assert "<html" not in html
    for part in ("ticket-head", "thread", "changes", "facts", "updates", "composer", "views"):
        assert re.search(rf'<\w+ id="{part}"[^>]*hx-swap-oob="true"', html), part
    changes = html[html.index('id="changes"') :]
    assert "Bertrand Collègue" in changes[: changes.index("</div>")]


def test_ones_own_doing_is_no_news(agent: User, client: FlaskClient, ticket: Ticket) -> None:
    version = live.latest()
    actions.take(ticket, agent)
    html = _parts(client, ticket, f"?since={version}&version={version}").text
    changes = html[html.index('id="changes"') :]
    assert "<li>" not in changes[: changes.index("</div>")]


def test_an_open_page_whose_ticket_left_the_department_is_told_so_and_nothing_else(
    agent: User, client: FlaskClient, ticket: Ticket
) -> None:
    actions.transfer(ticket, create_department("lycees"), "Pour eux.", by=agent)
    html = _parts(client, ticket, "?version=0").text
    assert re.findall(r'<\w+ id="([^"]+)"', html) == ["updates", "changes"]
    assert "hx-get" not in html
    assert "Pour eux." not in html


# --- Steps ------------------------------------------------------------


def _parts(client: FlaskClient, ticket: Ticket, query: str) -> Any:
    return client.get(f"/tickets/{ticket.reference}{query}", headers={"HX-Request": "true"})


def _say(ticket: Ticket, count: int) -> None:
    for number in range(count):
        db.session.add(
            Message(
                ticket_id=ticket.id,
                account_id=ticket.account_id,
                direction="in",
                visibility="private",
                text=f"Message {number}",
                posted_at=now() + timedelta(seconds=number),
            )
        )
    db.session.commit()


def _follow_up(ticket: Ticket, **values: Any) -> Any:
    conversation = db.session.query(Message.conversation).filter_by(ticket_id=ticket.id).scalar()
    author = Author(external_id=conversation.partition(":")[2], name="")
    return inbound(conversation=conversation, author=author, **values)


def _reply(ticket: Ticket, by: User, *, text: str = "Bonjour.", **values: Any) -> Message:
    message = outbox.reply(ticket, text, visibility="private", by=by)
    for name, value in values.items():
        setattr(message, name, value)
    db.session.commit()
    return message


def _attach(ticket: Ticket, content: bytes, name: str, media_type: str) -> Attachment:
    key, size = files.store(BytesIO(content))
    message_id = db.session.query(Message.id).filter_by(ticket_id=ticket.id).scalar()
    attachment = Attachment(
        message_id=message_id,
        kind="file",
        state=FileState.STORED,
        name=name,
        media_type=media_type,
        size=size,
        storage_key=key,
    )
    db.session.add(attachment)
    db.session.commit()
    return attachment
