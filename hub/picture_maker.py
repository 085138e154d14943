"""Makes pictures of a file that somebody sent. It runs as a script, in a process of its own with
little memory and little time, and never inside the hub (hub/pictures.py starts it): what decodes
files of strangers may crash, hang or be taken over.

    picture_maker.py FILE MEDIA_TYPE FOLDER

FOLDER gets 0.webp, the thumbnail, and of a document 1.webp, 2.webp… its pages. Each file is whole
under its name, so that those made before the process died count. Nothing of the original but what
it shows goes along: no position, no camera, no script.
"""

import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from PIL import Image, ImageOps

MOST_BYTES_OF_MEMORY = 1 << 30
MOST_SECONDS = 20
#: Pillow's own bound, under which it only warns.
MOST_PIXELS = 89_478_485
#: Both sides, in pixels.
THUMBNAIL = (480, 480)
PAGE = (1240, 1754)
MOST_PAGES = 12
PDF = "application/pdf"


def main(source: str, media_type: str, folder: str) -> None:
    _confine()
    seen = _pages(source) if media_type == PDF else _picture(source)
    for number, image in enumerate(seen):
        if number == 0:
            _write(image, THUMBNAIL, Path(folder) / "0.webp")
        if media_type == PDF:
            _write(image, PAGE, Path(folder) / f"{number + 1}.webp")


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES_OF_MEMORY, MOST_BYTES_OF_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _picture(source: str) -> Iterator[Image.Image]:
    """The picture as it is meant to be held; of a moving one the first frame."""
    with Image.open(source) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        image.draft("RGB", THUMBNAIL)
        yield ImageOps.exif_transpose(image)


def _pages(source: str) -> Iterator[Image.Image]:
    document = pypdfium2.PdfDocument(source)
    for number in range(min(len(document), MOST_PAGES)):
        page = document[number]
        width, height = page.get_size()
        yield page.render(scale=min(PAGE[0] / width, PAGE[1] / height)).to_pil()


def _write(image: Image.Image, box: tuple[int, int], place: Path) -> None:
    """A new picture from the bare pixels: what else came with the file stays behind."""
    sees_through = image.mode in {"LA", "RGBA", "PA"} or "transparency" in image.info
    small = image.convert("RGBA" if sees_through else "RGB")
    small.thumbnail(box)
    bare = Image.frombytes(small.mode, small.size, small.tobytes())
    half_done = place.with_suffix(".part")
    bare.save(half_done, format="WEBP", quality=80, method=2)
    half_done.rename(place)


if __name__ == "__main__":
    main(*sys.argv[1:])
