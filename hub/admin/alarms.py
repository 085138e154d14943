"""E-mail to supervisors and administrators when an account is sick, and when it is well again."""

from collections.abc import Sequence

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from config import Settings
from hub.accounts import mails
from hub.accounts.mails import Letter
from hub.accounts.models import Role, User
from hub.admin.models import Alarm
from hub.channels.models import Account
from hub.channels.registry import channel_name
from hub.extensions import db
from hub.formats import exact


def tell(account: Account, problems: Sequence[str]) -> None:
    """Have all active supervisors and administrators told what is wrong, or with no problem that
    all is well again, in the caller's transaction. Nothing happens without a mail server."""
    if not mails.is_on():
        return
    told = select(User).where(User.active, User.role.in_([Role.SUPERVISOR, Role.ADMIN]))
    for user in db.session.scalars(told.order_by(User.id)):
        db.session.add(Alarm(account_id=account.id, user_id=user.id, problems=list(problems)))


def due() -> list[int]:
    """Ids of the e-mails to send now, oldest first, at most 200."""
    return mails.due(Alarm)


def send(alarm_id: int) -> None:
    """Send one, unless another worker does."""
    mails.send(Alarm, alarm_id, _write)


def _write(alarm: Alarm) -> Letter:
    return Letter(_subject(alarm.account, well=not alarm.problems), _text(alarm))


def _subject(account: Account, *, well: bool) -> str:
    words = {"account": account.name, "channel": channel_name(account.channel)}
    if well:
        return _("%(account)s on %(channel)s works again", **words)
    return _("%(account)s on %(channel)s needs somebody", **words)


def _text(alarm: Alarm) -> str:
    settings: Settings = current_app.config["HUB"]
    name = {"account": alarm.account.name, "channel": channel_name(alarm.account.channel)}
    if alarm.problems:
        first = _("Something is wrong with %(account)s on %(channel)s:", **name)
        last = _("What citizens wrote is kept, and so are the answers that cannot leave.")
    else:
        first = _("All is well again with %(account)s on %(channel)s.", **name)
        last = _("The platform is asked by itself for what may have been missed.")
    return "\n\n".join(
        [
            first,
            *(f"- {problem}" for problem in alarm.problems),
            last,
            f"{settings.base_url}/settings/channels#account-{alarm.account_id}",
            f"{settings.organisation_name}, {exact(alarm.at)}",
        ]
    )
