"""Files that go with a reply: looked at by their content, held while the reply is being written,
and checked against what its way takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage

from hub import files, media, uploads
from hub.channels.base import FileRule
from hub.formats import file_size
from hub.outbox.refusals import WrongFiles
from hub.tickets.models import Attachment, FileState, Message

#: What one request to the hub may carry, whatever a platform would take.
MOST_BYTES: Final = 30 * 1024 * 1024
LONGEST_ALT_TEXT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFile:
    """A file that is held for a reply. `media_type` is what its content says, `size` in bytes,
    `alt_text` what a picture shows."""

    key: str
    name: str
    media_type: str
    size: int
    alt_text: str = ""

    @property
    def is_picture(self) -> bool:
        return self.media_type in media.IMAGES

    @classmethod
    def of(cls, file: Attachment) -> "ReplyFile":
        """A stored file of a message, to go with another."""
        return cls(
            key=file.storage_key,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            alt_text=file.alt_text,
        )


def problem(upload: FileStorage, rule: FileRule | None) -> str:
    """Why this file cannot go with an answer, as a sentence; "" when it can."""
    if rule is None:
        return _takes_none()
    if uploads.size(upload) == 0:
        name = uploads.name(upload)
        return str(_("“%(name)s” is empty. Choose another file.", name=name))
    kind = uploads.media_type(upload)
    if refused := _refused(uploads.name(upload), kind, uploads.size(upload), rule):
        return refused
    return uploads.problem_of_picture(upload) if kind in media.IMAGES else ""


def hold(upload: FileStorage) -> ReplyFile:
    """Hold a file that has no problem (see files.HELD_FOR)."""
    kind = uploads.media_type(upload)
    key, size = files.hold(uploads.from_start(upload))
    return ReplyFile(key=key, name=uploads.name(upload), media_type=kind, size=size)


def check(held: Sequence[ReplyFile], rule: FileRule | None) -> None:
    """May these files go together? `rule`: Way.files. Raises WrongFiles."""
    if not held:
        return
    if rule is None:
        raise WrongFiles([_takes_none()])
    if reasons := [*problems_together(held, rule), *_wrong_alone(held, rule)]:
        raise WrongFiles(reasons)
    if rule.alt_text and (undescribed := [f for f in held if _wants_words(f)]):
        raise WrongFiles([_describe(f) for f in undescribed], [f.key for f in undescribed])


def problems_together(held: Sequence[ReplyFile], rule: FileRule) -> list[str]:
    """What is wrong with the number of files, as sentences."""
    alone = next((file for file in held if file.media_type in rule.alone), None)
    if alone is not None and len(held) > 1:
        return [_("“%(name)s” goes alone. Take the other files out.", name=alone.name)]
    if len(held) > rule.most:
        return [
            ngettext(
                "Only %(num)d file can go with this answer. Take the others out.",
                "At most %(num)d files can go with this answer. Take some out.",
                rule.most,
            )
        ]
    return []


def attach(message: Message, held: Sequence[ReplyFile]) -> None:
    """Make the files the message's own, in the caller's transaction. Raises WrongFiles when one
    was held for too long."""
    for position, file in enumerate(held):
        try:
            files.keep(file.key)
        except FileNotFoundError as error:
            gone = _("“%(name)s” is no longer here. Choose it again.", name=file.name)
            raise WrongFiles([gone]) from error
        message.attachments.append(_attachment(position, file))


def _attachment(position: int, file: ReplyFile) -> Attachment:
    family = file.media_type.partition("/")[0]
    return Attachment(
        position=position,
        kind=family if family in {"image", "video", "audio"} else "file",
        state=FileState.STORED,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        alt_text=file.alt_text,
        storage_key=file.key,
    )


def _wrong_alone(held: Sequence[ReplyFile], rule: FileRule) -> Iterator[str]:
    for file in held:
        if refused := _refused(file.name, file.media_type, file.size, rule):
            yield refused
        elif len(file.alt_text) > LONGEST_ALT_TEXT:
            yield str(
                _(
                    "The text alternative of “%(name)s” is too long: use at most %(most)s "
                    "characters.",
                    name=file.name,
                    most=LONGEST_ALT_TEXT,
                )
            )


def _refused(name: str, media_type: str, size: int, rule: FileRule) -> str:
    most = rule.most_bytes.get(media_type)
    if most is None:
        return str(
            _(
                "“%(name)s” is not of a kind that can go with this answer: %(kinds)s.",
                name=name,
                kinds=kinds(rule),
            )
        )
    most = min(most, MOST_BYTES)
    if size > most:
        limit = file_size(most - most % 1_000_000 or most)
        return str(
            _("“%(name)s” is larger than %(limit)s. Choose a smaller file.", name=name, limit=limit)
        )
    return ""


def kinds(rule: FileRule) -> str:
    """The kinds of file that a way takes: "GIF, JPG, MP4"."""
    endings = (media.ENDINGS.get(kind, "").removeprefix(".") for kind in rule.most_bytes)
    return ", ".join(sorted(ending.upper() for ending in endings if ending))


def _wants_words(file: ReplyFile) -> bool:
    return file.is_picture and not file.alt_text


def _describe(file: ReplyFile) -> str:
    return str(_("Say what “%(name)s” shows, for those who do not see it.", name=file.name))


def _takes_none() -> str:
    return str(_("No file can go with this answer. Choose another way, or take the files out."))
