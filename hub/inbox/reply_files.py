"""The files of an answer that is being written, as the form carries them from one page to the next.

A file is held on the server as soon as it arrives. The form has a sealed description of it, for
its owner alone, so a refused answer loses no file, and nobody names a file that is not theirs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from flask import current_app
from flask_babel import gettext as _
from flask_login import current_user
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import FileStorage, MultiDict

from hub import files, uploads
from hub.channels.base import FileRule
from hub.outbox import attaching
from hub.outbox.attaching import ReplyFile
from hub.outbox.refusals import WrongFiles
from hub.tickets.models import FileState, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """`problems`: sentences on what was not taken. `undescribed`: keys of pictures that still
    want their text alternative."""

    files: tuple[ReplyFile, ...] = ()
    problems: tuple[str, ...] = ()
    undescribed: frozenset[str] = frozenset()

    @property
    def marks(self) -> tuple[str, ...]:
        """What tells these files from others."""
        return tuple(mark for file in self.files for mark in (file.key, file.alt_text))

    def check(self) -> None:
        """Raises WrongFiles when something was not taken: the agent may want to go on without it,
        and may not."""
        if self.problems:
            raise WrongFiles(self.problems)

    def refused(self, problem: WrongFiles) -> "Attached":
        return replace(self, problems=problem.reasons, undescribed=problem.undescribed)


def of_form(form: MultiDict[str, str]) -> Attached:
    """The files that the form carries, each once, without those that were left out. One that
    cannot be opened any more is told: the answer must not leave without it unnoticed."""
    tokens = form.getlist("file")
    opened = list(_carried(form))
    carried = {file.key: file for file in opened}
    for key in form.getlist("left_out"):
        carried.pop(key, None)
    problems = (_lost(),) if len(opened) < len(tokens) else ()
    return Attached(files=tuple(carried.values()), problems=problems)


def add(attached: Attached, sent: Sequence[FileStorage], rule: FileRule | None) -> Attached:
    """Hold what was sent beside what is there; what the rule does not allow is told and not
    taken. The same content counts once."""
    found, problems = {file.key: file for file in attached.files}, [*attached.problems]
    for upload in uploads.chosen(sent):
        if reason := attaching.problem(upload, rule):
            problems.append(reason)
        else:
            file = attaching.hold(upload)
            found.setdefault(file.key, file)
    together = tuple(found.values())
    if rule is not None:
        problems += attaching.problems_together(together, rule)
    return Attached(files=together, problems=tuple(problems))


def of_message(message: Message) -> Attached:
    """The files of a message of ours, to go with another."""
    stored = (file for file in message.attachments if file.state == FileState.STORED)
    return Attached(files=tuple(map(ReplyFile.of, stored)))


def seal(file: ReplyFile) -> str:
    """The description of a file that the form carries: only this person can send it back."""
    return _serializer().dumps({**asdict(replace(file, alt_text="")), "owner": current_user.id})


def unseal(token: str) -> ReplyFile | None:
    """The file that `seal` described; None for what this person was not given, or long ago."""
    try:
        said = _serializer().loads(token, max_age=int(files.HELD_FOR.total_seconds()))
    except BadData:
        return None
    owner = said.pop("owner")
    return ReplyFile(**said) if owner == current_user.id else None


def _carried(form: MultiDict[str, str]) -> Iterator[ReplyFile]:
    for token, words in zip(form.getlist("file"), form.getlist("alt"), strict=False):
        if file := unseal(token):
            alt_text = " ".join(words.replace("\x00", "").split())
            yield replace(file, alt_text=alt_text)


def _lost() -> str:
    return _(
        "A file of this answer is no longer here. Choose it again, or send the answer without it."
    )


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="hub.reply-file")
