"""Handing out the files of messages. Whoever asks, a file is a download and never a page: what
citizens send must not run or show itself under the hub's own address."""

import mimetypes
from pathlib import Path

from flask import Response, send_file
from werkzeug.exceptions import NotFound

from hub import files, media
from hub.tickets.models import Attachment


def as_download(attachment: Attachment) -> Response:
    """The stored copy of an attachment, as a download under a name that fits what it is.

    The caller has checked that it is stored and that the reader may have it. Raises NotFound
    when the copy is gone.
    """
    return as_file(files.path(attachment.storage_key), attachment.name, attachment.media_type)


def as_file(path: Path, name: str, media_type: str) -> Response:
    """The same for any file in the hub's keeping."""
    known = media_type if media_type in media.ENDINGS else media.UNKNOWN
    try:
        response = send_file(
            path, mimetype=known, as_attachment=True, download_name=_name(name, known)
        )
    except FileNotFoundError as error:
        raise NotFound from error
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _name(name: str, media_type: str) -> str:
    """The name with an ending that fits: a picture called invoice.exe is saved as a picture."""
    name = name or "file"
    ending = media.ENDINGS.get(media_type, ".bin")
    fits = mimetypes.guess_type(name)[0] == media_type or name.lower().endswith(ending)
    return name if fits else name + ending
