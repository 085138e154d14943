"""Files in the page: pictures that the hub made, and players; everything else is a download."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from hub import files, pictures
from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.tickets import queries as tickets
from hub.tickets.models import Attachment, FileState, Ticket
from tests.builders import create_department, create_ticket

FILM = b"\0\0\0\x18ftypisom" + bytes(range(200)) * 10


@pytest.fixture(autouse=True)
def council(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "instance_path", str(tmp_path))


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def attach(ticket: Ticket, content: bytes, media_type: str, **values: Any) -> Attachment:
    key, size = files.store(io.BytesIO(content))
    attachment = Attachment(
        message_id=tickets.messages(ticket)[0].id,
        state=FileState.STORED,
        storage_key=key,
        media_type=media_type,
        size=size,
        next_at=None,
        **{"kind": "file", "name": "envoi", **values},
    )
    db.session.add(attachment)
    db.session.commit()
    return attachment


def picture(ticket: Ticket) -> Attachment:
    content = io.BytesIO()
    Image.new("RGB", (900, 600), "red").save(content, "PNG")
    attachment = attach(ticket, content.getvalue(), "image/png", name="abri.png", kind="image")
    attachment.pictures = pictures.make(attachment.storage_key, "image/png")
    attachment.pictured_at = now()
    db.session.commit()
    return attachment


def page(client: FlaskClient, ticket: Ticket) -> str:
    return client.get(f"/tickets/{ticket.reference}").text


# --- Pictures -------------------------------------------------------------------------------


def test_a_picture_is_shown_by_its_thumbnail_and_leads_to_the_original(
    client: FlaskClient, ticket: Ticket
) -> None:
    found = picture(ticket)
    shown = page(client, ticket)
    assert f'src="/attachments/{found.id}/pictures/0"' in shown
    assert f'href="/attachments/{found.id}" data-shows="/attachments/{found.id}"' in shown


def test_thumbnails_are_inert_and_kept_by_the_reader_alone(
    client: FlaskClient, ticket: Ticket
) -> None:
    answer = client.get(f"/attachments/{picture(ticket).id}/pictures/0", buffered=True)
    assert answer.mimetype == "image/webp"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=28800"


@pytest.mark.parametrize("number", [1, 999_999_999_999])
def test_there_is_no_picture_beyond_the_last(
    number: int, client: FlaskClient, ticket: Ticket
) -> None:
    assert client.get(f"/attachments/{picture(ticket).id}/pictures/{number}").status_code == 404


def test_a_broken_picture_is_a_download_like_any_file(client: FlaskClient, ticket: Ticket) -> None:
    found = attach(ticket, b"\x89PNG broken", "image/png", pictured_at=now())
    assert f'src="/attachments/{found.id}' not in page(client, ticket)
    assert f'href="/attachments/{found.id}" download' in page(client, ticket)


def test_a_document_is_looked_at_page_by_page(client: FlaskClient, ticket: Ticket) -> None:
    found = attach(ticket, b"%PDF-", "application/pdf", pictured_at=now(), pictures=3)
    address = f"/attachments/{found.id}/pictures"
    assert f'data-shows="{address}/1 {address}/2"' in page(client, ticket)


# --- Players --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media_type", "kind", "element"),
    [
        ("video/mp4", "video", "<video"),
        ("video/mp4", "audio", "<audio"),
        ("audio/mpeg", "file", "<audio"),
    ],
)
def test_films_and_recordings_are_played_in_the_page(
    media_type: str, kind: str, element: str, client: FlaskClient, ticket: Ticket
) -> None:
    found = attach(ticket, FILM, media_type, kind=kind)
    shown = page(client, ticket).split(element)[1]
    assert f'hx-preserve src="/attachments/{found.id}/media" controls preload="none"' in shown


def test_a_player_is_given_the_part_it_asks_for(client: FlaskClient, ticket: Ticket) -> None:
    found = attach(ticket, FILM, "video/mp4")
    address = f"/attachments/{found.id}/media"
    part = client.get(address, headers={"Range": "bytes=4-11"}, buffered=True)
    assert (part.status_code, part.data) == (206, b"ftypisom")
    assert part.headers["Content-Range"] == f"bytes 4-11/{len(FILM)}"
    whole = client.get(address, buffered=True)
    assert (whole.status_code, whole.data, whole.mimetype) == (200, FILM, "video/mp4")
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("kind", ["text/html", "image/png", "application/pdf", "image/svg+xml"])
def test_nothing_else_is_played(kind: str, client: FlaskClient, ticket: Ticket) -> None:
    found = attach(ticket, b"<script>alert(1)</script>", kind)
    assert client.get(f"/attachments/{found.id}/media").status_code == 404


@pytest.mark.parametrize("way", ["pictures/0", "media"])
def test_files_of_a_ticket_out_of_sight_are_not_there(way: str, client: FlaskClient) -> None:
    hidden = create_ticket(create_department("lycees"))
    found = attach(hidden, FILM, "video/mp4", pictures=1)
    assert client.get(f"/attachments/{found.id}/{way}").status_code == 404


def test_a_file_that_went_from_the_disk_is_not_there(client: FlaskClient, ticket: Ticket) -> None:
    film, still = attach(ticket, FILM, "video/mp4"), picture(ticket)
    for found in (film, still):
        files.remove(found.storage_key)
    assert client.get(f"/attachments/{film.id}/media").status_code == 404
    assert client.get(f"/attachments/{still.id}/pictures/0").status_code == 404
