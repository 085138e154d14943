"""Files of messages, kept in the instance folder under the SHA-256 of their content.

The same content is stored once. A key is never a name that somebody chose, so nothing that
citizens send reaches the file system but bytes.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from flask import current_app

PIECE = 64 * 1024


def folder() -> Path:
    """Where the copies are."""
    return Path(current_app.instance_path) / "files"


def store(stream: IO[bytes]) -> tuple[str, int]:
    """Keep the rest of the stream. Gives (key, size in bytes). The file is complete and on the
    disk before it gets its name, so a crash leaves no half copy behind a key."""
    folder().mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder(), delete=False) as copy:
        try:
            key, size = _copy(stream, copy)
            path(key).parent.mkdir(exist_ok=True)
            os.replace(copy.name, path(key))
        except BaseException:
            os.unlink(copy.name)  # on a full disk, what is half there keeps it full
            raise
    return key, size


def _copy(stream: IO[bytes], copy: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(PIECE):
        digest.update(piece)
        size += len(piece)
        copy.write(piece)
    copy.flush()
    os.fsync(copy.fileno())
    return digest.hexdigest(), size


def path(key: str) -> Path:
    """Where the copy with this key is. Raises ValueError for what is no key."""
    if len(key) != 64 or not all(c in "0123456789abcdef" for c in key):
        raise ValueError("not a storage key")
    return folder() / key[:2] / key


def remove(key: str) -> None:
    """Forget a copy; one that is gone already is no matter."""
    path(key).unlink(missing_ok=True)


def keys() -> Iterator[str]:
    """Every key in store."""
    for file in folder().glob("??/*"):
        yield file.name
