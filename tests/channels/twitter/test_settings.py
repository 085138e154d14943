from datetime import timedelta
from decimal import Decimal

import pytest

from config import ConfigurationError
from hub.channels.twitter.settings import SETTINGS, TwitterSettings


class Watched(dict):
    """An environment that remembers what was asked of it."""

    def __init__(self, *given):
        super().__init__(*given)
        self.asked = set()

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)


def test_the_settings_read_are_those_declared():
    environ = Watched()

    TwitterSettings.from_environ(environ)

    assert environ.asked == set(SETTINGS)
    assert list(SETTINGS) == sorted(SETTINGS)


def test_without_settings_the_channel_speaks_with_x_itself():
    settings = TwitterSettings.from_environ({})

    assert settings == TwitterSettings()
    assert settings.api_url == "https://api.x.com"
    assert settings.access == "pay_per_use"
    assert settings.poll_every == timedelta(minutes=2)
    assert settings.recheck_days == 30
    assert settings.ceiling is None
    assert settings.file_hosts == ("twimg.com", "ton.twitter.com")
    assert settings.file_origins == ()
    assert settings.consumer_secrets == ()
    assert settings.consumer_secret == ""


def test_every_setting_is_taken():
    settings = TwitterSettings.from_environ(
        {
            "TWITTER_ACCESS": "Enterprise",
            "TWITTER_API_URL": "http://127.0.0.1:8100/x/",
            "TWITTER_BEARER_TOKEN": "bearer",
            "TWITTER_CLIENT_ID": "client",
            "TWITTER_CLIENT_SECRET": "client-secret",
            "TWITTER_CONSUMER_KEY": "key",
            "TWITTER_CONSUMER_SECRET": "new",
            "TWITTER_CONSUMER_SECRET_PREVIOUS": " old ",
            "TWITTER_FILE_HOSTS": "twimg.com, files.example",
            "TWITTER_FILE_ORIGINS": "http://127.0.0.1:8100",
            "TWITTER_MONTHLY_CEILING": "49.90",
            "TWITTER_POLL_SECONDS": "15",
            "TWITTER_RECHECK_DAYS": "7",
        }
    )

    assert settings == TwitterSettings(
        consumer_key="key",
        consumer_secrets=("new", "old"),
        bearer_token="bearer",
        client_id="client",
        client_secret="client-secret",
        api_url="http://127.0.0.1:8100/x",
        access="enterprise",
        poll_every=timedelta(seconds=15),
        recheck_days=7,
        ceiling=Decimal("49.90"),
        file_hosts=("twimg.com", "files.example"),
        file_origins=("http://127.0.0.1:8100",),
    )
    assert settings.consumer_secret == "new"


def test_nought_switches_polling_and_rechecks_off():
    off = TwitterSettings.from_environ({"TWITTER_POLL_SECONDS": "0", "TWITTER_RECHECK_DAYS": "0"})

    assert off.poll_every is None
    assert off.recheck_days == 0


def test_an_empty_setting_is_as_good_as_none():
    assert TwitterSettings.from_environ(dict.fromkeys(SETTINGS, "")) == TwitterSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWITTER_ACCESS", "basic"),
        ("TWITTER_API_URL", "api.x.com"),
        ("TWITTER_API_URL", "https://api.x.com/2/"),
        ("TWITTER_API_URL", "https://api.x.com/1.1"),
        ("TWITTER_MONTHLY_CEILING", "0"),
        ("TWITTER_MONTHLY_CEILING", "-5"),
        ("TWITTER_MONTHLY_CEILING", "50,00"),
        ("TWITTER_MONTHLY_CEILING", "NaN"),
        ("TWITTER_MONTHLY_CEILING", "1e99"),
        ("TWITTER_POLL_SECONDS", "14"),
        ("TWITTER_POLL_SECONDS", "86401"),
        ("TWITTER_POLL_SECONDS", "-1"),
        ("TWITTER_POLL_SECONDS", "two"),
        ("TWITTER_POLL_SECONDS", "9" * 5000),
        ("TWITTER_RECHECK_DAYS", "366"),
        ("TWITTER_RECHECK_DAYS", "1.5"),
    ],
)
def test_an_unusable_setting_is_refused_by_name(name, value):
    with pytest.raises(ConfigurationError, match=rf"^{name} is .+\.$"):
        TwitterSettings.from_environ({name: value})


def test_secrets_are_not_shown():
    secret = ("BEARER_TOKEN", "CLIENT_SECRET", "CONSUMER_SECRET", "CONSUMER_SECRET_PREVIOUS")
    environ = {f"TWITTER_{name}": f"hush-{name}" for name in secret}

    assert "hush" not in repr(TwitterSettings.from_environ(environ))
