"""Handing out the files of messages. Whoever asks, a file is a download and never a page: what
citizens send must not run or show itself under the hub's own address. What the pages show of it
are pictures that the hub made, and films and recordings inside a player."""

import mimetypes
from pathlib import Path

from flask import Response, send_file
from werkzeug.exceptions import NotFound

from hub import files, media, pictures
from hub.tickets.models import Attachment, FileState

#: For a working day, in the reader's own browser alone.
KEPT_BY_BROWSERS = "private, max-age=28800"


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
    return _inert(response, cache="private, no-store")


def as_picture(attachment: Attachment, number: int) -> Response:
    """A picture that the hub made of an attachment: 0 is the thumbnail, the pages of a document
    follow. Browsers may keep it: the same file has the same pictures for ever. Raises NotFound."""
    if not 0 <= number < attachment.pictures:
        raise NotFound
    try:
        response = send_file(
            pictures.path(attachment.storage_key, number), mimetype=pictures.MEDIA_TYPE
        )
    except FileNotFoundError as error:
        raise NotFound from error
    return _inert(response, cache=KEPT_BY_BROWSERS)


def player(attachment: Attachment) -> str:
    """What plays a file: "video", "audio", or "" when nothing does. Platforms wrap voice messages
    into the container of films."""
    if attachment.state != FileState.STORED or attachment.media_type not in media.PLAYED:
        return ""
    is_film = attachment.media_type.startswith("video/") and attachment.kind != "audio"
    return "video" if is_film else "audio"


def as_media(attachment: Attachment) -> Response:
    """The stored copy of a film or a recording, for a player: whole, or the part of it (Range) at
    which the listener is. Raises NotFound for what is neither, and when the copy is gone."""
    if attachment.media_type not in media.PLAYED:
        raise NotFound
    try:
        response = send_file(
            files.path(attachment.storage_key), mimetype=attachment.media_type, conditional=True
        )
    except FileNotFoundError as error:
        raise NotFound from error
    return _inert(response, cache=KEPT_BY_BROWSERS)


def _inert(response: Response, *, cache: str) -> Response:
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = cache
    return response


def _name(name: str, media_type: str) -> str:
    """The name with an ending that fits: a picture called invoice.exe is saved as a picture."""
    name = name or "file"
    ending = media.ENDINGS.get(media_type, ".bin")
    fits = mimetypes.guess_type(name)[0] == media_type or name.lower().endswith(ending)
    return name if fits else name + ending
