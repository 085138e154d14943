"""The council's mail server, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal, Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from config import OFF, ON, ConfigurationError

SETTINGS = ("MAIL_FROM", "MAIL_URL")

Security = Literal["none", "starttls", "tls"]
_SCHEMES: Mapping[str, Security] = {"smtp": "none", "smtp+tls": "starttls", "smtps": "tls"}
_PORTS: Mapping[Security, int] = {"none": 25, "starttls": 587, "tls": 465}


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """How e-mail leaves. `host` is empty when none does: citizens then read their answers on the
    tracking page alone."""

    host: str = ""
    port: int = 25
    security: Security = "none"
    username: str = ""
    password: str = field(default="", repr=False)
    sender: Address = field(default_factory=Address)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read and check MAIL_URL and MAIL_FROM.

        MAIL_URL: smtp://host:port, smtps:// for TLS from the start, smtp+tls:// (or
        smtp://…?starttls) for STARTTLS; a name and password go before the host, percent-encoded.
        MAIL_FROM: an address, or a name and an address: Région <contact@region.fr>. Raises
        ConfigurationError with a sentence that names the setting and never shows the password.
        """
        url = environ.get("MAIL_URL", "").strip()
        if not url:
            return cls()
        parts = urlsplit(url)
        security = _security(parts)
        return cls(
            host=_host(parts),
            port=_port(parts) or _PORTS[security],
            security=security,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            sender=_sender(environ.get("MAIL_FROM", "")),
        )

    @property
    def is_on(self) -> bool:
        return bool(self.host)


def _security(parts: SplitResult) -> Security:
    if parts.scheme not in _SCHEMES:
        raise ConfigurationError("MAIL_URL must start with smtp://, smtps:// or smtp+tls://.")
    options = parse_qs(parts.query, keep_blank_values=True)
    if set(options) - {"starttls"} or (options and parts.scheme == "smtps"):
        raise ConfigurationError("MAIL_URL takes one option, ?starttls, after smtp:// alone.")
    wanted = options.get("starttls", ["off"])[-1].lower() or "on"
    if wanted not in ON | OFF:
        raise ConfigurationError("MAIL_URL: write ?starttls=on, or leave it out.")
    return "starttls" if wanted in ON else _SCHEMES[parts.scheme]


def _host(parts: SplitResult) -> str:
    if not parts.hostname:
        raise ConfigurationError("MAIL_URL names no host: write smtp://mail.example.org:25.")
    return parts.hostname


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise ConfigurationError(
            "MAIL_URL has no usable port: write smtp://mail.example.org:25."
        ) from error


def _sender(text: str) -> Address:
    name, address = parseaddr(text)
    try:
        local, _at, domain = address.partition("@")
        if not local or not domain or "@" in domain or len(text.splitlines()) != 1:
            raise ValueError
        return Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError) as error:
        raise ConfigurationError(
            "MAIL_FROM must hold the address e-mail comes from, such as "
            "Conseil régional <contact@region.example>; it is needed with MAIL_URL."
        ) from error
