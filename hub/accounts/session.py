"""Finding the person behind a session."""

from functools import cache

from flask_login import current_user
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from hub.accounts.models import User
from hub.extensions import db, login


def me() -> User:
    """The person who is signed in, as the row itself."""
    user: User = current_user._get_current_object()
    return user


@login.user_loader
def load_user(key: str) -> User | None:
    """The person, unless they are gone, switched off, or signed out everywhere since."""
    number, _, epoch = key.partition(".")
    if not number.isdecimal():
        return None
    user = db.session.scalars(_with_departments(), {"number": int(number)}).unique().one_or_none()
    return user if user and user.active and str(user.epoch) == epoch else None


@cache
def _with_departments() -> Select[User]:
    query = select(User).where(User.id == bindparam("number"))
    return query.options(joinedload(User.memberships))
