"""A file that somebody sends with a form, looked at by its content: its name and the type that
its browser declares are not believed."""

from collections.abc import Iterable
from typing import IO, Final

from flask_babel import gettext as _
from PIL import Image, UnidentifiedImageError
from werkzeug.datastructures import FileStorage

from hub import media

#: Pillow's own bound: a picture that unpacks to more is meant to fill somebody's memory.
MOST_PIXELS: Final = 89_478_485


def chosen(uploads: Iterable[FileStorage]) -> list[FileStorage]:
    """Those that hold a file: a browser sends a nameless one for a field left empty."""
    return [upload for upload in uploads if upload.filename]


def name(upload: FileStorage) -> str:
    """The file's own name, without folders and what cannot be shown."""
    last = (upload.filename or "").rpartition("/")[2]
    shown = "".join(character for character in last if character.isprintable())
    return shown[-200:] or "file"


def size(upload: FileStorage) -> int:
    """In bytes."""
    found = upload.stream.seek(0, 2)
    upload.stream.seek(0)
    return found


def media_type(upload: FileStorage) -> str:
    """What its first bytes say; media.UNKNOWN when it is nothing we know."""
    return media.media_type(from_start(upload).read(media.HEAD_BYTES))


def from_start(upload: FileStorage) -> IO[bytes]:
    upload.stream.seek(0)
    return upload.stream


def problem_of_picture(upload: FileStorage) -> str:
    """Why this picture cannot be taken, as a sentence; "" when it can.

    Only the head of a picture is read, and a JPEG unpacked at an eighth of its size: no picture
    fills the memory here.
    """
    label = name(upload)
    too_large = _(
        "“%(name)s” has too many pixels. Save it smaller and choose it again.", name=label
    )
    try:
        image = Image.open(from_start(upload))
        if image.width * image.height > MOST_PIXELS:
            return str(too_large)
        if image.format == "JPEG":
            image.draft("RGB", (256, 256))
            image.load()
        else:
            image.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return str(too_large)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return str(_("“%(name)s” is a damaged picture. Choose another file.", name=label))
    return ""
