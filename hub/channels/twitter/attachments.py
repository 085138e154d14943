"""Pictures and films of posts and of direct messages, from the media objects of both versions.

What cannot be copied keeps its place through a label: a code ("empty", "unavailable",
"unsupported", "location"; in words under `Channel.sentences["file_" + code]`), followed where
there is more to say by ": " and X's own words.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.channels.base import FileKind, RemoteFile
from hub.channels.twitter.plain_text import SHORT
from hub.channels.twitter.reading import either
from hub.channels.untrusted import file_name, identifier, mapping, sequence, text, web_address

#: A message without text and files.
EMPTY = RemoteFile(kind="file", label="empty")
#: A file of which X tells nothing but that it is there.
LEFT_OUT = RemoteFile(kind="file", label="unavailable: file")
PICTURES = frozenset({"", "image", "photo"})
#: X keeps moving pictures as films.
FILMS = frozenset({"animated_gif", "video"})
FILM_TYPE = "video/mp4"


def media_files(objects: Iterable[Any]) -> tuple[RemoteFile, ...]:
    """A file for each media object, in their order."""
    return tuple(_media_file(mapping(found)) for found in objects)


def included_files(keys: Iterable[Any], media: Iterable[Any]) -> tuple[RemoteFile, ...] | None:
    """The files of these media keys, from the media objects that came along; None when one of
    them did not, for then X must be asked for them all."""
    known = {
        key: found for found in map(mapping, media) if (key := identifier(found.get("media_key")))
    }
    wanted = [identifier(key) for key in keys]
    if any(key not in known for key in wanted):
        return None
    return media_files(known[key] for key in wanted if key)


def attached_files(attachment: Mapping[str, Any]) -> tuple[RemoteFile, ...]:
    """The file or place that a direct message brings, in the older shape."""
    kind = text(attachment.get("type"))
    if kind == "media" or "media" in attachment:
        return media_files([attachment.get("media")])
    if kind == "location":
        return (_place(mapping(attachment.get("location"))),)
    return (_noted("unsupported", kind),) if attachment else ()


def _media_file(found: Mapping[str, Any]) -> RemoteFile:
    kind = text(found.get("type"))
    if kind in FILMS:
        return _file("video", _best_film(found))
    if kind in PICTURES:
        return _file("image", either(found, "media_url_https", "media_url", "url"))
    return _noted("unsupported", kind)


def _best_film(found: Mapping[str, Any]) -> Any:
    """The address of the film in its best quality among those that play by themselves: the
    others are lists of pieces."""
    told = either(found, "variants") or mapping(found.get("video_info")).get("variants")
    films = [film for film in map(mapping, sequence(told)) if film.get("content_type") == FILM_TYPE]
    return max(films, key=_bit_rate).get("url") if films else None


def _bit_rate(film: Mapping[str, Any]) -> int:
    rate = either(film, "bit_rate", "bitrate")
    return rate if isinstance(rate, int) else 0


def _file(kind: FileKind, address: Any) -> RemoteFile:
    url = web_address(address)
    # In the older shape `url` is the short link of the text, which leads to a page.
    if url is None or SHORT.fullmatch(url):
        return RemoteFile(kind=kind, label=f"unavailable: {kind}")
    return RemoteFile(kind=kind, url=url, name=file_name(url))


def _place(location: Mapping[str, Any]) -> RemoteFile:
    shared = mapping(location.get(text(location.get("type"))))
    name = text(mapping(shared.get("place")).get("full_name"))
    numbers = sequence(mapping(shared.get("coordinates")).get("coordinates"))
    point = [identifier(number) for number in numbers]
    if name or len(point) != 2 or None in point:
        return _noted("location", name)
    longitude, latitude = point  # in the order of GeoJSON
    return _noted("location", f"{latitude}, {longitude}")


def _noted(code: str, detail: str) -> RemoteFile:
    return RemoteFile(kind="file", label=f"{code}: {detail}" if detail else code)
