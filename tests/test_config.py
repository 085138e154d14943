"""What the hub is told from outside, and the sentences with which it refuses to start."""

from pathlib import Path
from typing import Any

import pytest

from config import ConfigurationError, Settings
from hub import create_app, outages
from hub.channels import registry
from hub.extensions import db


def settings(tmp_path: Path, **environ: str) -> Settings:
    return Settings.from_environ({"SECRET_KEY": "k", "INSTANCE_DIR": str(tmp_path), **environ})


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"ENVIRONMENT": "staging"}, "write development or production"),
        ({"SANDBOX": "on", "ENVIRONMENT": "production"}, "switch one of the two off"),
        ({"SANDBOX": "perhaps"}, "write on or off"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL must start with"),
        ({"QUEUE_URL": "carrier-pigeon://"}, "QUEUE_URL must start with"),
        ({"BASE_URL": "hub.example"}, "must start with http:// or https://"),
        ({"TIMEZONE": "Europe/Nowhere"}, "write a zone such as Europe/Paris"),
        ({"TIMEZONE": "/etc/passwd"}, "write a zone such as Europe/Paris"),
        ({"REOPEN_DAYS": "soon"}, "write a whole number such as 14"),
        ({"TRUSTED_PROXIES": "-1"}, "write a whole number such as 0"),
        ({"FORM_RATE_LIMIT": "a few"}, "write a rate such as 60 per 10 minutes"),
    ],
)
def test_an_unusable_setting_is_refused_with_what_to_write(tmp_path, environ, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        settings(tmp_path, **environ)


def test_a_channel_without_a_folder_is_refused_with_those_there_are():
    with pytest.raises(ConfigurationError, match=r"facebook, .*web"):
        registry.build(("facebok",), {})


def test_a_folder_of_the_package_that_is_no_channel_is_refused():
    with pytest.raises(ConfigurationError):
        registry.build(("base",), {})


def test_an_unusable_colour_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="six digits"):
        create_app(settings(tmp_path, ACCENT_COLOUR="red", CHANNELS="web"))


def test_what_is_not_said_has_a_default(tmp_path):
    found = settings(tmp_path)
    assert (found.development, found.sandbox) == (False, False)
    assert found.channels == ("facebook", "twitter", "web")
    assert found.database_url == f"sqlite:///{tmp_path / 'hub.sqlite'}"
    assert found.queue_url == f"sqlite:///{tmp_path / 'queue.sqlite'}"


def test_the_sandbox_makes_a_development_machine(tmp_path):
    assert settings(tmp_path, SANDBOX="on").development


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_address_of_postgresql_gets_the_driver_that_is_shipped(tmp_path, scheme):
    found = settings(tmp_path, DATABASE_URL=f"{scheme}://hub@db/hub")
    assert found.database_url == "postgresql+psycopg://hub@db/hub"


def test_rate_limits_are_counted_for_all_processes_where_there_is_redis(tmp_path):
    there = settings(tmp_path, CHANNELS="web", QUEUE_URL="redis://:p%40ss@queue/3?socket_timeout=9")
    assert create_app(there).config["RATELIMIT_STORAGE_URI"] == (
        "redis://:p%40ss@queue/3?socket_connect_timeout=3&socket_timeout=9"
    )
    alone = create_app(settings(tmp_path, CHANNELS="web"))
    assert alone.config["RATELIMIT_STORAGE_URI"] == "memory://"


def test_an_address_of_postgresql_may_say_itself_for_how_long_to_wait():
    patience = outages.engine_options("postgresql+psycopg://db/hub?connect_timeout=9")
    assert "connect_timeout" not in patience["connect_args"]
    assert "statement_timeout=30s" in patience["connect_args"]["options"]
    assert "connect_args" not in outages.engine_options("sqlite:///hub.sqlite")


def test_a_relative_instance_folder_is_one_place_for_all(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = settings(tmp_path, INSTANCE_DIR="var")
    assert found.instance_dir == tmp_path / "var"
    assert str(tmp_path / "var") in found.database_url
    assert str(tmp_path / "var") in found.queue_url


def test_a_development_machine_makes_its_key_once(tmp_path):
    values = {"ENVIRONMENT": "development", "SECRET_KEY": ""}
    first, second = settings(tmp_path, **values), settings(tmp_path, **values)
    assert len(first.secret_key) == 64
    assert first.secret_key == second.secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_secrets_are_left_out_when_settings_are_printed(tmp_path):
    shown = repr(settings(tmp_path, SECRET_KEY="k3y", METRICS_TOKEN="t0ken", FACEBOOK_X="s3cret"))
    assert not any(secret in shown for secret in ("k3y", "t0ken", "s3cret"))


def test_the_words_of_citizens_are_left_out_of_errors_of_the_database(app: Any):
    assert db.engine.hide_parameters


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="INSTANCE_DIR"):
        Settings.from_environ({"SANDBOX": "on", "INSTANCE_DIR": str(tmp_path / "file" / "below")})
