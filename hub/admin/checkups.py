"""Looking after the accounts: each is examined every few minutes, supervisors are told of one that
is sick, and what a platform did not deliver is asked for once it does again."""

from datetime import timedelta

from flask_babel import force_locale
from sqlalchemy import ColumnElement, and_, or_, select, update

from hub.accounts.languages import DEFAULT
from hub.admin import alarms, findings
from hub.admin.findings import Findings
from hub.channels import registry
from hub.channels.accounts import DISCONNECTED
from hub.channels.models import Account, Checkup
from hub.clock import now
from hub.database import insert_unless_there
from hub.extensions import db
from hub.formats import exact
from hub.intake import gaps

EVERY = timedelta(minutes=5)
#: One bad look may be a hiccup: the second comes sooner, and tells.
SECOND_LOOK = timedelta(minutes=2)
#: For how long a platform may be out of reach before that is a problem.
PATIENCE = timedelta(minutes=10)
#: Longer than any check takes.
LEASE = timedelta(minutes=5)


def due() -> list[int]:
    """Ids of the accounts to examine now: those of channels that are on and not given up. One
    that was paused or connected since the last look is examined at once, a new one when it has had
    its first minutes."""
    query = select(Account.id).outerjoin(Checkup, Checkup.account_id == Account.id)
    return list(db.session.scalars(query.where(_is_due()).order_by(Account.id)))


def check_up(account_id: int) -> None:
    """Examine one account, unless another worker does."""
    if _claim(account_id):
        examine(account_id)


def examine(account_id: int) -> Findings:
    """Examine one account now and keep what was found, in the council's language. Ends the
    caller's transaction."""
    account = db.session.get_one(Account, account_id)
    with force_locale(DEFAULT):
        found = findings.examine(account)
        _keep(account_id, found)
    return found


def hasten(account_id: int) -> None:
    """Have the account examined at once, in the caller's transaction."""
    db.session.execute(
        update(Checkup).where(Checkup.account_id == account_id).values(next_at=now())
    )


def _is_due() -> ColumnElement[bool]:
    """A condition on Account, beside its Checkup where it has one."""
    has_settled = or_(Account.connected_at <= now() - EVERY, Account.broken_at.is_not(None))
    is_new = and_(Checkup.account_id.is_(None), has_settled)
    return and_(
        Account.channel.in_(list(registry.all_channels())),
        Account.broken_because != DISCONNECTED,
        or_(is_new, and_(Checkup.account_id.is_not(None), _is_free_and_due())),
    )


def _is_free_and_due() -> ColumnElement[bool]:
    """A condition on Checkup: no worker has it, and its time has come or its account changed."""
    instant = now()
    has_changed = or_(
        Account.broken_at > Checkup.checked_at, Account.connected_at > Checkup.checked_at
    )
    changed = select(Account.id).where(Account.id == Checkup.account_id, has_changed)
    return and_(
        or_(Checkup.lease_until.is_(None), Checkup.lease_until < instant),
        or_(
            Checkup.next_at.is_(None),
            Checkup.next_at <= instant,
            changed.correlate(Checkup).exists(),
        ),
    )


def _claim(account_id: int) -> bool:
    if account_id not in due():
        return False
    _open(account_id)
    claimed = db.session.scalar(
        update(Checkup)
        .where(Checkup.account_id == account_id, _is_free_and_due())
        .values(lease_until=now() + LEASE)
        .returning(Checkup.account_id)
    )
    db.session.commit()
    return claimed is not None


def _open(account_id: int) -> None:
    row = {"account_id": account_id, "problems": [], "facts": {}}
    db.session.execute(insert_unless_there(Checkup, db.engine.dialect, **row))


def _keep(account_id: int, found: Findings) -> None:
    """Commits."""
    _open(account_id)
    checkup = db.session.scalars(
        select(Checkup)
        .where(Checkup.account_id == account_id)
        .with_for_update(of=Checkup)
        .execution_options(populate_existing=True)
    ).one()
    _doubt_what_was_mended(checkup)
    checkup.lease_until, checkup.checked_at = None, now()
    is_news = not found.unreachable or _lasts(checkup)
    if is_news:
        _note(checkup, found)
    if is_news or checkup.account.broken_because:
        _note_health(checkup)
    else:
        checkup.next_at = now() + SECOND_LOOK  # what was known of it still stands
    db.session.commit()


def _doubt_what_was_mended(checkup: Checkup) -> None:
    """Somebody connected the account again since the last look, and may have mended what no look
    has found: perhaps the platform told nothing from that look on."""
    last_look = checkup.unreachable_since or checkup.checked_at
    if last_look and checkup.account.connected_at > last_look:
        checkup.deaf_since = checkup.deaf_since or last_look


def _lasts(checkup: Checkup) -> bool:
    """Has the platform been out of reach for too long? Counts from now where it was not."""
    checkup.unreachable_since = checkup.unreachable_since or now()
    return now() - checkup.unreachable_since >= PATIENCE


def _note(checkup: Checkup, found: Findings) -> None:
    checkup.problems = [*filter(None, [found.unreachable]), *found.problems]
    checkup.facts = {
        name: value if isinstance(value, str) else exact(value)
        for name, value in found.facts.items()
    }
    if not found.unreachable:
        checkup.unreachable_since = None
        _note_hearing(checkup, found)


def _note_hearing(checkup: Checkup, found: Findings) -> None:
    account = checkup.account
    if found.deaf:
        heard_at = found.ours.last_at or account.connected_at
        checkup.deaf_since = checkup.deaf_since or heard_at
    elif checkup.deaf_since and not account.broken_because:
        gaps.note(account.id, checkup.deaf_since, reason=gaps.DEAF)
        checkup.deaf_since = None


def _note_health(checkup: Checkup) -> None:
    """Supervisors are told of what lasts: at the second look, or at once of a paused account; and
    once more when it is over."""
    paused = findings.pause(checkup.account)
    if not (paused or checkup.problems):
        if checkup.told_at:
            alarms.tell(checkup.account, [])
        checkup.sick_since = checkup.told_at = None
    elif checkup.sick_since is None and not paused:
        checkup.sick_since = now()
    elif checkup.told_at is None:
        checkup.sick_since = checkup.sick_since or now()
        checkup.told_at = now()
        alarms.tell(checkup.account, [*filter(None, [paused]), *checkup.problems])
    first_signs = checkup.sick_since is not None and checkup.told_at is None
    checkup.next_at = now() + (SECOND_LOOK if first_signs else EVERY)
