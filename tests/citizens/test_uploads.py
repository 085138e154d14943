"""Files on the form: told by their content, refused with the reason, kept as inert bytes."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from hub import files, media
from hub.citizens import uploads
from hub.extensions import db
from hub.routing.models import Department
from hub.tickets.models import Attachment
from tests.citizens.people import FILLED, file, only_ticket, page, send, texts

Council = dict[str, Department]
MEGABYTE = 1024 * 1024


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40)) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, "teal").save(drawn, kind)
    return drawn.getvalue()


def document(*parts: str, mimetype: str = "") -> bytes:
    """An office document with these parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        for part in parts:
            archive.writestr(part, "<xml/>")
    return packed.getvalue()


DOCX = document("[Content_Types].xml", "word/document.xml")
ODT = document("content.xml", "styles.xml", mimetype=uploads.ODT)
PDF = b"%PDF-1.7\n%%EOF"


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 40,000 pixels wide and high."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def stored() -> list[Attachment]:
    return list(db.session.scalars(select(Attachment).order_by(Attachment.position)))


# --- Taken --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (picture("JPEG"), "photo.jpg", "image/jpeg"),
        (picture("PNG"), "photo.png", "image/png"),
        (picture("GIF"), "photo.gif", "image/gif"),
        (picture("WEBP"), "photo.webp", "image/webp"),
        (PDF, "lettre.pdf", "application/pdf"),
        (ODT, "lettre.odt", uploads.ODT),
        (DOCX, "lettre.docx", uploads.DOCX),
        (picture("JPEG"), "facture.exe", "image/jpeg"),
    ],
)
def test_a_file_is_what_its_content_says(
    client: FlaskClient, council: Council, content: bytes, name: str, media_type: str
) -> None:
    assert send(client, files=[file(content, name)]).status_code == 303
    [attachment] = stored()
    assert (attachment.state, attachment.media_type) == ("stored", media_type)
    assert (attachment.name, attachment.size) == (name, len(content))
    assert files.path(attachment.storage_key).read_bytes() == content


def test_several_files_keep_their_order(client: FlaskClient, council: Council) -> None:
    send(client, files=[file(PDF, "1.pdf"), file(DOCX, "2.docx"), file(picture(), "3.png")])
    assert [a.name for a in stored()] == ["1.pdf", "2.docx", "3.png"]
    assert [a.kind for a in stored()] == ["file", "file", "image"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("été à la région.png", "été à la région.png"),
        ("../../etc/passwd.png", "passwd.png"),
        ("a\x07b.png", "ab.png"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
    ],
)
def test_a_name_is_only_a_name(client: FlaskClient, council: Council, sent: str, kept: str) -> None:
    send(client, files=[file(picture(), sent)])
    assert [a.name for a in stored()] == [kept]


# --- Refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"MZ\x90\x00 a program", "photo.png", "none of the kinds"),
        (b"<html><script>alert(1)</script>", "page.pdf", "none of the kinds"),
        (b"<svg onload='alert(1)'/>", "drawing.png", "none of the kinds"),
        (b"ID3 music", "music.mp3", "none of the kinds"),
        (b"", "empty.pdf", "empty"),
        (PDF + b"x" * (10 * MEGABYTE), "large.pdf", "larger than 10 MB"),
        (bomb(), "bomb.png", "too many pixels"),
        (picture("JPEG", (600, 400))[:500], "half.jpg", "damaged picture"),
        (picture("PNG")[:60], "half.png", "damaged picture"),
        (b"GIF89a", "half.gif", "damaged picture"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "half.webp", "damaged picture"),
        (document("[Content_Types].xml", "xl/workbook.xml"), "a.docx", "none of the kinds"),
        (DOCX[:200], "half.docx", "damaged document"),
        (document("[Content_Types].xml", "word/é").replace(b"\xc3", b"\xff"), "a.docx", "damaged"),
        (
            document("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
            "macro.docx",
            "macros",
        ),
        (document("content.xml", "Basic/a.xml", mimetype=uploads.ODT), "macro.odt", "macros"),
        (document("readme.txt"), "archive.zip", "none of the kinds"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_with_the_reason_beside_it(
    client: FlaskClient, council: Council, content: bytes, name: str, reason: str
) -> None:
    refused = send(client, files=[file(content, name)])
    assert refused.status_code == 422
    tree = page(refused)
    [beside] = [e for e in tree.iter() if e.get("id") == "files-error"]
    said = " ".join(beside.itertext())
    assert reason in said
    assert name in said
    assert "#files" in [link.get("href") for link in tree.iter("a")]
    assert stored() == []


def test_the_rest_is_kept_and_files_must_be_chosen_again(
    client: FlaskClient, council: Council
) -> None:
    refused = send(client, files=[file(PDF, "good.pdf"), file(b"MZ", "bad.exe")])
    shown = texts(refused)
    assert FILLED["message"] in shown
    assert "choose them again" in shown
    assert "good.pdf" not in shown


def test_nothing_is_said_about_files_to_who_sent_none(
    client: FlaskClient, council: Council
) -> None:
    assert "again" not in texts(send(client, email=""))


def test_at_most_five_files_go_together(client: FlaskClient, council: Council) -> None:
    def sent(number: int) -> int:
        return send(client, files=[file(PDF, f"{n}.pdf") for n in range(number)]).status_code

    assert (sent(5), sent(6)) == (303, 422)


def test_at_most_20_megabytes_go_together(client: FlaskClient, council: Council) -> None:
    large = PDF + b"x" * (8 * MEGABYTE)
    assert send(client, files=[file(large, "1.pdf"), file(large, "2.pdf")]).status_code == 303
    refused = send(client, files=[file(large, f"{n}.pdf") for n in range(3)])
    assert "larger than 20 MB" in texts(refused)


def test_what_is_refused_leaves_nothing_on_the_disk(
    client: FlaskClient, council: Council, app: Flask
) -> None:
    before = set(files.keys())
    send(client, files=[file(PDF + b" never seen before"), file(b"MZ", "bad.exe")])
    send(client, email="", files=[file(PDF + b" never seen before")])
    assert set(files.keys()) == before
    assert not list(Path(app.instance_path, "files").glob("tmp*"))


def test_a_body_no_form_can_have_is_refused_whole(client: FlaskClient, council: Council) -> None:
    answer = send(client, files=[file(b"x" * (33 * MEGABYTE), "huge.pdf")])
    assert answer.status_code == 413
    assert "smaller or fewer files" in texts(answer)


def test_the_same_file_sent_twice_is_filed_once(client: FlaskClient, council: Council) -> None:
    for _try in range(2):
        send(client, submission="the-very-same-form", files=[file(PDF, "a.pdf")])
    assert only_ticket()
    assert len(stored()) == 1


def test_the_browser_is_told_what_can_be_chosen(client: FlaskClient, council: Council) -> None:
    [field] = [f for f in page(client.get("/contact")).iter("input") if f.get("type") == "file"]
    offered = set(field.get("accept").split(","))
    assert offered == {media.ENDINGS[kind] for kind in uploads.TAKEN} | {".jpeg"}
    assert field.get("multiple") is not None
