"""The page that shows how each account is doing, gathered in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import select

from hub.admin import findings, vitals, wording
from hub.admin.findings import Findings
from hub.admin.forms import AskForm
from hub.admin.vitals import Vitals
from hub.channels import accounts, registry
from hub.channels.accounts import DISCONNECTED
from hub.channels.base import Channel
from hub.channels.models import Account, Checkup
from hub.clock import now
from hub.extensions import db
from hub.intake import gaps
from hub.outbox import spending

#: Check-ups older than this: no worker does them.
STALE = timedelta(minutes=15)

State = Literal["paused", "sick", "doubtful", "new", "well", "off", "left"]
#: In this order: who needs somebody comes first.
STATES = get_args(State)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One account as the page shows it. `facts` and `gaps`: (name, words). `ask`: the form for
    what was missed, None where its platform cannot be asked."""

    account: Account
    channel: Channel | None
    state: State
    problems: Sequence[str]
    facts: Sequence[tuple[str, str]]
    gaps: Sequence[tuple[str, str]]
    checked_at: datetime | None
    spent: str
    ask: AskForm | None


def cards(
    fresh: Mapping[int, Findings] | None = None, forms: Mapping[int, AskForm] | None = None
) -> list[Card]:
    """Every account, those first that need somebody, then by channel and name. `fresh`: what was
    found by looking just now, in place of what is kept; `forms`: those that were filled in."""
    kept = {row.account_id: row for row in db.session.scalars(select(Checkup))}
    known, costs = vitals.vitals(), spending.by_account()
    fresh, forms = fresh or {}, forms or {}
    shown = []
    for account in accounts.all_accounts():
        checkup, channel = kept.get(account.id), registry.all_channels().get(account.channel)
        found, ours = fresh.get(account.id), known.get(account.id, Vitals())
        problems = _problems(checkup, found)
        shown.append(
            Card(
                account=account,
                channel=channel,
                state=_state(account, channel, checkup, problems),
                problems=problems,
                facts=[*_ours(ours), *_told(checkup)],
                gaps=[wording.gap(account.channel, gap) for gap in ours.gaps],
                checked_at=checkup.checked_at if checkup else None,
                spent=wording.spent(channel, costs.get(account.id)),
                ask=_form(account, forms),
            )
        )
    return sorted(shown, key=lambda card: STATES.index(card.state))


def is_stale(shown: Sequence[Card]) -> bool:
    """Has nobody examined an account that should have been long ago?"""
    return any(
        now() - (card.checked_at or card.account.connected_at) > STALE
        for card in shown
        if card.channel is not None and card.account.broken_because != DISCONNECTED
    )


def _problems(checkup: Checkup | None, found: Findings | None) -> Sequence[str]:
    if found is not None:
        return [*filter(None, [found.unreachable]), *found.problems]
    return checkup.problems if checkup else []


def _state(
    account: Account, channel: Channel | None, checkup: Checkup | None, problems: Sequence[str]
) -> State:
    if account.broken_because:
        return "left" if account.broken_because == DISCONNECTED else "paused"
    if channel is None:
        return "off"
    if problems:
        return "sick" if checkup and checkup.told_at else "doubtful"
    return "well" if checkup and checkup.checked_at else "new"


def _ours(ours: Vitals) -> list[tuple[str, str]]:
    return wording.facts(findings.facts_of(ours))


def _told(checkup: Checkup | None) -> list[tuple[str, str]]:
    return list(checkup.facts.items()) if checkup else []


def _form(account: Account, forms: Mapping[int, AskForm]) -> AskForm | None:
    if account.broken_because == DISCONNECTED or not gaps.can_be_asked(account.channel):
        return None
    return forms.get(account.id) or AskForm.of(account.id)
