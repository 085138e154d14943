"""Files of messages, kept in the instance folder under the SHA-256 of their content.

The same content is stored once. A key is never a name that somebody chose, so nothing that
people send reaches the file system but bytes.

A file that goes with an answer is held beside the others while the answer is being written:
kept for good when the answer is, forgotten when it never comes.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from flask import current_app

from hub.clock import now

PIECE = 64 * 1024
#: How long a file is held for an answer, unless something else wants it (`keeps_held`).
HELD_FOR = timedelta(days=2)

#: Each gives the keys of held files that are wanted still.
_wanting: list[Callable[[], set[str]]] = []


def keeps_held(function: Callable[[], set[str]]) -> Callable[[], set[str]]:
    """Register who tells which held files are wanted still: no such file is forgotten."""
    _wanting.append(function)
    return function


def folder() -> Path:
    """Where the copies are."""
    return Path(current_app.instance_path) / "files"


def store(stream: IO[bytes]) -> tuple[str, int]:
    """Keep the rest of the stream. Gives (key, size in bytes). The file is complete and on the
    disk before it gets its name, so a crash leaves no half copy behind a key."""
    return _store(stream, folder())


def hold(stream: IO[bytes]) -> tuple[str, int]:
    """The same, for HELD_FOR: it is forgotten then, unless `keep` was called."""
    _forget_held(before=now() - HELD_FOR)
    return _store(stream, _waiting_room())


def held(key: str) -> Path:
    """Where a file is that was held, kept meanwhile or not. Raises ValueError for what is no
    key."""
    waiting = _place(_waiting_room(), key)
    return waiting if waiting.exists() else path(key)


def keep(key: str) -> None:
    """Keep a held file for good; one that is kept already is no matter. Raises
    FileNotFoundError when it is gone."""
    path(key).parent.mkdir(parents=True, exist_ok=True)
    try:
        os.replace(_place(_waiting_room(), key), path(key))
    except FileNotFoundError:
        if not path(key).exists():
            raise


def path(key: str) -> Path:
    """Where the copy with this key is. Raises ValueError for what is no key."""
    return _place(folder(), key)


def pictures(key: str) -> Path:
    """The folder of the pictures that were made of a copy (hub/pictures.py), there or not."""
    return _place(Path(current_app.instance_path) / "pictures", key)


def remove(key: str) -> None:
    """Forget a copy and its pictures; one that is gone already is no matter."""
    path(key).unlink(missing_ok=True)
    shutil.rmtree(pictures(key), ignore_errors=True)


def keys() -> Iterator[str]:
    """Every key in store."""
    for file in folder().glob("??/*"):
        yield file.name


def _store(stream: IO[bytes], place: Path) -> tuple[str, int]:
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place, delete=False) as copy:
        try:
            key, size = _copy(stream, copy)
            _place(place, key).parent.mkdir(exist_ok=True)
            os.replace(copy.name, _place(place, key))
        except BaseException:
            os.unlink(copy.name)  # on a full disk, what is half there keeps it full
            raise
    return key, size


def _waiting_room() -> Path:
    return Path(current_app.instance_path) / "held"


def _forget_held(*, before: datetime) -> None:
    old = [file for file in _waiting_room().glob("??/*") if _is_older(file, before)]
    if not old:
        return
    wanted = set().union(*(keys() for keys in _wanting))
    for file in old:
        if file.name not in wanted:
            file.unlink(missing_ok=True)  # somebody else's upload forgets it too


def _is_older(file: Path, before: datetime) -> bool:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC) < before
    except FileNotFoundError:
        return False


def _place(place: Path, key: str) -> Path:
    if len(key) != 64 or not all(c in "0123456789abcdef" for c in key):
        raise ValueError("not a storage key")
    return place / key[:2] / key


def _copy(stream: IO[bytes], copy: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(PIECE):
        digest.update(piece)
        size += len(piece)
        copy.write(piece)
    copy.flush()
    os.fsync(copy.fileno())
    return digest.hexdigest(), size
