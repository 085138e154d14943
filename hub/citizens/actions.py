"""Filing what citizens send: their first message on the form, and what they write afterwards.

Each is one commit. The id of a message is made of its form's own id and of all it says, so a
double click, a reload or a second try after a lost answer finds what the first one filed, and a
page that was gone back to and changed files a new message.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage

from hub.channels import accounts
from hub.channels.base import Author, InboundMessage, RemoteFile
from hub.citizens import proof, suspicion, uploads, wording
from hub.citizens.queries import Tracked
from hub.clock import now
from hub.extensions import db
from hub.intake.actions import receive
from hub.outbox import actions as outbox
from hub.queue import ring
from hub.routing import queries as routing
from hub.tickets.history import record
from hub.tickets.models import EventKind, Message, Ticket

CHANNEL = "web"
FORM = "contact"
#: The department whose agents look at what may be spam.
MODERATION = "moderation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a citizen filled in. `submission`: the form's own id. `subject`: the subject area in
    words, "" when they chose none. `proof` and `trap`: see proof.py and suspicion.py."""

    submission: str
    text: str
    files: Sequence[FileStorage] = ()
    subject: str = ""
    name: str = ""
    email: str = ""
    postal_address: str = ""
    proof: str = ""
    trap: str = ""


def write(letter: Letter) -> Ticket:
    """File a first message with its sender, its tracking page and its receipt."""
    _ensure_account()
    stored_files = _store(letter)
    key = _fingerprint(letter, stored_files)
    receipts: list[int] = []

    def complete(stored: Message) -> None:
        contact = stored.ticket.contact
        contact.email, contact.postal_address = letter.email, letter.postal_address
        suspect = _set_aside(stored.ticket, letter)
        receipts.append(_open_tracking(stored.ticket, by_email=not suspect))

    message = InboundMessage(
        account=FORM,
        external_id=key,
        conversation=f"form:{key}",
        visibility="private",
        author=Author(external_id=f"form:{key}", name=letter.name, handle=letter.email),
        text=letter.text,
        posted_at=now(),
        files=stored_files,
        subject=letter.subject,
    )
    ticket = receive(CHANNEL, message, also=complete).ticket
    _ring(receipts)
    return ticket


def write_again(tracked: Tracked, letter: Letter) -> Message:
    """File a further message of the citizen, in the ticket it belongs to or in a new one."""
    _ensure_account()
    stored_files = _store(letter)
    receipts: list[int] = []

    def complete(stored: Message) -> None:
        if stored.ticket.tracking_token is None:  # too late to reopen: this is a new ticket
            receipts.append(_open_tracking(stored.ticket, by_email=True))

    author = tracked.author
    message = InboundMessage(
        account=FORM,
        external_id=_fingerprint(letter, stored_files, tracked.conversation),
        conversation=tracked.conversation,
        visibility="private",
        author=Author(external_id=author.external_id, name=author.name, handle=author.handle),
        text=letter.text,
        posted_at=now(),
        files=stored_files,
    )
    stored = receive(CHANNEL, message, also=complete)
    _ring(receipts)
    return stored


def _ensure_account() -> None:
    """The form is an account like a page on a platform; the first message makes it, and one that
    comes when it was disconnected connects it again."""
    known = accounts.find(CHANNEL, FORM)
    if known is None or known.broken_because == accounts.DISCONNECTED:
        try:
            with force_locale("fr"):  # a name for agents, kept
                accounts.connect(CHANNEL, FORM, name=_("Contact form"), credentials={})
        except IntegrityError:  # another first message, in the same instant
            db.session.rollback()


def _store(letter: Letter) -> tuple[RemoteFile, ...]:
    db.session.commit()  # nothing waits for the database while files go to the disk
    return uploads.store(letter.files)


def _fingerprint(letter: Letter, files: Sequence[RemoteFile], conversation: str = "") -> str:
    said = (
        conversation,
        letter.submission,
        letter.subject,
        letter.text,
        letter.name,
        letter.email,
        letter.postal_address,
        *(file.storage_key for file in files),
    )
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:40]


def _open_tracking(ticket: Ticket, *, by_email: bool) -> int:
    """Give the ticket its private page and its receipt, whose id is given back. Receipts are in
    French, the language of official answers (CRPA L111-1)."""
    ticket.tracking_token = secrets.token_urlsafe(32)
    way = outbox.ways(ticket)[0]
    code, target = (way.code, way.target) if by_email else ("page", {})
    with force_locale("fr"):
        text = wording.receipt(ticket)
    return outbox.say_automatically(ticket, text, way=code, target=target).id


def _set_aside(ticket: Ticket, letter: Letter) -> bool:
    """Give what looks like spam to those who look at spam, and say why. No receipt is mailed
    then: a robot may have given somebody else's address."""
    if proof.accept(letter.proof):
        return False
    with force_locale("fr"):  # the history is read by agents
        reasons = suspicion.reasons(text=letter.text, name=letter.name, trap=letter.trap)
        why = _("looks like spam: %(reasons)s", reasons=", ".join(reasons))
    if not reasons:
        return False
    ticket.routed_because = why
    moderation = routing.department(MODERATION)
    if moderation is None or moderation.id == ticket.department_id:
        return True
    old, ticket.department = ticket.department, moderation
    record(
        ticket,
        EventKind.TRANSFERRED,
        department_id=old.id,
        old=old.name,
        new=moderation.name,
        reason=why,
    )
    return True


def _ring(message_ids: Sequence[int]) -> None:
    for message_id in message_ids:
        ring("send_message", message_id)
