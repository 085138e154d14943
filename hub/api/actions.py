"""Giving tokens to outside tools, and taking them back."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from hub.accounts.models import Role
from hub.api.models import ApiToken
from hub.clock import now
from hub.extensions import db

#: Told by scanners that look for secrets in code and logs.
PREFIX = "hub_"
#: How exactly the last use is known.
USE_GRAIN = timedelta(minutes=1)


class NameTaken(Exception):
    """A token has this name already, perhaps a revoked one: the log must stay unequivocal."""


class NoSuchToken(Exception):
    """No valid token has this name."""


def create_token(name: str, role: Role) -> str:
    """Give a tool its token. The text is known only now: it cannot be shown again. Raises
    NameTaken."""
    text = PREFIX + secrets.token_urlsafe(32)
    db.session.add(ApiToken(name=name, role=role, digest=digest(text)))
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise NameTaken from error
    return text


def revoke_token(name: str) -> None:
    """Refuse the token from now on. Raises NoSuchToken."""
    token = db.session.scalar(
        select(ApiToken).where(ApiToken.name == name, ApiToken.revoked_at.is_(None))
    )
    if token is None:
        raise NoSuchToken
    token.revoked_at = now()
    db.session.commit()


def note_use(token_id: int) -> None:
    """Remember that the token is in use, at most once a minute however many requests come.

    A transaction of its own, begun by the write: a request that only reads holds no lock while
    it waits for this one.
    """
    db.session.rollback()
    db.session.execute(
        update(ApiToken)
        .where(
            ApiToken.id == token_id,
            or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now() - USE_GRAIN),
        )
        .values(last_used_at=now())
    )
    db.session.commit()


def digest(text: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
