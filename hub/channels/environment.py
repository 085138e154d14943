"""Reading a channel's settings from the environment, as every channel does."""

from collections.abc import Mapping

from config import ConfigurationError


def words(text: str) -> tuple[str, ...]:
    """The words between commas, in lower case: hosts and origins."""
    return tuple(word.strip().lower().rstrip("/") for word in text.split(",") if word.strip())


def secrets(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The present secret first, then the one it replaces (NAME_PREVIOUS); those that are set."""
    both = (environ.get(name, ""), environ.get(f"{name}_PREVIOUS", ""))
    return tuple(secret.strip() for secret in both if secret.strip())


def web_address(name: str, text: str) -> str:
    """An address without a slash at its end. Raises ConfigurationError."""
    address = text.strip().rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise ConfigurationError(f"{name} is {address!r}: it must start with http:// or https://.")
    return address
