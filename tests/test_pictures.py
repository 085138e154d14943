"""Small pictures of what strangers sent: what they show, what they leave out, what has none."""

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from flask import Flask
from PIL import Image

from hub import files, picture_maker, pictures

PDF = "application/pdf"


@pytest.fixture(autouse=True)
def app(tmp_path: Path) -> Iterator[Flask]:
    """A folder to keep files in; pictures need no more of the hub."""
    small = Flask("pictures", instance_path=str(tmp_path))
    with small.app_context():
        yield small


def kept(image: Image.Image, kind: str = "JPEG", **options: object) -> str:
    content = io.BytesIO()
    image.save(content, kind, **options)
    content.seek(0)
    return files.store(content)[0]


def document(pages: int) -> str:
    pdf = pypdfium2.PdfDocument.new()
    for _number in range(pages):
        pdf.new_page(595, 842)
    content = io.BytesIO()
    pdf.save(content)
    content.seek(0)
    return files.store(content)[0]


def seen(key: str, number: int = 0) -> Image.Image:
    return Image.open(io.BytesIO(pictures.path(key, number).read_bytes()))


def test_a_large_picture_becomes_a_thumbnail() -> None:
    key = kept(Image.new("RGB", (4000, 1000), "red"))
    assert pictures.make(key, "image/jpeg") == 1
    assert (seen(key).format, seen(key).size) == ("WEBP", (480, 120))


def test_a_picture_taken_sideways_is_shown_upright_and_says_nothing_of_where_it_was() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Téléphone de Nolwenn"
    exif.get_ifd(0x8825)[1] = "N"
    key = kept(Image.new("RGB", (40, 20), "red"), exif=exif)
    pictures.make(key, "image/jpeg")
    assert seen(key).size == (20, 40)
    assert not seen(key).getexif()
    assert b"Nolwenn" not in pictures.path(key, 0).read_bytes()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_kind_are_shown(mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    key = kept(Image.new(mode, (30, 30)), kind)
    assert pictures.make(key, "image/png") == 1


def test_what_is_seen_through_stays_so() -> None:
    key = kept(Image.new("RGBA", (30, 30), (0, 0, 0, 0)), "PNG")
    pictures.make(key, "image/png")
    assert seen(key).mode == "RGBA"


def test_a_document_has_a_thumbnail_and_a_picture_of_each_page() -> None:
    key = document(3)
    assert pictures.make(key, PDF) == 4
    assert max(seen(key).size) == 480
    assert seen(key, 3).size == (1240, 1754)


def test_of_a_long_document_the_first_pages_are_shown() -> None:
    key = document(picture_maker.MOST_PAGES + 2)
    assert pictures.make(key, PDF) == 1 + picture_maker.MOST_PAGES


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n broken", b"%PDF-1.7 broken", b"GIF89a"]
)
@pytest.mark.parametrize("kind", ["image/png", PDF])
def test_what_is_broken_has_none_and_leaves_nothing_behind(
    content: bytes, kind: str, app: Flask
) -> None:
    key, _size = files.store(io.BytesIO(content))
    assert pictures.make(key, kind) == 0
    assert [p for p in Path(app.instance_path, "pictures").rglob("*") if p.is_file()] == []


def test_a_picture_that_would_fill_the_memory_has_none() -> None:
    side = 20_000  # 400 million pixels in a few kilobytes
    key = kept(Image.new("1", (side, side)), "PNG")
    started = time.monotonic()
    assert pictures.make(key, "image/png") == 0
    assert time.monotonic() - started < pictures.SECONDS


def test_what_takes_too_long_is_stopped_and_what_was_made_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import pathlib, sys, time\n"
        "pathlib.Path(sys.argv[3], '0.webp').write_bytes(b'made')\n"
        "pathlib.Path(sys.argv[3], '1.part').write_bytes(b'half')\n"
        "time.sleep(60)\n"
    )
    monkeypatch.setattr(picture_maker, "__file__", str(slow))
    monkeypatch.setattr(pictures, "SECONDS", 1.5)
    key = document(1)
    assert pictures.make(key, PDF) == 1
    assert pictures.path(key, 0).read_bytes() == b"made"


def test_pictures_go_with_their_file() -> None:
    key = document(1)
    pictures.make(key, PDF)
    files.remove(key)
    assert not pictures.path(key, 0).exists()
