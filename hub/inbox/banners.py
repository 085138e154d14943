"""What supervisors are told on every page: accounts that are sick, answers that do not leave."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from hub.accounts.models import Role
from hub.channels import checks
from hub.channels.base import Price
from hub.channels.registry import channel_name
from hub.clock import now
from hub.formats import day, exact, money
from hub.inbox.previews import spent
from hub.inbox.selection import View
from hub.outbox.alerts import Alert, alerts


@dataclass(frozen=True, slots=True)
class Banner:
    """`kind` as for the component. `href`: where a person can do something about it; `link` says
    where that is."""

    kind: str
    title: str
    text: str
    href: str
    link: str


class Banners:
    """Those of this person. The database is asked only when a page shows them."""

    def __iter__(self) -> Iterator[Banner]:
        if not (current_user.is_authenticated and current_user.may(Role.SUPERVISOR)):
            return
        href = url_for("admin.channels")
        for alert in alerts():
            yield _undecided(alert) if alert.undecided else _banner(alert, href)


def _banner(alert: Alert, href: str) -> Banner:
    if alert.problem:
        return Banner("danger", _sick(alert), alert.problem, href, _channels())
    if alert.ceiling is None:
        return Banner("danger", _paused(alert), _kept(alert), href, _channels())
    if not alert.is_reached:
        text = _("Once the ceiling is reached, answers wait until the month ends or it is raised.")
        return Banner("warning", _nearly_reached(alert), text, href, _channels())
    text = _("They leave when the month ends or the ceiling is raised.")
    said = f"{_waiting(alert)} {text}"
    return Banner("danger", _reached(alert.channel, alert.ceiling), said, href, _channels())


def _undecided(alert: Alert) -> Banner:
    title = ngettext(
        "It is not known whether %(num)d answer on %(channel)s arrived.",
        "It is not known whether %(num)d answers on %(channel)s arrived.",
        alert.undecided,
        channel=channel_name(alert.channel),
    )
    text = _("The hub could not find out: somebody must look there.")
    href = url_for("inbox.queue", view=View.UNDECIDED)
    return Banner("warning", title, text, href, _("See the tickets"))


def _channels() -> str:
    return str(_("See the channels"))


def _paused(alert: Alert) -> str:
    channel = channel_name(alert.channel)
    if alert.since is None:
        return _("%(account)s on %(channel)s is paused.", account=alert.account, channel=channel)
    return _(
        "%(account)s on %(channel)s is paused since %(instant)s.",
        account=alert.account,
        channel=channel,
        instant=exact(alert.since),
    )


def _sick(alert: Alert) -> str:
    assert alert.since is not None
    return _(
        "%(account)s on %(channel)s does not work as it should since %(instant)s.",
        account=alert.account,
        channel=channel_name(alert.channel),
        instant=exact(alert.since),
    )


def _kept(alert: Alert) -> str:
    return f"{checks.said(alert.channel, alert.broken_because)} {_waiting(alert)}"


def _reached(channel: str, ceiling: Price) -> str:
    return _(
        "Answers on %(channel)s wait: the ceiling of %(ceiling)s for %(month)s is reached.",
        channel=channel_name(channel),
        ceiling=money(ceiling.amount, ceiling.currency),
        month=_month(),
    )


def _nearly_reached(alert: Alert) -> str:
    assert alert.spent is not None
    return _(
        "Answers on %(channel)s have cost %(spent)s in %(month)s.",
        channel=channel_name(alert.channel),
        spent=spent(alert.spent, alert.ceiling),
        month=_month(),
    )


def _month() -> str:
    return day(now().date(), "LLLL")


def _waiting(alert: Alert) -> str:
    if not alert.waiting:
        return _("No answer waits yet.")
    return ngettext("%(num)d answer waits.", "%(num)d answers wait.", alert.waiting)
