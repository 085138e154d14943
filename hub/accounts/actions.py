"""Sign-in, and changes to the people who sign in."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.exc import IntegrityError

from hub.accounts import passwords
from hub.accounts.models import Membership, Role, SignInAttempt, User
from hub.clock import now
from hub.extensions import db

WINDOW = timedelta(minutes=15)
TRIES_PER_PERSON = 5
TRIES_PER_ADDRESS = 30
LONGEST_EMAIL = 254


class TooManyTries(Exception):
    """Sign-in is closed for this person or this address until the window has passed."""


class WrongCredentials(Exception):
    """No active person has this e-mail and this password."""


class EmailTaken(Exception):
    """Somebody already signs in with this e-mail."""


class PasswordTooShort(Exception):
    """Shorter than passwords.SHORTEST characters."""


class LastAdmin(Exception):
    """Nobody else could open the settings: make another administrator first."""


def folded(email: str) -> str:
    """The form in which an e-mail is stored and compared, no longer than its column."""
    return email.strip().replace("\0", "").casefold()[:LONGEST_EMAIL]


def sign_in(email: str, password: str, address: str) -> User:
    """The person with these credentials.

    Raises TooManyTries (5 refusals of one e-mail, or 30 from one network address, in 15 minutes;
    the password is then not even looked at) or WrongCredentials. Tries count in the database, so
    they hold for all processes.
    """
    email = folded(email)
    tries = _count_try({email: TRIES_PER_PERSON, f"from {address}": TRIES_PER_ADDRESS})
    user = db.session.scalar(select(User).where(User.email == email, User.active))
    stored = user.password_hash if user else ""
    db.session.rollback()  # comparing is slow on purpose: nobody waits for our transaction
    if not passwords.matches(password, stored):
        raise WrongCredentials
    assert user is not None
    if passwords.is_outdated(stored):
        user.password_hash = passwords.hashed(password)
    forgotten = or_(SignInAttempt.id.in_(tries), SignInAttempt.subject == email)
    db.session.execute(delete(SignInAttempt).where(forgotten))
    db.session.commit()
    return user


def create_user(
    *,
    email: str,
    name: str,
    role: Role,
    password: str = "",
    title: str = "",
    anonymous: bool = False,
    department_ids: Iterable[int] = (),
) -> User:
    """A new person. Without a password nobody can sign in as them yet.

    Raises PasswordTooShort or EmailTaken.
    """
    user = User(
        email=folded(email),
        name=name,
        role=role,
        title=title,
        anonymous=anonymous,
        password_hash=_checked_hash(password) if password else "",
        memberships=[Membership(department_id=key) for key in department_ids],
    )
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise EmailTaken from error
    return user


def change_user(
    user: User,
    *,
    email: str,
    name: str,
    role: Role,
    title: str,
    department_ids: Iterable[int],
    anonymous: bool = False,
) -> None:
    """Replace what is known of a person. Raises EmailTaken or LastAdmin: nothing is changed."""
    if role != Role.ADMIN:
        _check_other_admin(user)
    user.email, user.name, user.role, user.title = folded(email), name, role, title
    user.anonymous = anonymous
    wanted = set(department_ids)
    kept = [m for m in user.memberships if m.department_id in wanted]
    new = wanted - {m.department_id for m in kept}
    user.memberships = kept + [Membership(department_id=key) for key in sorted(new)]
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise EmailTaken from error


def deactivate(user: User) -> None:
    """Nobody can sign in as this person any more, and open sessions end. What they wrote keeps
    their name. Raises LastAdmin."""
    _check_other_admin(user)
    user.active = False
    user.epoch += 1
    db.session.commit()


def reactivate(user: User) -> None:
    """Let the person sign in again, with the password they had."""
    user.active = True
    db.session.commit()


def sign_out_everywhere(user: User) -> None:
    """End every session of this person, on all devices."""
    user.epoch += 1
    db.session.commit()


def set_password(user: User, password: str) -> None:
    """Replace the password and sign the person out everywhere. Raises PasswordTooShort."""
    user.password_hash = _checked_hash(password)
    user.epoch += 1
    db.session.commit()


def change_password(user: User, password: str, *, current: str, address: str) -> None:
    """Replace a person's own password and end their sessions: the caller signs them in again where
    they are.

    Raises PasswordTooShort, and what `sign_in` raises when the `current` one is not theirs:
    guessing is slowed down here as it is there, since a session may be somebody else's.
    """
    if len(password) < passwords.SHORTEST:
        raise PasswordTooShort
    sign_in(user.email, current, address)
    set_password(user, password)


def prefer(user: User, **choices: str) -> None:
    """Keep what a person chose on their own page; what they chose before by other names stays."""
    db.session.refresh(user, with_for_update={"of": User})
    user.preferences = user.preferences | choices
    db.session.commit()


def _check_other_admin(user: User) -> None:
    """Lock the active administrators, so that two of them cannot remove each other."""
    admins = db.session.scalars(
        select(User.id).where(User.role == Role.ADMIN, User.active).with_for_update()
    ).all()
    if list(admins) == [user.id]:
        db.session.rollback()
        raise LastAdmin


def _checked_hash(password: str) -> str:
    if len(password) < passwords.SHORTEST:
        raise PasswordTooShort
    return passwords.hashed(password)


def _count_try(limits: Mapping[str, int]) -> list[int]:
    """Count a try before its password is looked at, so that many at once do not slip through.
    Gives the ids of its rows. Raises TooManyTries; the try then does not count."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.at <= now() - WINDOW))
    rows = [SignInAttempt(subject=subject) for subject in limits]
    db.session.add_all(rows)
    db.session.commit()
    tries = [row.id for row in rows]
    if any(_tries(subject) > limit for subject, limit in limits.items()):
        db.session.execute(delete(SignInAttempt).where(SignInAttempt.id.in_(tries)))
        db.session.commit()
        raise TooManyTries
    return tries


def _tries(subject: str) -> int:
    query = select(func.count()).where(SignInAttempt.subject == subject)
    return db.session.scalar(query) or 0
