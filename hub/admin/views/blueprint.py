"""Where the settings pages hang. All are for administrators alone, but for the health of the
accounts, which supervisors may read."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, abort

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.database import LARGEST_ID, Base
from hub.extensions import db

Row = TypeVar("Row", bound=Base)

blueprint = Blueprint("admin", __name__, url_prefix="/settings")

admins: Callable[[Callable[..., Any]], Callable[..., Any]] = requires(Role.ADMIN)
supervisors: Callable[[Callable[..., Any]], Callable[..., Any]] = requires(Role.SUPERVISOR)


def load(kind: type[Row], key: int) -> Row:
    """The row with this id, or 404."""
    found = db.session.get(kind, key) if key <= LARGEST_ID else None
    return found or abort(404)


def row_id(text: str) -> int:
    """An id in an address or a form. Raises ValueError for what no row can have."""
    number = int(text)
    if not 0 <= number <= LARGEST_ID:
        raise ValueError(text)
    return number
