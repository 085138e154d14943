"""Finding the person behind a session."""

from flask_login import current_user

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
    user = db.session.get(User, int(number)) if number.isdecimal() else None
    return user if user and user.active and str(user.epoch) == epoch else None
