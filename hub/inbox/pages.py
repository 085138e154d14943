"""What the agents' pages show, gathered before a template is filled."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from hub.accounts.models import Role, User
from hub.clock import now
from hub.inbox import columns, composer, doubts, filters, lists, queries, reach
from hub.inbox.addresses import address, last_selection
from hub.inbox.blank import blank
from hub.inbox.bulk import choosing
from hub.inbox.colleagues import queries as colleagues
from hub.inbox.colleagues.forms import ConsultForm
from hub.inbox.composer import Draft
from hub.inbox.drafts import restoring
from hub.inbox.forms import AssignForm, TagForm, TransferForm
from hub.inbox.hiding import shown as hiding
from hub.inbox.people import pages as who
from hub.inbox.planning import instants
from hub.inbox.queries import Versions
from hub.inbox.reach import DepartmentInReach, Reach
from hub.inbox.saved_views.forms import SaveForm
from hub.inbox.saved_views.pages import may_share_with
from hub.inbox.selection import Selection
from hub.live import presence
from hub.live import queries as live
from hub.outbox import signing
from hub.routing import queries as routing
from hub.routing.models import Department
from hub.tickets import queries as tickets
from hub.tickets.models import Message, Ticket

#: How much of a conversation a page shows at once.
MESSAGES = 100
#: How many changes by others a page recounts.
CHANGES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a ticket is looked at: from which message and which line of history backwards (None:
    from the end), and what an open page already knows (0: nothing)."""

    before: int | None = None
    history_before: int | None = None
    since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a person typed that was refused, to be shown again with the reason."""

    draft: Draft = field(default_factory=Draft)
    transfer: TransferForm | None = None
    consult: ConsultForm | None = None
    tag: TagForm | None = None


def queue(
    user: User, selection: Selection, *, known_ticket: int | None = None, short: bool = False
) -> dict[str, Any]:
    """A list; `short`: as it stands beside a ticket. `known_ticket`: the newest ticket an open page
    knew when it was loaded."""
    event_id = live.latest()
    within = reach.of(user)
    left = columns.left(user, within, selection)
    return {
        **left,
        **columns.rows(user, within, selection, short=short),
        "filters": filters.of(selection, within),
        "save_form": blank(SaveForm, shared=may_share_with(within)),
        "live_url": url_for("live.events", after=event_id),
        "known_up_to": event_id,
        "newest": left["newest"] if known_ticket is None else known_ticket,
        "opened_since": _opened_since(user, within, selection, known_ticket),
    }


def ticket(
    user: User,
    found: Ticket,
    reading: Reading | None = None,
    typed: Typed | None = None,
    *,
    versions: Versions,
) -> dict[str, Any]:
    """A ticket, with its conversation from the end or from where the reader went back to, and the
    list that it belongs to. `versions`: how far the page knows, read with it or before."""
    reading, typed = reading or Reading(), typed or Typed()
    within, selection = reach.of(user), last_selection()
    limit = MESSAGES + 1
    read = tickets.messages(found, before=reading.before, limit=limit)
    thread = read[-MESSAGES:]
    lines, older_history = queries.history(found, before=reading.history_before)
    works_on = tickets.works_on(user, found)
    at_hand = None if reading.before else tickets.at_hand_for_channel(read, limit=limit)
    choices = composer.choices(found, at_hand) if works_on else []
    return {
        **columns.left(user, within, selection),
        **columns.rows(user, within, selection, short=True),
        **_side_panel(user, found, within, typed, works_on=works_on),
        "ticket": found,
        "works_on": works_on,
        "thread": thread,
        "doubts": doubts.of(found, thread),
        "cancelled_by": queries.cancelled_by(found, thread),
        "has_older": len(read) > MESSAGES,
        "is_end": reading.before is None,
        "thread_before": reading.before,
        "history_before": reading.history_before,
        "list_address": address(selection),
        "opened_since": 0,
        "history": lines,
        "older_history": older_history,
        "choices": choices,
        "can_answer": any(choice.allowed for choice in choices),
        "draft": restoring.put_back(typed.draft, found, user),
        "drafts": restoring,
        **_signing(user, found, thread),
        "hidings": hiding.of(thread, user) if works_on else {},
        "has_errors": bool(typed.draft.is_refused or typed.transfer or typed.tag or typed.consult),
        "live_url": url_for("live.events", after=versions.latest),
        "known_up_to": versions.latest,
        "version": versions.last,
        "present": presence.others_at(found, user),
        "seen": versions.seen,
        "since": reading.since or versions.last,
        "changes": _changes(user, found, reading),
    }


def _signing(user: User, found: Ticket, thread: list[Message]) -> dict[str, Any]:
    """Who signs an answer, and whether that may be left out, as the thread at hand tells."""
    recent = now() - signing.KNOWN_FOR
    signed = (message for message in thread if message.user_id == user.id and message.signature)
    return {
        "signature": signing.signature(user, found),
        "may_go_unsigned": any(message.posted_at > recent for message in signed),
    }


def _opened_since(user: User, within: Reach, selection: Selection, known: int | None) -> int:
    return 0 if known is None else lists.count_newer(user, within, selection, known)


def _side_panel(
    user: User, found: Ticket, within: Reach, typed: Typed, *, works_on: bool
) -> dict[str, Any]:
    departments: Sequence[Department | DepartmentInReach]
    departments = within.active if within.everything else routing.departments()
    return {
        **who.beside(user, found),
        "others": queries.other_tickets(found, user),
        "tags": tickets.tags(found),
        "transfer": typed.transfer or blank(TransferForm, department=elsewhere(found, departments)),
        "assign": _assign(user, found) if works_on else None,
        "tag_form": typed.tag or blank(TagForm),
        "may_release": may_release(user, found),
        "standing": colleagues.standing(user, found),
        "consult": typed.consult or blank(ConsultForm),
        "later": instants,
        "under_publication": _under_publication(user, found),
    }


def _under_publication(user: User, found: Ticket) -> int:
    """How many open tickets could be answered together with this one."""
    if found.publication_id is None:
        return 0
    return choosing.count_under(user, found.publication_id)


def elsewhere(
    found: Ticket, departments: Sequence[Department | DepartmentInReach]
) -> tuple[tuple[str, str], ...]:
    """Of these departments those that the ticket is not in, to choose from."""
    return (
        ("", _("Choose a department")),
        *(
            (department.slug, department.name)
            for department in departments
            if department.id != found.department_id
        ),
    )


def assignable(user: User, found: Ticket) -> tuple[tuple[str, str], ...]:
    """The people to whom this person may give the ticket, to choose from."""
    candidates = queries.candidates(found, user)
    return tuple((str(key), name) for key, name in candidates if key != found.assignee_id)


def _assign(user: User, found: Ticket) -> AssignForm | None:
    """None where there is nobody to give it to, or it is not the person's to give."""
    choices = assignable(user, found) if may_give(user, found) else ()
    return blank(AssignForm, to=choices) if choices else None


def may_give(user: User, found: Ticket) -> bool:
    """What nobody holds is given by all who work on it."""
    return found.assignee_id is None or may_release(user, found)


def may_release(user: User, found: Ticket) -> bool:
    """Agents give back what is theirs; supervisors take it from anybody."""
    return found.assignee_id is not None and (
        found.assignee_id == user.id or user.may(Role.SUPERVISOR)
    )


def _changes(user: User, found: Ticket, reading: Reading) -> list[queries.Line]:
    if not reading.since:
        return []
    return queries.changes_by_others(found, user, after=reading.since, limit=CHANGES)
