"""What is wrong with one account: what its platform says, and what the hub itself knows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from hub.admin import silence, vitals
from hub.admin.silence import Rhythm
from hub.admin.vitals import Vitals
from hub.channels import checks, registry
from hub.channels.accounts import DISCONNECTED
from hub.channels.base import Health, RetryLater
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.formats import duration, exact
from hub.intake import gaps

#: A delivery that waits for longer was not taken by any worker.
SLOW = timedelta(minutes=10)
#: An answer of unknown fate that the hub cannot find: after so long a person should have looked.
DOUBTED = timedelta(hours=1)
#: A poll that fails for longer than this is told.
UNPOLLED = timedelta(minutes=15)

Facts = dict[str, str | datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one look at an account found.

    `problems` are sentences with the repair in words; empty means all is well. `unreachable` is
    one more of them where the platform could not be asked, and its part is missing from the
    others; "" where it answered. `facts`: what else the platform said; `ours`: what the hub knows.
    `deaf`: see Health; also after an unusual silence.
    """

    problems: tuple[str, ...]
    facts: Facts
    ours: Vitals = field(default_factory=Vitals)
    unreachable: str = ""
    deaf: bool = False


def examine(account: Account) -> Findings:
    """Look at an account, in the language that is in force. It ends the caller's transaction and
    leaves the account detached: none stays open while its platform is asked."""
    ours = vitals.vitals().get(account.id, Vitals())
    rhythm = silence.rhythm(account.id)
    db.session.expunge_all()
    db.session.rollback()
    health, unreachable = _ask(account)
    if account.broken_because == DISCONNECTED:
        return Findings(problems=health.problems, facts={})
    silent = silence.is_unusual(rhythm.in_silence)
    inbound = [*health.problems, *_silence(rhythm), *_backlog(ours), *_polling(account)]
    return Findings(
        problems=(*inbound, *_doubt(ours), *_asking(account, ours)),
        facts={**health.facts, **_usual(rhythm)},
        ours=ours,
        unreachable=unreachable,
        deaf=(health.deaf or silent) and gaps.can_be_asked(account.channel),
    )


def pause(account: Account) -> str:
    """The sentence for a paused account, "" for one that is not. A platform that is asked now may
    know nothing of what paused it."""
    if account.broken_because in {"", DISCONNECTED}:
        return ""
    return _("Paused: %(reason)s", reason=checks.said(account.channel, account.broken_because))


def _ask(account: Account) -> tuple[Health, str]:
    try:
        return checks.ask(account), ""
    except RetryLater as error:
        return Health(), checks.unreachable(error)


def _silence(rhythm: Rhythm) -> Iterator[str]:
    if rhythm.last_at is None or not silence.is_unusual(rhythm.in_silence):
        return
    yield _(
        "Nothing has come in since %(instant)s. In the same time of the weeks before, %(counts)s "
        "messages came. See at the platform whether it still delivers to the hub.",
        instant=exact(rhythm.last_at),
        counts=", ".join(map(str, rhythm.in_silence)),
    )


def _backlog(ours: Vitals) -> Iterator[str]:
    oldest = ours.waiting.oldest_at
    if oldest and now() - oldest > SLOW:
        yield ngettext(
            "%(num)d delivery waits to be processed, since %(instant)s. See that a worker runs.",
            "%(num)d deliveries wait to be processed, since %(instant)s. See that a worker runs.",
            ours.waiting.number,
            instant=exact(oldest),
        )
    if ours.failed.number:
        yield ngettext(
            "%(num)d delivery could not be processed. Look at it among the deliveries, and process "
            "it again after the repair.",
            "%(num)d deliveries could not be processed. Look at them among the deliveries, and "
            "process them again after the repair.",
            ours.failed.number,
        )


def _polling(account: Account) -> Iterator[str]:
    """One poll that fails is nothing; the next asks for the same."""
    channel = registry.all_channels().get(account.channel)
    well_at = account.polled_at or account.connected_at
    if account.poll_error and channel and channel.poll_every and well_at < now() - UNPOLLED:
        yield _(
            "Asking for new messages has not worked since %(instant)s. %(reason)s",
            instant=exact(well_at),
            reason=checks.said_of_question(account.channel, account.poll_error),
        )


def _doubt(ours: Vitals) -> Iterator[str]:
    """Of what is still looked for nobody can say more in the inbox."""
    if ours.undecided.oldest_at and now() - ours.undecided.oldest_at > DOUBTED:
        yield ngettext(
            "Nobody knows whether %(num)d answer left, since %(instant)s. Open it in the inbox and "
            "decide.",
            "Nobody knows whether %(num)d answers left, since %(instant)s. Open them in the inbox "
            "and decide.",
            ours.undecided.number,
            instant=exact(ours.undecided.oldest_at),
        )


def _asking(account: Account, ours: Vitals) -> Iterator[str]:
    if gap := ours.given_up:
        yield _(
            "The platform could not be asked for what was written since %(instant)s: %(reason)s "
            "Ask for what was missed once more.",
            instant=exact(gap.since),
            reason=checks.said_of_question(account.channel, gap.error),
        )


def facts_of(ours: Vitals) -> Facts:
    """What the hub knows of an account besides problems, by names in the reader's language."""
    facts: Facts = {}
    if ours.last_at:
        facts[_("Last message")] = ours.last_at
    if ours.waiting.oldest_at:
        facts[_("Deliveries waiting")] = _since(ours.waiting.number, ours.waiting.oldest_at)
    if ours.kept:
        facts[_("Items kept aside")] = str(ours.kept)
    if ours.outbound:
        facts[_("Answers to leave")] = str(ours.outbound)
    if ours.unknown.oldest_at:
        facts[_("Answers of unknown fate")] = _since(ours.unknown.number, ours.unknown.oldest_at)
    return facts


def _usual(rhythm: Rhythm) -> Facts:
    if not rhythm.in_hour:
        return {}
    usual = round(silence.expected(rhythm.in_hour))
    words = ngettext("%(num)d message", "%(num)d messages", usual)
    return {_("Usual in an hour at this time"): words}


def _since(number: int, oldest: datetime) -> str:
    return _(
        "%(number)d, the oldest for %(time)s",
        number=number,
        time=duration((now() - oldest).total_seconds()),
    )
