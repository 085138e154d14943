"""The calls of version 2. Each takes a Call and gives the JSON of the answer, or raises XError."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import FileStorage

from hub.sandbox.x import rules, switches
from hub.sandbox.x.auth import Caller
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.stand_in import XStandIn

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One call: who makes it and what was asked. `form` holds the fields of a form that is not
    JSON, `files` what was uploaded with it."""

    x: XStandIn
    caller: Caller
    query: Mapping[str, str]
    body: Json
    form: Mapping[str, str]
    files: Mapping[str, FileStorage]

    def switch(self, name: str) -> Any:
        with self.x.reading() as store:
            return switches.read(store, name)

    def text(self, name: str) -> str:
        """A field of the body that must be there, as text."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise rules.invalid(f"$.{name}: is missing or no text", **{name: str(value)})
        return value

    def flag(self, name: str) -> bool:
        """A field of the body that must be true or false."""
        value = self.body.get(name)
        if not isinstance(value, bool):
            raise rules.invalid(f"$.{name}: must be a boolean", **{name: str(value)})
        return value


def check_own(user_id: str) -> None:
    """Some calls are for one's own account alone."""
    if user_id != ACCOUNT_ID:
        raise rules.invalid(
            "The `id` query parameter value must be the same as the authenticating user",
            id=user_id,
        )
