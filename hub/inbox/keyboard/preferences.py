"""How each person works by keyboard, kept with what they prefer."""

from hub.accounts import actions
from hub.accounts.models import User


def uses_single_keys(user: User) -> bool:
    """Do keys pressed alone do something? Unless the person switched them off (WCAG 2.1.4)."""
    return user.preferences.get("single_keys") != "off"


def goes_on(user: User) -> bool:
    """Does closing a ticket open the next one of the list? Unless the person chose it, the closed
    ticket stays, and the link to the next one has the focus."""
    return user.preferences.get("after_closing") == "next"


def choose(user: User, *, single_keys: bool, goes_on: bool) -> None:
    """Keep both."""
    actions.prefer(
        user,
        single_keys="on" if single_keys else "off",
        after_closing="next" if goes_on else "stay",
    )
