"""Small pictures of files in the hub's keeping: a thumbnail of a picture, the pages of a PDF. They
are made again from the file at any time, so no backup has them."""

import os
import shutil
import subprocess
import sys
import tempfile
from itertools import count, takewhile
from pathlib import Path
from typing import Final

from hub import files, media, picture_maker

MEDIA_TYPE: Final = "image/webp"
#: What can be shown as a picture.
SHOWN: Final = media.IMAGES | {picture_maker.PDF}
#: Until the process is killed. It has less time of its own.
SECONDS: Final = 40


def path(key: str, number: int) -> Path:
    """Where picture `number` of the file with this key is: 0 is the thumbnail, the pages of a
    document follow. Raises ValueError for what is no key."""
    return files.pictures(key) / f"{number}.webp"


def make(key: str, media_type: str) -> int:
    """Make the pictures of a stored file anew. Gives how many there are now: none of what is
    broken, protected or too large to be looked at. Slow: call it with no transaction open."""
    place = files.pictures(key)
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(dir=place.parent)
    try:
        _render(files.path(key), media_type, folder)
        made = _made(Path(folder))
        if made:
            shutil.rmtree(place, ignore_errors=True)
            os.replace(folder, place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return made


def _render(source: Path, media_type: str, folder: str) -> None:
    """In a process that knows nothing of the hub: no settings, no database, no secrets."""
    command = [sys.executable, "-I", picture_maker.__file__, str(source), media_type, folder]
    try:
        subprocess.run(  # noqa: S603  (our own script; the file is named by its digest)
            command,
            env={},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return


def _made(folder: Path) -> int:
    numbers = takewhile(lambda number: (folder / f"{number}.webp").exists(), count())
    return sum(1 for _number in numbers)
