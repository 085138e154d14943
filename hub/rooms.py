"""What each room hangs into the application."""

from click import Command
from flask import Blueprint

from hub import serve, worker
from hub.accounts import cli as accounts_cli
from hub.accounts import views as accounts
from hub.admin import cli as admin_cli
from hub.admin import probes, safety_cli
from hub.admin import tasks as admin_tasks  # noqa: F401  (importing names the tasks)
from hub.admin import views as admin
from hub.api import cli as api_cli
from hub.channels import cli as channels_cli
from hub.citizens import tracking
from hub.citizens import views as citizens
from hub.inbox import views as inbox
from hub.inbox.attachments import views as attachments
from hub.inbox.bulk import answers as bulk_answers
from hub.inbox.bulk import tasks as bulk_tasks  # noqa: F401
from hub.inbox.bulk import views as bulk
from hub.inbox.canned import views as canned
from hub.inbox.colleagues import views as colleagues
from hub.inbox.drafts import tasks as drafts_tasks  # noqa: F401
from hub.inbox.drafts import views as drafts
from hub.inbox.finding import views as finding
from hub.inbox.hiding import views as hiding
from hub.inbox.keyboard import views as keyboard
from hub.inbox.notifications import tasks as notification_tasks  # noqa: F401
from hub.inbox.notifications import views as notifications
from hub.inbox.people import views as people
from hub.inbox.planning import views as planning
from hub.inbox.presence import views as presence
from hub.inbox.regrouping import views as regrouping
from hub.inbox.saved_views import views as saved_views
from hub.inbox.scheduling import views as scheduling
from hub.intake import cli as intake_cli
from hub.intake import tasks as intake_tasks  # noqa: F401
from hub.intake import views as intake
from hub.live import tasks as live_tasks  # noqa: F401
from hub.live import views as live
from hub.outbox import tasks as outbox_tasks  # noqa: F401
from hub.outbox.hiding import tasks as hiding_tasks  # noqa: F401
from hub.people import tasks as people_tasks  # noqa: F401
from hub.reports import views as reports
from hub.search import cli as search_cli
from hub.search import tasks as search_tasks  # noqa: F401
from hub.tickets import tasks as ticket_tasks  # noqa: F401

BLUEPRINTS: tuple[Blueprint, ...] = (
    accounts.blueprint,
    admin.blueprint,
    probes.blueprint,
    intake.blueprint,
    citizens.blueprint,
    tracking.blueprint,
    live.blueprint,
    inbox.blueprint,
    people.blueprint,
    regrouping.blueprint,
    colleagues.blueprint,
    attachments.blueprint,
    finding.blueprint,
    notifications.blueprint,
    drafts.blueprint,
    canned.blueprint,
    hiding.blueprint,
    scheduling.blueprint,
    planning.blueprint,
    presence.blueprint,
    bulk.blueprint,
    bulk_answers.blueprint,
    keyboard.blueprint,
    saved_views.blueprint,
    reports.blueprint,
)

COMMANDS: tuple[Command, ...] = (
    accounts_cli.group,
    serve.command,
    worker.command,
    admin_cli.demo_group,
    safety_cli.backup_command,
    safety_cli.restore_command,
    safety_cli.move_command,
    channels_cli.group,
    intake_cli.group,
    intake_cli.backfill_command,
    api_cli.group,
    search_cli.group,
)
