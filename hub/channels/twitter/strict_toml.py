"""A TOML file read so that nothing in it is overlooked: each value has the kind that was asked
for, and none is left unread. Errors name the place and say what to write."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, TypeVar

from config import ConfigurationError

T = TypeVar("T", bool, int, str, date, Decimal, list[Any], dict[str, Any])

_KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    str: "a text in quotation marks",
    date: "a day such as 2026-08-22",
    Decimal: "a number with a decimal point",
    list: "a list in square brackets",
    dict: "a table",
}


class Table:
    """One table. Take its values, then `close` it; all methods raise ConfigurationError."""

    def __init__(self, content: Mapping[str, Any], prefix: str) -> None:
        self._left = dict(content)
        self._prefix = prefix

    @classmethod
    def of_file(cls, file: Path) -> Self:
        """Numbers with a decimal point become Decimal, to the last digit."""
        try:
            content = tomllib.loads(file.read_text("utf-8"), parse_float=Decimal)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigurationError(f"{file.name} cannot be read: {error}") from error
        return cls(content, f"{file.name}: ")

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def names(self) -> list[str]:
        """Of the values that were not taken yet."""
        return list(self._left)

    def take(self, name: str, kind: type[T]) -> T:
        if name not in self._left:
            raise ConfigurationError(f"{self._prefix}{name} is missing: add it.")
        value = self._left.pop(name)
        if type(value) is not kind:  # True is an int to Python, and an instant a day
            raise self.wrong(name, f"{_KINDS[kind]}, not {value!r}")
        return value

    def table(self, name: str) -> "Table":
        return Table(self.take(name, dict), f"{self._prefix}{name}.")

    def count(self, name: str) -> int:
        value = self.take(name, int)
        if value < 1:
            raise self.wrong(name, f"1 or more, not {value}")
        return value

    def amount(self, name: str) -> Decimal:
        value = self.take(name, Decimal)
        if not value.is_finite() or value < 0:
            raise self.wrong(name, f"an amount of money, not {value}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.take(name, list)
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(name, "a list of texts in quotation marks")
        return tuple(values)

    def close(self) -> None:
        """Nothing may be left: a misspelt name would change nothing, unseen."""
        for name in self._left:
            raise ConfigurationError(f"{self._prefix}{name} means nothing: remove or correct it.")

    def wrong(self, name: str, wanted: str) -> ConfigurationError:
        return ConfigurationError(f"{self._prefix}{name} must be {wanted}.")
