"""Bring the files of a reply to X, before the reply itself.

Pictures go in one piece; films and moving pictures piece by piece, and X then prepares them
(docs.x.com/x-api/media/introduction). Nothing is said by an upload: an unused file is forgotten
by X within a day.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from hub.channels.base import OutboundFile, OutcomeUnknown, Refused, RetryLater
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.scopes import may
from hub.channels.twitter.terms import FileTerms
from hub.channels.untrusted import identifier, mapping, text

Json = Mapping[str, Any]
Use = Literal["tweet", "dm"]
Kind = Literal["image", "gif", "video"]
Pause = Callable[[float], None]

#: X advises pieces of at most 5 MB.
PIECE = 4 * 1024 * 1024
#: How long to wait for X to prepare a film: well within the lease of whoever sends.
MOST_SECONDS = 45.0
LONGEST_CHECK = 10.0
LONGEST_ALT_TEXT = 1000


def upload(
    api: AccountApi,
    files: Sequence[OutboundFile],
    use: Use,
    terms: FileTerms,
    *,
    pause: Pause = time.sleep,
) -> list[str]:
    """Ids of the files at X, to be named in a post or message of this account within a day.

    Raises Refused or AccountBroken as X says, and RetryLater for all that is unclear.
    """
    _check(files, terms)
    if files and not may(api.account, "media.write"):
        raise Refused("permission_missing", "the scope media.write was not granted")
    try:
        return [_upload(api, file, use, pause) for file in files]
    except OutcomeUnknown as error:
        raise RetryLater("upload_failed", error.detail) from error
    except RetryLater as error:  # replies without files need not wait for this one
        raise RetryLater(error.code, error.detail, at=error.at) from error
    except Refused as error:
        raise Refused("file_refused", error.detail) from error


def _check(files: Sequence[OutboundFile], terms: FileTerms) -> None:
    for file in files:
        _kind(file)
    most = 1 if any(file.media_type in terms.alone for file in files) else terms.most
    if len(files) > most:
        raise Refused("too_many_files", f"{len(files)} of {most}")


def _kind(file: OutboundFile) -> Kind:
    if file.media_type == "image/gif":
        return "gif"
    if file.media_type.startswith("video/"):
        return "video"
    if file.media_type.startswith("image/"):
        return "image"
    raise Refused("file_refused", f"a file of the type {file.media_type}")


def _upload(api: AccountApi, file: OutboundFile, use: Use, pause: Pause) -> str:
    kind = _kind(file)
    category = f"{use}_{kind}"
    if kind == "image":
        media_id = _in_one_piece(api, file, category)
    else:
        media_id = _in_pieces(api, file, category, pause)
    if file.alt_text and kind != "video":
        words = {"text": file.alt_text[:LONGEST_ALT_TEXT]}
        api.post("media/metadata", {"id": media_id, "metadata": {"alt_text": words}})
    return media_id


def _in_one_piece(api: AccountApi, file: OutboundFile, category: str) -> str:
    answer = api.send(
        "POST",
        "media/upload",
        fields={"media_category": category},
        files={"media": ("media", file.read(), file.media_type)},
    )
    return _media_id(answer)


def _in_pieces(api: AccountApi, file: OutboundFile, category: str, pause: Pause) -> str:
    content = file.read()
    begun = {
        "media_type": file.media_type,
        "total_bytes": len(content),
        "media_category": category,
    }
    media_id = _media_id(api.post("media/upload/initialize", begun))
    for index, start in enumerate(range(0, len(content), PIECE)):
        piece = content[start : start + PIECE]
        api.send(
            "POST",
            f"media/upload/{media_id}/append",
            fields={"segment_index": str(index)},
            files={"media": ("media", piece, "application/octet-stream")},
        )
    _wait(api, media_id, api.post(f"media/upload/{media_id}/finalize"), pause)
    return media_id


def _wait(api: AccountApi, media_id: str, answer: Json, pause: Pause) -> None:
    """Until X has prepared the file. Raises RetryLater when it takes too long."""
    waited = 0.0
    while _state(answer) in {"pending", "in_progress"}:
        seconds = _check_after(answer)
        if waited + seconds > MOST_SECONDS:
            raise RetryLater("file_slow", f"not ready after {waited:.0f} seconds")
        pause(seconds)
        waited += seconds
        answer = api.get("media/upload", {"command": "STATUS", "media_id": media_id})
    if _state(answer) == "failed":
        error = mapping(_processing(answer).get("error"))
        raise Refused("file_refused", text(error.get("message")) or "X could not prepare it")


def _processing(answer: Json) -> Json:
    return mapping(mapping(answer.get("data")).get("processing_info"))


def _state(answer: Json) -> str:
    return text(_processing(answer).get("state"))


def _check_after(answer: Json) -> float:
    seconds = _processing(answer).get("check_after_secs")
    return min(max(float(seconds), 1.0), LONGEST_CHECK) if isinstance(seconds, int) else 1.0


def _media_id(answer: Json) -> str:
    media_id = identifier(mapping(answer.get("data")).get("id"))
    if media_id is None or not media_id.isdecimal():
        raise RetryLater("upload_failed", "the answer has no id")
    return media_id
