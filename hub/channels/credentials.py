"""Secrets of the council's accounts, encrypted at rest.

The key is derived from SECRET_KEY: whoever changes SECRET_KEY must connect the accounts again.
"""

import base64
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class CredentialsUnreadable(Exception):
    """SECRET_KEY is not the one these credentials were sealed with. Connect the account again."""


def encrypt(credentials: Mapping[str, str], secret_key: str) -> str:
    """Seal credentials for the database."""
    return _box(secret_key).encrypt(json.dumps(dict(credentials)).encode()).decode()


def decrypt(sealed: str, secret_key: str) -> dict[str, str]:
    """Open what `encrypt` sealed; nothing sealed gives {}. Raises CredentialsUnreadable."""
    if not sealed:
        return {}
    try:
        opened: dict[str, str] = json.loads(_box(secret_key).decrypt(sealed.encode()))
    except InvalidToken as error:
        raise CredentialsUnreadable from error
    return opened


def _box(secret_key: str) -> Fernet:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hub account credentials")
    return Fernet(base64.urlsafe_b64encode(derive.derive(secret_key.encode())))
