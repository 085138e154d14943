"""Settings: read once from the environment, checked at start, never changed afterwards.

The settings of one channel are declared in that channel's folder (`hub/channels/<slug>/`),
so that a channel can be added or removed without touching this file. Every setting is
described in docs/settings.md; a test compares the two.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from limits import parse_many

ROOT = Path(__file__).parent
ON = {"1", "on", "true", "yes"}
OFF = {"", "0", "off", "false", "no"}


class ConfigurationError(Exception):
    """A setting is missing or unusable. The sentence names it and says what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the hub is told from outside. Build it with `Settings.from_environ`."""

    secret_key: str = field(repr=False)
    development: bool = False
    sandbox: bool = False
    instance_dir: Path = ROOT / "instance"
    database_url: str = ""
    queue_url: str = ""
    base_url: str = "http://localhost:8000"
    organisation_name: str = "Conseil régional"
    accent_colour: str = "#1f5fbf"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    channels: tuple[str, ...] = ("facebook", "twitter", "web")
    reopen_days: int = 14
    undo_seconds: int = 10
    opening_hours: tuple[time, time] = (time(8, 30), time(17, 30))
    response_hours: int = 4
    published_contacts: tuple[str, ...] = ()
    file_words: tuple[str, ...] = ("dossier", "allocataire", "matricule", "bénéficiaire", "demande")
    trusted_proxies: int = 0
    form_rate_limit: str = "60 per 10 minutes"
    metrics_token: str = field(default="", repr=False)
    #: What the channels read their own settings from.
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check the settings.

        `environ` defaults to the process environment, completed in development by the file
        `.env` beside this one; the environment wins. Raises ConfigurationError with a sentence
        that says which setting to mend: the caller prints it and stops.
        """
        values = _environment() if environ is None else dict(environ)
        sandbox = _switch(values, "SANDBOX")
        development = _environment_name(values, sandbox) == "development"
        instance_dir = Path(values.get("INSTANCE_DIR") or ROOT / "instance").resolve()
        _make(instance_dir)
        return cls(
            secret_key=_secret_key(values, development, instance_dir),
            development=development,
            sandbox=sandbox,
            instance_dir=instance_dir,
            database_url=_database_url(values.get("DATABASE_URL", ""), instance_dir),
            queue_url=_queue_url(values.get("QUEUE_URL", ""), instance_dir),
            base_url=_web_address(values, "BASE_URL", cls.base_url),
            organisation_name=values.get("ORGANISATION_NAME") or cls.organisation_name,
            accent_colour=values.get("ACCENT_COLOUR") or cls.accent_colour,
            timezone=_timezone(values.get("TIMEZONE") or "Europe/Paris"),
            channels=_words(values.get("CHANNELS"), cls.channels),
            reopen_days=_whole_number(values, "REOPEN_DAYS", cls.reopen_days),
            undo_seconds=_whole_number(values, "UNDO_SECONDS", cls.undo_seconds),
            opening_hours=_opening_hours(values.get("OPENING_HOURS") or "08:30-17:30"),
            published_contacts=_words(values.get("PUBLISHED_CONTACTS"), ()),
            file_words=_words(values.get("FILE_WORDS"), cls.file_words),
            response_hours=max(1, _whole_number(values, "RESPONSE_HOURS", cls.response_hours)),
            trusted_proxies=_whole_number(values, "TRUSTED_PROXIES", cls.trusted_proxies),
            form_rate_limit=_rate(values, "FORM_RATE_LIMIT", cls.form_rate_limit),
            metrics_token=values.get("METRICS_TOKEN", ""),
            environ=values,
        )


#: The core's settings; each channel adds its own SETTINGS.
NAMES = (
    "ACCENT_COLOUR",
    "BASE_URL",
    "CHANNELS",
    "DATABASE_URL",
    "ENVIRONMENT",
    "FILE_WORDS",
    "FORM_RATE_LIMIT",
    "INSTANCE_DIR",
    "METRICS_TOKEN",
    "OPENING_HOURS",
    "ORGANISATION_NAME",
    "PUBLISHED_CONTACTS",
    "QUEUE_URL",
    "REOPEN_DAYS",
    "RESPONSE_HOURS",
    "SANDBOX",
    "SECRET_KEY",
    "TIMEZONE",
    "TRUSTED_PROXIES",
    "UNDO_SECONDS",
)


def _environment() -> dict[str, str]:
    from_file = {k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None}
    return {**from_file, **os.environ}


def _environment_name(values: Mapping[str, str], sandbox: bool) -> str:
    """The sandbox makes a development machine unless ENVIRONMENT says otherwise."""
    name = values.get("ENVIRONMENT") or ("development" if sandbox else "production")
    if name not in {"development", "production"}:
        raise ConfigurationError(f"ENVIRONMENT is {name!r}: write development or production.")
    if sandbox and name == "production":
        raise ConfigurationError(
            "SANDBOX is on and ENVIRONMENT is production. The sandbox lets anyone speak as any "
            "citizen: switch one of the two off."
        )
    return name


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"INSTANCE_DIR is {str(folder)!r}, which cannot be made: {error.strerror}."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigurationError(f"INSTANCE_DIR is {str(folder)!r}: Hub may not write there.")


def _secret_key(values: Mapping[str, str], development: bool, instance_dir: Path) -> str:
    if key := values.get("SECRET_KEY"):
        return key
    if not development:
        raise ConfigurationError(
            "SECRET_KEY is not set. Write a long random text in the environment, for instance "
            'the output of: python3 -c "import secrets; print(secrets.token_hex(32))"'
        )
    kept = instance_dir / "secret_key"
    try:
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return kept.read_text()


def _database_url(url: str, instance_dir: Path) -> str:
    return database_address(url) if url else f"sqlite:///{instance_dir / 'hub.sqlite'}"


def database_address(url: str) -> str:
    """The address of a database for SQLAlchemy: PostgreSQL gets the driver we ship, however it was
    written. Raises ConfigurationError."""
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    if not url.startswith(("sqlite:", "postgresql+psycopg:")):
        raise ConfigurationError("DATABASE_URL must start with sqlite:/// or postgresql://.")
    return url


def _queue_url(url: str, instance_dir: Path) -> str:
    if not url:
        return f"sqlite:///{instance_dir / 'queue.sqlite'}"
    known = ("sqlite:///", "postgresql://", "postgres://", "redis://", "rediss://")
    if not url.startswith(known):
        raise ConfigurationError("QUEUE_URL must start with sqlite:///, postgresql:// or redis://.")
    return url


def _web_address(values: Mapping[str, str], name: str, default: str) -> str:
    address = (values.get(name) or default).rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise ConfigurationError(f"{name} is {address!r}: it must start with http:// or https://.")
    return address


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigurationError(
            f"TIMEZONE is {name!r}: write a zone such as Europe/Paris or Indian/Reunion."
        ) from error


def _words(text: str | None, default: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip()) if text else default


def _whole_number(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name) or str(default)
    if not text.isdecimal():
        raise ConfigurationError(f"{name} is {text!r}: write a whole number such as {default}.")
    return int(text)


def _opening_hours(text: str) -> tuple[time, time]:
    """From when to when, such as 08:30-17:30, within one day."""
    try:
        opens, closes = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        opens = closes = time()
    if opens >= closes:
        raise ConfigurationError(f"OPENING_HOURS is {text!r}: write hours such as 08:30-17:30.")
    return opens, closes


def _rate(values: Mapping[str, str], name: str, default: str) -> str:
    text = values.get(name) or default
    try:
        parse_many(text)
    except ValueError as error:
        raise ConfigurationError(f"{name} is {text!r}: write a rate such as {default}.") from error
    return text


def _switch(values: Mapping[str, str], name: str) -> bool:
    text = values.get(name, "").strip().lower()
    if text not in ON | OFF:
        raise ConfigurationError(f"{name} is {text!r}: write on or off.")
    return text in ON
