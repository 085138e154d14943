"""Where the settings pages hang. All of them are for administrators alone."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from hub.accounts.access import requires
from hub.accounts.models import Role

blueprint = Blueprint("admin", __name__, url_prefix="/settings")

admins: Callable[[Callable[..., Any]], Callable[..., Any]] = requires(Role.ADMIN)
