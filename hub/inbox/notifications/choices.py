"""What each person wants to be told, and how: kept with what they prefer."""

from collections.abc import Mapping
from enum import StrEnum

from hub.accounts import actions
from hub.accounts.models import User
from hub.inbox.notifications.models import Kind


class By(StrEnum):
    """How somebody is told of one kind. `mail`: in the page, and by e-mail what they have not read
    there."""

    PAGE = "page"
    MAIL = "mail"
    OFF = "off"


class Rhythm(StrEnum):
    """How often e-mail comes, when there is something to say: at most once an hour, in the morning
    and in the afternoon, or never."""

    HOURLY = "hourly"
    TWICE = "twice"
    NEVER = "never"


#: What asks something of the person goes by mail too; what only concerns them stands in the page.
DEFAULTS: Mapping[Kind, By] = {
    Kind.MENTIONED: By.MAIL,
    Kind.CONSULTED: By.MAIL,
    Kind.ANSWERED: By.MAIL,
    Kind.ASSIGNED: By.MAIL,
    Kind.NOT_SENT: By.MAIL,
    Kind.MESSAGE: By.PAGE,
    Kind.WOKEN: By.PAGE,
    Kind.TRANSFERRED: By.PAGE,
    Kind.CLOSED: By.PAGE,
}


def told_by(user: User, kind: Kind) -> By:
    """How this person is told of that kind."""
    chosen = user.preferences.get(_name(kind))
    return By(chosen) if chosen in set(By) else DEFAULTS[kind]


def rhythm(user: User) -> Rhythm:
    """How often this person gets e-mail."""
    chosen = user.preferences.get("digest")
    return Rhythm(chosen) if chosen in set(Rhythm) else Rhythm.HOURLY


def choose(user: User, by: Mapping[Kind, By], rhythm: Rhythm) -> None:
    """Keep both."""
    chosen = {_name(kind): str(how) for kind, how in by.items()}
    actions.prefer(user, digest=str(rhythm), **chosen)


def _name(kind: Kind) -> str:
    return f"told_{kind}"
