"""What a file is, told from its first bytes. Names and declared types are not believed."""

from typing import Final

#: Media type -> file ending. Everything the hub shows or takes; what is none of these is kept as
#: bytes without a type.
ENDINGS: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "video/mp4": ".mp4",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/ogg": ".ogg",
}
IMAGES: Final = frozenset(kind for kind in ENDINGS if kind.startswith("image/"))
#: What the page can play.
PLAYED: Final = frozenset(kind for kind in ENDINGS if kind.startswith(("video/", "audio/")))
UNKNOWN: Final = "application/octet-stream"
#: How many of the first bytes `media_type` needs.
HEAD_BYTES: Final = 4096

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
)
_ODT_MARK = b"mimetypeapplication/vnd.oasis.opendocument.text"
_AUDIO_BRANDS = (b"M4A ", b"M4B ")
#: Pictures in the container of MP4 (HEIF, AVIF): not ours to show, and no films.
_PICTURE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")


def media_type(head: bytes) -> str:
    """The media type of a file that begins with these bytes; UNKNOWN when it is none we know."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _in_a_box(head[8:12])
    if head.startswith(b"PK\x03\x04"):
        return _in_a_zip(head)
    return UNKNOWN


def _in_a_box(brand: bytes) -> str:
    if brand in _PICTURE_BRANDS:
        return UNKNOWN
    return "audio/mp4" if brand in _AUDIO_BRANDS else "video/mp4"


def _in_a_zip(head: bytes) -> str:
    """Office documents are archives: OpenDocument puts its type first, unpacked; a document of
    Word is known by its folder, which sheets and slides have not."""
    if _ODT_MARK in head[:200]:
        return "application/vnd.oasis.opendocument.text"
    if b"word/" in head:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return UNKNOWN
