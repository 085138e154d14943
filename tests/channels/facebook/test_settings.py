import pytest

from config import ConfigurationError
from hub.channels.facebook import SETTINGS, create
from hub.channels.facebook.settings import FacebookSettings


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

    FacebookSettings.from_environ(environ)

    assert environ.asked == set(SETTINGS)
    assert list(SETTINGS) == sorted(SETTINGS)


def test_without_settings_the_channel_speaks_with_meta_itself():
    settings = FacebookSettings.from_environ({})

    assert settings.graph_url == "https://graph.facebook.com"
    assert settings.graph_version == "v25.0"
    assert settings.file_hosts == ("fbcdn.net", "fbsbx.com")
    assert settings.file_origins == ()
    assert settings.app_secrets == ()
    assert settings.human_agent is False


def test_every_setting_is_taken():
    settings = FacebookSettings.from_environ(
        {
            "FACEBOOK_APP_ID": "270",
            "FACEBOOK_APP_SECRET": "new",
            "FACEBOOK_APP_SECRET_PREVIOUS": "old",
            "FACEBOOK_VERIFY_TOKEN": "token",
            "FACEBOOK_GRAPH_URL": "http://127.0.0.1:8100/meta/",
            "FACEBOOK_GRAPH_VERSION": "v26.0",
            "FACEBOOK_FILE_HOSTS": "fbcdn.net, files.example",
            "FACEBOOK_FILE_ORIGINS": "http://127.0.0.1:8100",
            "FACEBOOK_HUMAN_AGENT": "on",
        }
    )

    assert settings == FacebookSettings(
        app_id="270",
        app_secrets=("new", "old"),
        verify_token="token",
        graph_url="http://127.0.0.1:8100/meta",
        graph_version="v26.0",
        file_hosts=("fbcdn.net", "files.example"),
        file_origins=("http://127.0.0.1:8100",),
        human_agent=True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FACEBOOK_GRAPH_URL", "graph.facebook.com"),
        ("FACEBOOK_GRAPH_URL", "https://graph.facebook.com/v25.0"),
        ("FACEBOOK_GRAPH_VERSION", "25"),
        ("FACEBOOK_HUMAN_AGENT", "peut-être"),
    ],
)
def test_an_unusable_setting_is_refused_by_name(name, value):
    with pytest.raises(ConfigurationError, match=name):
        create({name: value})


def test_secrets_are_not_shown():
    environ = {"FACEBOOK_APP_SECRET": "hush", "FACEBOOK_VERIFY_TOKEN": "quiet"}

    shown = repr(FacebookSettings.from_environ(environ))

    assert "hush" not in shown
    assert "quiet" not in shown


def test_the_channel_says_what_it_is():
    channel = create({})

    assert (channel.slug, channel.label, channel.receives_hooks) == ("facebook", "Facebook", True)
    assert channel.file_hosts == ("fbcdn.net", "fbsbx.com")
