"""Command line: deliveries that were received, and asking platforms for what was missed."""

from datetime import datetime

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_babel import force_locale
from sqlalchemy import func, select

from hub.channels import registry
from hub.extensions import db
from hub.intake import backfill, deliveries, gaps
from hub.intake.models import Delivery, DeliveryState, KeptItem

group = AppGroup("deliveries", help="What platforms delivered.")

#: Kind of value -> how it is counted aloud.
WORDS = {
    "InboundMessage": "messages",
    "Edited": "edited messages",
    "Deleted": "removed messages",
    "Hidden": "hidden messages",
    "Echo": "own messages",
    "Receipt": "receipts",
    "Ignored": "events without meaning",
    "Unknown": "unknown items",
}


@group.command("list")
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]))
@click.option("--kept", is_flag=True, help="Only deliveries with items that were kept aside.")
@click.option("--limit", default=50, show_default=True, help="How many, newest first.")
def list_deliveries(state: str | None, kept: bool, limit: int) -> None:
    """List deliveries, newest first: id, channel, arrival (UTC), state, tries, items kept aside,
    and what went wrong."""
    items = func.count(KeptItem.id)
    query = (
        select(Delivery.id, Delivery.channel, Delivery.received_at, Delivery.state)
        .add_columns(Delivery.attempts, items, Delivery.error)
        .outerjoin(KeptItem, KeptItem.delivery_id == Delivery.id)
        .group_by(Delivery.id)
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    if state:
        query = query.where(Delivery.state == state)
    if kept:
        query = query.having(items > 0)
    for key, channel, received_at, is_in, attempts, count, error in db.session.execute(query):
        line = f"{key:>8}  {channel:<10} {received_at:%Y-%m-%d %H:%M:%S}  {is_in:<8}"
        click.echo(f"{line} tries {attempts}  kept {count}  {error}".rstrip())


@group.command("replay")
@click.argument("ids", nargs=-1, type=int)
@click.option("--failed", is_flag=True, help="All that were given up.")
@click.option("--kept", is_flag=True, help="All with items that were kept aside.")
def replay(ids: tuple[int, ...], failed: bool, kept: bool) -> None:
    """Have deliveries processed again, after a repair. Workers take them within seconds.

    What was filed the first time is found again and stays as it is. What nobody delivered, the
    platform is asked for anew.
    """
    chosen = set(ids)
    if failed:
        chosen |= set(
            db.session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.FAILED))
        )
    if kept:
        chosen |= set(db.session.scalars(select(KeptItem.delivery_id).distinct()))
    if not (ids or failed or kept):
        raise click.UsageError("Name deliveries by their id, or say --failed or --kept.")
    replayed = deliveries.replay(sorted(chosen))
    click.echo(f"{replayed.again} deliveries will be processed again.")
    if replayed.anew:
        click.echo(f"{replayed.anew} items came by asking: their platform is asked anew.")


class Instant(click.ParamType[datetime]):
    """A day or a minute in the council's time zone, unless it says another one."""

    name = "instant"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail("write a day such as 2026-11-20, or a minute: 2026-11-20T10:00", param, ctx)
        return instant


@click.command("backfill")
@click.argument("channel")
@click.option(
    "--since",
    type=Instant(),
    required=True,
    help="Day or minute, such as 2026-11-20 or 2026-11-20T10:00, in the zone of TIMEZONE.",
)
@click.option("--until", type=Instant(), help="Leave out what was posted later than this.")
@with_appcontext
def backfill_command(channel: str, since: datetime, until: datetime | None) -> None:
    """Ask the platform of CHANNEL for what it holds since then, and file it.

    Safe to repeat. Exit code 1 when something could not be read or filed.
    """
    if channel not in registry.all_channels():
        known = ", ".join(registry.all_channels())
        raise click.ClickException(f"{channel} is not in CHANNELS, which has: {known}.")
    period = gaps.askable(_in_zone(since), _in_zone(until) if until else None)
    with force_locale("en"):
        reports = backfill.run(channel, *period)
        troubles = [_say(report) for report in reports]
    if not troubles:
        click.echo(f"No account of {channel} is connected.")
    if any(troubles):
        raise SystemExit(1)


def _in_zone(instant: datetime) -> datetime:
    """In the council's time zone, unless it says another one."""
    if instant.tzinfo is not None:
        return instant
    return instant.replace(tzinfo=current_app.config["HUB"].timezone)


def _say(report: backfill.Report) -> bool:
    """Print what came of one account. True when there was trouble."""
    counts = [f"{count} {WORDS.get(kind, kind)}" for kind, count in report.read.most_common()]
    click.echo(f"{report.account}: {', '.join(counts) or 'nothing'}")
    for reason in report.not_placed:
        click.echo(f"  Not placed: {reason}")
    if report.stopped:
        click.echo(f"  Stopped: {report.stopped}")
    return bool(report.stopped or report.not_placed)
