"""The channel as the hub is given it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from config import ConfigurationError
from hub.channels.base import BadHandshake, BadSignature, Price, Rechecks
from hub.channels.twitter import SETTINGS, create
from tests.channels.twitter.wire import ACCESS_TOKEN, access

SECRET = {"TWITTER_CONSUMER_SECRET": "x-consumer-secret-FOR-TESTS-0123456789"}


def test_without_settings_it_polls_and_looks_at_posts_for_a_month():
    channel = create({})

    assert channel.poll_every == timedelta(minutes=2)
    assert channel.rechecks == Rechecks(every=timedelta(hours=20), during=timedelta(days=30))
    assert channel.ceiling is None


def test_a_post_is_looked_at_again_in_time_for_xs_rule():
    rechecks = create({}).rechecks

    assert rechecks is not None
    assert rechecks.every < timedelta(hours=24)


def test_settings_switch_polling_and_looking_off_and_set_a_ceiling():
    channel = create(
        {
            "TWITTER_POLL_SECONDS": "0",
            "TWITTER_RECHECK_DAYS": "0",
            "TWITTER_MONTHLY_CEILING": "49.90",
        }
    )

    assert channel.poll_every is None
    assert channel.rechecks is None
    assert channel.ceiling == Price(amount=Decimal("49.90"), currency="USD")


def test_an_unusable_setting_names_itself():
    assert "TWITTER_ACCESS" in SETTINGS
    with pytest.raises(ConfigurationError, match="TWITTER_ACCESS"):
        create({"TWITTER_ACCESS": "gold"})


def test_without_a_secret_nothing_is_answered_and_nothing_believed():
    channel = create({})

    with pytest.raises(BadHandshake):
        channel.handshake({"crc_token": "NGYyZWE5MDUtYTk4My00"})
    with pytest.raises(BadSignature):
        channel.verify({"x-twitter-webhooks-signature": "sha256="}, b"{}")


def test_the_challenge_is_answered_as_json():
    answer, media_type = create(SECRET).handshake({"crc_token": "NGYyZWE5MDUtYTk4My00"})

    assert media_type == "application/json"
    assert "sha256=AOhX2Xqc+pWZlKIP3a2KQCn+gHCl2hU3qDmN3fylXdU=" in answer


def test_files_of_direct_messages_are_asked_for_as_the_account():
    known = access({"access_token": ACCESS_TOKEN})

    headers = create({}).file_headers(known, "https://ton.twitter.com/1.1/ton/data/dm/1/2/a.jpg")

    assert headers == {"Authorization": f"Bearer {ACCESS_TOKEN}"}


@pytest.mark.parametrize(("access_name", "charged"), [("pay_per_use", True), ("enterprise", False)])
def test_the_access_that_was_bought_sets_the_price(access_name, charged):
    channel = create({"TWITTER_ACCESS": access_name})

    price = channel.price(access(), {"mode": "dm", "user_id": "1"}, "Bonjour")

    assert (price is not None) is charged
    assert channel.prices_as_of() is not None
