"""Files that citizens send with a message: checked by their content before anything is kept."""

import zipfile
from collections.abc import Sequence
from typing import IO, Final

from flask_babel import gettext as _
from PIL import Image, UnidentifiedImageError
from werkzeug.datastructures import FileStorage

from hub import files, media
from hub.channels.base import RemoteFile

MOST_FILES: Final = 5
MOST_BYTES: Final = 10 * 1024 * 1024
MOST_BYTES_TOGETHER: Final = 20 * 1024 * 1024
#: Pillow's own bound: a picture that unpacks to more is meant to fill somebody's memory.
MOST_PIXELS: Final = 89_478_485
ODT: Final = "application/vnd.oasis.opendocument.text"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TAKEN: Final = media.IMAGES | {"application/pdf", ODT, DOCX}
#: For the browser's file dialogue, which is a convenience and no check.
ACCEPT: Final = ",".join([*sorted(media.ENDINGS[kind] for kind in TAKEN), ".jpeg"])

#: What an office document must contain, and what it must not: macros.
_PARTS: Final = {ODT: ("content.xml", "Basic/"), DOCX: ("word/document.xml", "word/vbaProject")}


def problems(uploads: Sequence[FileStorage]) -> list[str]:
    """Why these files cannot be taken, a sentence for each; empty when they can."""
    if len(uploads) > MOST_FILES:
        return [_("Choose at most %(number)d files.", number=MOST_FILES)]
    found = [problem for upload in uploads if (problem := _problem(upload))]
    if not found and sum(map(_size, uploads)) > MOST_BYTES_TOGETHER:
        return [_("The files together are larger than 20 MB. Send fewer, or smaller ones.")]
    return found


def store(uploads: Sequence[FileStorage]) -> tuple[RemoteFile, ...]:
    """Keep files that have no problems, ready to enter with their message. It writes to the disk:
    call it with no transaction open."""
    return tuple(_stored(upload) for upload in uploads)


def _stored(upload: FileStorage) -> RemoteFile:
    kind = _media_type(upload)
    key, size = files.store(_from_start(upload))
    return RemoteFile(
        kind="image" if kind in media.IMAGES else "file",
        name=_name(upload),
        storage_key=key,
        media_type=kind,
        size=size,
    )


def _problem(upload: FileStorage) -> str:
    """What is wrong with one file; "" when nothing is."""
    name, size = _name(upload), _size(upload)
    if size == 0:
        return str(_("“%(name)s” is empty. Choose another file.", name=name))
    if size > MOST_BYTES:
        return str(_("“%(name)s” is larger than 10 MB. Choose a smaller file.", name=name))
    kind = _media_type(upload)
    if kind not in TAKEN:
        return str(
            _(
                "“%(name)s” is none of the kinds we take: JPEG, PNG, GIF, WebP, PDF, ODT, DOCX.",
                name=name,
            )
        )
    if kind in media.IMAGES:
        return _problem_of_image(upload, name)
    if kind in _PARTS:
        return _problem_of_document(upload, kind, name)
    return ""


def _problem_of_image(upload: FileStorage, name: str) -> str:
    """Only the head of a picture is read, and a JPEG unpacked at an eighth of its size: no
    picture fills the memory here."""
    too_large = _("“%(name)s” has too many pixels. Save it smaller and choose it again.", name=name)
    try:
        image = Image.open(_from_start(upload))
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
        return str(_("“%(name)s” is a damaged picture. Choose another file.", name=name))
    return ""


def _problem_of_document(upload: FileStorage, kind: str, name: str) -> str:
    """Looks at the list of the archive's parts; nothing is unpacked."""
    wanted, unwanted = _PARTS[kind]
    try:
        parts = zipfile.ZipFile(_from_start(upload)).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):  # ValueError: names not in UTF-8
        parts = []
    if wanted not in parts:
        return str(_("“%(name)s” is a damaged document. Choose another file.", name=name))
    if any(part.startswith(unwanted) for part in parts):
        return str(_("“%(name)s” contains macros. Save it without them, or as a PDF.", name=name))
    return ""


def _media_type(upload: FileStorage) -> str:
    return media.media_type(_from_start(upload).read(media.HEAD_BYTES))


def _from_start(upload: FileStorage) -> IO[bytes]:
    upload.stream.seek(0)
    return upload.stream


def _size(upload: FileStorage) -> int:
    size = upload.stream.seek(0, 2)
    upload.stream.seek(0)
    return size


def _name(upload: FileStorage) -> str:
    """The file's own name, without folders and what cannot be shown."""
    last = (upload.filename or "").rpartition("/")[2]
    shown = "".join(character for character in last if character.isprintable())
    return shown[-200:] or "file"
