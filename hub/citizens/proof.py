"""Proof of work (ALTCHA): the browser spends half a second of computing before it may count as a
person's. It needs no third party, no picture and no click, so nobody is shut out by it; a message
without a proof is filed all the same (see suspicion.py).
"""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta

import altcha
from flask import current_app
from sqlalchemy import delete

from hub.citizens.models import UsedProof
from hub.clock import now
from hub.extensions import db

ALGORITHM = "PBKDF2/SHA-256"
#: Iterations for each try, and how many tries the browser needs at least and at most.
COST = 5_000
TRIES = (100, 400)
#: As long as a form may lie open. A solved proof is remembered until then.
LIFE = timedelta(hours=24)
LONGEST = 4_096


def challenge() -> str:
    """A signed task for the browser, as JSON. Nothing is stored until it comes back solved."""
    fewest, most = TRIES
    task = altcha.create_challenge(
        ALGORITHM,
        COST,
        counter=fewest + secrets.randbelow(most - fewest + 1),
        expires_at=now() + LIFE,
        hmac_secret=_key("challenge"),
        hmac_key_secret=_key("solution"),
    )
    return json.dumps(task.to_dict())


def accept(solved: str) -> bool:
    """Is it a task of ours, solved, in time and for the first time? It is marked as used in the
    caller's transaction. Two uses in the same instant end in an IntegrityError: try again."""
    if not solved or len(solved) > LONGEST:
        return False
    if not altcha.verify_solution(
        solved, _key("challenge"), hmac_key_secret=_key("solution")
    ).verified:
        return False
    parameters = json.loads(base64.b64decode(solved))["challenge"]["parameters"]
    if db.session.get(UsedProof, parameters["nonce"]):
        return False
    db.session.execute(delete(UsedProof).where(UsedProof.expires_at < now()))
    db.session.add(
        UsedProof(
            nonce=parameters["nonce"],
            expires_at=datetime.fromtimestamp(parameters["expiresAt"], UTC),
        )
    )
    db.session.flush()
    return True


def _key(purpose: str) -> bytes:
    secret_key: str = current_app.config["HUB"].secret_key
    return hmac.digest(secret_key.encode(), f"form proof {purpose}".encode(), hashlib.sha256)
