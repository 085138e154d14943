"""Secrets of accounts, sealed in the database."""

import pytest

from hub.channels import accounts
from hub.channels.credentials import CredentialsUnreadable, decrypt, encrypt
from tests.builders import create_account

SECRETS = {"access_token": "EAAB…", "user": "é"}


def test_what_was_sealed_opens_with_the_same_key_alone():
    sealed = encrypt(SECRETS, "key")
    assert decrypt(sealed, "key") == SECRETS
    with pytest.raises(CredentialsUnreadable):
        decrypt(sealed, "another key")


def test_a_seal_tells_nothing_and_is_never_the_same():
    first, second = encrypt(SECRETS, "key"), encrypt(SECRETS, "key")
    assert first != second
    assert "EAAB" not in first


def test_a_damaged_seal_does_not_open():
    with pytest.raises(CredentialsUnreadable):
        decrypt(encrypt(SECRETS, "key")[:-5] + "AAAA=", "key")


def test_nothing_sealed_is_no_secret():
    assert decrypt("", "key") == {}


def test_secrets_are_left_out_when_an_access_is_printed(app):
    access = accounts.access(create_account())
    assert access.credentials["access_token"]
    assert access.credentials["access_token"] not in repr(access)
