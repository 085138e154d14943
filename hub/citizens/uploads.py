"""Files that citizens send with a message: checked by their content before anything is kept."""

import zipfile
from collections.abc import Sequence
from typing import Final

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from hub import files, media, uploads
from hub.channels.base import RemoteFile

MOST_FILES: Final = 5
MOST_BYTES: Final = 10 * 1024 * 1024
MOST_BYTES_TOGETHER: Final = 20 * 1024 * 1024
ODT: Final = "application/vnd.oasis.opendocument.text"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TAKEN: Final = media.IMAGES | {"application/pdf", ODT, DOCX}
#: For the browser's file dialogue, which is a convenience and no check.
ACCEPT: Final = ",".join([*sorted(media.ENDINGS[kind] for kind in TAKEN), ".jpeg"])

#: What an office document must contain, and what it must not: macros.
_PARTS: Final = {ODT: ("content.xml", "Basic/"), DOCX: ("word/document.xml", "word/vbaProject")}


def problems(sent: Sequence[FileStorage]) -> list[str]:
    """Why these files cannot be taken, a sentence for each; empty when they can."""
    if len(sent) > MOST_FILES:
        return [_("Choose at most %(number)d files.", number=MOST_FILES)]
    found = [problem for upload in sent if (problem := _problem(upload))]
    if not found and sum(map(uploads.size, sent)) > MOST_BYTES_TOGETHER:
        return [_("The files together are larger than 20 MB. Send fewer, or smaller ones.")]
    return found


def store(sent: Sequence[FileStorage]) -> tuple[RemoteFile, ...]:
    """Keep files that have no problems, ready to enter with their message. It writes to the disk:
    call it with no transaction open."""
    return tuple(_stored(upload) for upload in sent)


def _stored(upload: FileStorage) -> RemoteFile:
    kind = uploads.media_type(upload)
    key, size = files.store(uploads.from_start(upload))
    return RemoteFile(
        kind="image" if kind in media.IMAGES else "file",
        name=uploads.name(upload),
        storage_key=key,
        media_type=kind,
        size=size,
    )


def _problem(upload: FileStorage) -> str:
    """What is wrong with one file; "" when nothing is."""
    name, size = uploads.name(upload), uploads.size(upload)
    if size == 0:
        return str(_("“%(name)s” is empty. Choose another file.", name=name))
    if size > MOST_BYTES:
        return str(_("“%(name)s” is larger than 10 MB. Choose a smaller file.", name=name))
    kind = uploads.media_type(upload)
    if kind not in TAKEN:
        return str(
            _(
                "“%(name)s” is none of the kinds we take: JPEG, PNG, GIF, WebP, PDF, ODT, DOCX.",
                name=name,
            )
        )
    if kind in media.IMAGES:
        return uploads.problem_of_picture(upload)
    if kind in _PARTS:
        return _problem_of_document(upload, kind, name)
    return ""


def _problem_of_document(upload: FileStorage, kind: str, name: str) -> str:
    """Looks at the list of the archive's parts; nothing is unpacked."""
    wanted, unwanted = _PARTS[kind]
    try:
        parts = zipfile.ZipFile(uploads.from_start(upload)).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):  # ValueError: names not in UTF-8
        parts = []
    if wanted not in parts:
        return str(_("“%(name)s” is a damaged document. Choose another file.", name=name))
    if any(part.startswith(unwanted) for part in parts):
        return str(_("“%(name)s” contains macros. Save it without them, or as a PDF.", name=name))
    return ""
