"""Pictures and films to go with what the account says (X API v2, Media upload)."""

import base64
import binascii
from typing import Any, get_args

from flask import Response

from hub.sandbox import pictures
from hub.sandbox.x import rules
from hub.sandbox.x.calls import Call, Json
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.store import Store
from hub.sandbox.x.values import Media, MediaState

MEGABYTE = 1024 * 1024
MOST_BYTES = {"image": 5 * MEGABYTE, "gif": 15 * MEGABYTE, "video": 512 * MEGABYTE}
LONGEST_ALT_TEXT = 1000
MOST_CHUNKS = 1000
EXPIRES_AFTER = 86_400
_CATEGORIES = frozenset(
    {"tweet_image", "tweet_video", "tweet_gif", "dm_image", "dm_video", "dm_gif", "subtitles"}
)
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
)


def upload(call: Call) -> Json:
    """A small file in one call, in a form or as base64 in JSON."""
    content = _content(call, "media")
    media = _begin(call, _field(call, "media_category"), "", len(content))
    return _finished(call, media, content)


def initialize(call: Call) -> Json:
    known = ("media_type", "total_bytes", "media_category", "shared")
    rules.check_keys(call.body, frozenset(known))
    total = call.body.get("total_bytes")
    if not isinstance(total, int) or total < 1:
        raise rules.invalid("$.total_bytes: must be a positive integer", total_bytes=str(total))
    category, media_type = call.text("media_category"), call.text("media_type")
    return _shown(_begin(call, category, media_type, total))


def append(call: Call, media_id: str) -> Json:
    number = _field(call, "segment_index")
    if not number.isdecimal() or int(number) >= MOST_CHUNKS:
        raise rules.invalid("$.segment_index: must be from 0 to 999", segment_index=number)
    with call.x.change() as store:
        _expect(store, media_id, "uploading")
        store.add_chunk(media_id, int(number), _content(call, "media"))
    return {"data": {"expires_at": int(call.x.now().timestamp()) + EXPIRES_AFTER}}


def finalize(call: Call, media_id: str) -> Json:
    with call.x.change() as store:
        media = _expect(store, media_id, "uploading")
        content = store.join_chunks(media_id)
    if len(content) != media.size:
        raise rules.invalid("Segments do not add up to provided total file size.")
    return _finished(call, media, content)


def status(call: Call) -> Json:
    """Every question brings the work a step further."""
    if call.query.get("command") != "STATUS":
        raise rules.invalid("The `command` query parameter must be STATUS")
    steps: dict[str, MediaState] = {"pending": "in_progress", "in_progress": "succeeded"}
    with call.x.change() as store:
        media = _known(store, call.query.get("media_id", ""))
        if media.state in steps:
            store.change_media(media.id, state=steps[media.state])
        return _shown(_known(store, media.id), processed=True)


def describe(call: Call) -> Json:
    """The text alternative of a picture."""
    rules.check_keys(call.body, frozenset({"id", "metadata"}))
    words = ((call.body.get("metadata") or {}).get("alt_text") or {}).get("text")
    if not isinstance(words, str) or not 1 <= len(words) <= LONGEST_ALT_TEXT:
        raise rules.invalid("$.metadata.alt_text.text: must be 1 to 1000 characters long")
    with call.x.change() as store:
        media = _known(store, call.text("id"))
        store.change_media(media.id, alt_text=words)
    return {"data": {"id": media.id, "associated_metadata": {"alt_text": {"text": words}}}}


def private(call: Call, event_id: str, media_id: str, resource: str) -> Response:
    """The picture of a direct message, for the account alone. `resource` is a name for people."""
    with call.x.reading() as store:
        said = store.message(event_id)
        media = store.media(media_id)
    if said is None or said.media != media_id or media is None:
        raise rules.problem(404, "Not Found", f"There is no {resource} here.")
    return file(media)


def file(media: Media) -> Response:
    """The picture or film itself."""
    if media.content is not None:
        return Response(media.content, mimetype=media.media_type)
    content, media_type = pictures.rendered(media.picture) or (b"", "text/plain")
    return Response(content, mimetype=media_type)


def _begin(call: Call, category: str, media_type: str, size: int) -> Media:
    if category not in _CATEGORIES:
        raise rules.invalid("$.media_category: is not in the enumeration", media_category=category)
    if size > MOST_BYTES.get(category.rpartition("_")[2], MEGABYTE):
        raise rules.invalid(f"File size exceeds the limit: {size} bytes")
    with call.x.change() as store:
        media = Media(
            id=store.new_id(), category=category, media_type=media_type, created_at=store.now(),
            size=size, state="uploading",
        )  # fmt: skip
        store.add_media(media)
        return media


def _finished(call: Call, media: Media, content: bytes) -> Json:
    """Pictures are ready at once; films and GIFs take a while, and may fail."""
    media_type = _media_type(content)
    if not _fits(media.category, media_type):
        raise rules.invalid("The media is not of a type that can be taken", media_type=media_type)
    slow = not media.category.endswith("_image")
    with call.x.change() as store:
        failed = FAULTS.use(store.connection, "media_fails")
        state = "failed" if failed else "pending" if slow else "succeeded"
        store.change_media(
            media.id, content=content, media_type=media_type, size=len(content), state=state
        )
        answer = _shown(_known(store, media.id))
    if failed and not slow:
        raise rules.invalid("The media could not be processed")
    return answer


def _fits(category: str, media_type: str) -> bool:
    kind = category.rpartition("_")[2]
    if kind == "image":
        return media_type.startswith("image/")
    return media_type == {"gif": "image/gif", "video": "video/mp4"}.get(kind)


def _media_type(content: bytes) -> str:
    """What a file is, by its first bytes; "" for anything X does not take."""
    for start, media_type in _STARTS:
        if content.startswith(start):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return "video/mp4" if content[4:8] == b"ftyp" else ""


def _content(call: Call, name: str) -> bytes:
    if name in call.files:
        return call.files[name].read()
    try:
        return base64.b64decode(str(call.body.get(name) or ""), validate=True)
    except binascii.Error as error:
        raise rules.invalid(f"$.{name}: is not base64") from error


def _field(call: Call, name: str) -> str:
    value: Any = call.form.get(name, call.body.get(name))
    if value is None:
        raise rules.invalid(f"$.{name}: is missing", **{name: ""})
    return str(value)


def _known(store: Store, media_id: str) -> Media:
    media = store.media(media_id)
    if media is None:
        raise rules.problem(404, "Not Found", f"There is no media {media_id}.")
    return media


def _expect(store: Store, media_id: str, state: MediaState) -> Media:
    assert state in get_args(MediaState)
    media = _known(store, media_id)
    if media.state != state:
        raise rules.invalid(f"The media is {media.state}")
    return media


def _shown(media: Media, *, processed: bool = False) -> Json:
    data: Json = {"id": media.id, "media_key": media.key, "size": media.size}
    data["expires_after_secs"] = EXPIRES_AFTER
    if processed or media.state in {"pending", "failed"}:
        data["processing_info"] = _processing(media.state)
    return {"data": data}


def _processing(state: MediaState) -> Json:
    if state in {"pending", "in_progress"}:
        percent = 0 if state == "pending" else 50
        return {"state": state, "check_after_secs": 1, "progress_percent": percent}
    if state == "failed":
        error = {"code": 1, "name": "InvalidMedia", "message": "Media could not be processed"}
        return {"state": state, "error": error}
    return {"state": state, "progress_percent": 100}
