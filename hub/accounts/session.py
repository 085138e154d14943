"""Finding the person behind a session."""

from flask_login import current_user
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
    with_departments = [joinedload(User.memberships)]  # in one statement
    user = None
    if number.isdecimal():
        user = db.session.get(User, int(number), options=with_departments)
    return user if user and user.active and str(user.epoch) == epoch else None
