"""What the council says about its Meta app, from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from config import OFF, ON, ConfigurationError
from hub.channels.environment import secrets, web_address, words

SETTINGS = (
    "FACEBOOK_APP_ID",
    "FACEBOOK_APP_SECRET",
    "FACEBOOK_APP_SECRET_PREVIOUS",
    "FACEBOOK_FILE_HOSTS",
    "FACEBOOK_FILE_ORIGINS",
    "FACEBOOK_GRAPH_URL",
    "FACEBOOK_GRAPH_VERSION",
    "FACEBOOK_HUMAN_AGENT",
    "FACEBOOK_VERIFY_TOKEN",
)


@dataclass(frozen=True, kw_only=True)
class FacebookSettings:
    """Settings of the channel; the defaults let it start, and refuse every delivery.

    `app_secrets`: the present secret first, then the one it replaces, if any.
    `graph_url`: Meta's host, without version. `graph_version`: such as "v25.0".
    `human_agent`: Meta approved the app's Human Agent feature (answers for seven days).
    """

    app_id: str = ""
    app_secrets: tuple[str, ...] = field(default=(), repr=False)
    verify_token: str = field(default="", repr=False)
    graph_url: str = "https://graph.facebook.com"
    graph_version: str = "v25.0"
    file_hosts: tuple[str, ...] = ("fbcdn.net", "fbsbx.com")
    file_origins: tuple[str, ...] = ()
    human_agent: bool = False

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read and check. Raises ConfigurationError with a sentence that names the setting."""
        return cls(
            app_id=environ.get("FACEBOOK_APP_ID", "").strip(),
            app_secrets=secrets(environ, "FACEBOOK_APP_SECRET"),
            verify_token=environ.get("FACEBOOK_VERIFY_TOKEN", "").strip(),
            graph_url=_graph_url(environ.get("FACEBOOK_GRAPH_URL") or cls.graph_url),
            graph_version=_version(environ.get("FACEBOOK_GRAPH_VERSION") or cls.graph_version),
            file_hosts=words(environ.get("FACEBOOK_FILE_HOSTS", "")) or cls.file_hosts,
            file_origins=words(environ.get("FACEBOOK_FILE_ORIGINS", "")),
            human_agent=_switch(environ.get("FACEBOOK_HUMAN_AGENT", "")),
        )

    @property
    def app_secret(self) -> str:
        """The secret to sign with, "" when none is set."""
        return self.app_secrets[0] if self.app_secrets else ""


def _graph_url(url: str) -> str:
    url = web_address("FACEBOOK_GRAPH_URL", url)
    if re.search(r"/v\d+(\.\d+)?$", url):
        raise ConfigurationError(
            f"FACEBOOK_GRAPH_URL is {url!r}: leave the version out, it belongs in "
            "FACEBOOK_GRAPH_VERSION."
        )
    return url


def _version(version: str) -> str:
    if not re.fullmatch(r"v\d+\.\d+", version):
        raise ConfigurationError(
            f"FACEBOOK_GRAPH_VERSION is {version!r}: write a version such as v25.0."
        )
    return version


def _switch(text: str) -> bool:
    text = text.strip().lower()
    if text not in ON | OFF:
        raise ConfigurationError(f"FACEBOOK_HUMAN_AGENT is {text!r}: write on or off.")
    return text in ON
