"""Until when a ticket is put aside: what is offered, and what was chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _

from hub.clock import now
from hub.deadlines import later, targets
from hub.deadlines.later import Later
from hub.formats import day

#: What a browser's field of a day and a time sends.
AS_TYPED = "%Y-%m-%dT%H:%M"
#: Nothing is put aside for longer: a matter that sleeps for years is closed.
LONGEST = timedelta(days=366)


class NoInstant(Exception):
    """What was chosen is no instant at which a ticket can come back. `reason` says why, in the
    reader's language."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Choice:
    """`code` is what the form sends."""

    code: str
    label: str
    when: str


def choices() -> list[Choice]:
    """What a form offers now, with the day and the hour each of them means."""
    found = later.choices(now(), targets.hours())
    return [Choice(str(name), _label(name, at), _when(at)) for name, at in found.items()]


def bounds() -> tuple[str, str]:
    """The first and the last instant that a field of a day and a time takes."""
    zone = targets.hours().zone
    return (
        now().astimezone(zone).strftime(AS_TYPED),
        (now() + LONGEST).astimezone(zone).strftime(AS_TYPED),
    )


def chosen(form: Mapping[str, str]) -> datetime:
    """The instant that a form names: one of the choices (`until`), or a day and a time on the
    council's clock (`at`). Raises NoInstant."""
    named = form.get("until", "")
    if named in set(Later):
        return _offered(Later(named))
    return _typed(form.get("at", ""))


def _offered(name: Later) -> datetime:
    """A page may be older than the choice: an afternoon that has begun is over."""
    at = later.choices(now(), targets.hours()).get(name)
    if at is None:
        raise NoInstant(_("This is not possible any more: choose again."))
    return at


def _typed(text: str) -> datetime:
    try:
        local = datetime.strptime(text, AS_TYPED)  # noqa: DTZ007  (the zone is put on below)
        at = local.replace(tzinfo=targets.hours().zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NoInstant(_("Choose a day and a time.")) from error
    if at <= now():
        raise NoInstant(_("Choose a time that is still to come."))
    if at > now() + LONGEST:
        raise NoInstant(_("Choose a time within a year."))
    return at


def _label(name: Later, at: datetime) -> str:
    if name == Later.NEXT_DAY and later.is_tomorrow(at, now(), targets.hours()):
        return _("Tomorrow morning")
    return {
        Later.AFTERNOON: _("This afternoon"),
        Later.NEXT_DAY: _("Next working day"),
        Later.MONDAY: _("Next Monday"),
        Later.WEEK: _("In a week"),
    }[name]


def _when(at: datetime) -> str:
    local = at.astimezone(targets.hours().zone)
    return f"{day(local.date(), 'EEE d MMM')}, {local:%H:%M}"
