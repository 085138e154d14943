"""What a file is, by its first bytes and nothing else."""

import io
import zipfile

import pytest

from hub import media

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"


def archive(*names: str, first: tuple[str, str] | None = None) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        if first:
            zipped.writestr(*first)
        for name in names:
            zipped.writestr(name, "<xml/>")
    return content.getvalue()


def box(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0isom"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (archive("content.xml", first=("mimetype", ODT)), ODT),
        (archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"), WORD),
        (box(b"isom"), "video/mp4"),
        (box(b"M4A "), "audio/mpeg".replace("mpeg", "mp4")),
        (b"ID3\x04", "audio/mpeg"),
        (b"OggS", "audio/ogg"),
    ],
)
def test_each_type_is_known_by_its_content(head: bytes, kind: str) -> None:
    assert media.media_type(head) == kind
    assert kind in media.ENDINGS


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"MZ\x90\0",
        b"#!/bin/sh",
        b"RIFF\0\0\0\0WAVEfmt ",
        b" %PDF-1.7",
        b"\0\0\0\x18ftyp"[:6],
        box(b"heic"),
        box(b"avif"),
        archive("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"),
        archive("[Content_Types].xml", "_rels/.rels", "ppt/presentation.xml"),
        archive("evil.exe"),
    ],
)
def test_what_is_none_of_them_is_unknown(head: bytes) -> None:
    assert media.media_type(head) == media.UNKNOWN


@pytest.mark.parametrize("behind", [b"<script>alert(1)</script>", b"%PDF-1.7", b"PK\x03\x04word/"])
def test_what_stands_behind_the_beginning_does_not_count(behind: bytes) -> None:
    assert media.media_type(b"GIF89a" + behind) == "image/gif"
