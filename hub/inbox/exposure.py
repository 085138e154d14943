"""What a text would tell everybody, were it published: shown while it is written, asked about
before it is sent in public, and found in what citizens have published themselves."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

from flask import current_app

from hub.accounts.models import User
from hub.outbox.refusals import CannotReply
from hub.tickets import personal_data
from hub.tickets.history import personal_data_kind
from hub.tickets.personal_data import Finding, Published


class TellsPersonalData(CannotReply):
    """A public answer holds personal data that its author has not said to tell on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """One finding, in words. `mark` names it in a form: it changes with the text that was found."""

    mark: str
    kind: str
    label: str
    text: str
    mask: str


def of(text: str, user: User) -> list[Exposed]:
    """What of a text is personal data, each once, in its order."""
    found = {finding.text: _exposed(finding) for finding in findings(text, user)}
    return list(found.values())


def findings(text: str, user: User) -> list[Finding]:
    """Where it stands. What the council publishes itself is left out."""
    settings = current_app.config["HUB"]
    return personal_data.find(text, published=_published(user), file_words=settings.file_words)


def masked(text: str, marks: Collection[str], user: User) -> str:
    """The text with these of its findings blotted out; all of them for the mark "all"."""
    wanted = [
        finding
        for finding in findings(text, user)
        if "all" in marks or _mark(finding.text) in marks
    ]
    return personal_data.masked(text, wanted)


def _exposed(finding: Finding) -> Exposed:
    return Exposed(
        mark=_mark(finding.text),
        kind=str(finding.kind),
        label=personal_data_kind(finding.kind),
        text=finding.text,
        mask=finding.mask,
    )


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _published(user: User) -> Published:
    """The council's own addresses: those of its pages and mailboxes, and what its administrator
    has listed. Its people write from its domain too."""
    settings = current_app.config["HUB"]
    listed = [entry for entry in settings.published_contacts if entry]
    hosts = {
        (urlsplit(settings.base_url).hostname or "").removeprefix("www."),
        parseaddr(settings.environ.get("MAIL_FROM", ""))[1].rpartition("@")[2],
        user.email.rpartition("@")[2],
        *(entry.rpartition("@")[2] for entry in listed if "." in entry and not entry[0].isdigit()),
    }
    numbers = {personal_data.digits(entry) for entry in listed if personal_data.digits(entry)}
    return Published(
        hosts=frozenset(host.casefold() for host in hosts if host), numbers=frozenset(numbers)
    )
