"""Graph's calls. Each takes a Call and gives the JSON of the answer, or raises GraphError."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from hub.sandbox.meta import rules
from hub.sandbox.meta.fields import Field, parse_fields
from hub.sandbox.meta.nodes import Nodes
from hub.sandbox.meta.rules import GraphError
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.meta.store import Store

Json = dict[str, Any]
SUCCESS: Json = {"success": True}
#: Fetches an attachment's address and gives the HTTP status, 0 when nobody answers.
Fetch = Callable[[str], int]


def fetch(url: str) -> int:
    """A Fetch over HTTP that reads nothing but the status."""
    try:
        with requests.get(url, timeout=5, stream=True) as answer:
            return answer.status_code
    except requests.RequestException:
        return 0


@dataclass(frozen=True)
class Call:
    """One call of Graph: what was asked, already rid of the version in its path."""

    meta: MetaStandIn
    fetch: Fetch
    graph_url: str
    params: Mapping[str, Any]

    def text(self, name: str) -> str:
        return str(self.params.get(name) or "")

    def structure(self, name: str) -> Json:
        """A parameter that is an object: JSON itself, or JSON text in a form."""
        value = self.params.get(name) or {}
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError as error:
                raise GraphError(100, f"(#100) Param {name} must be valid JSON") from error
        if not isinstance(value, dict):
            raise GraphError(100, f"(#100) Param {name} must be an object")
        return value

    def switch(self, name: str) -> bool:
        return str(self.params.get(name)).lower() == "true"

    @property
    def wanted(self) -> tuple[Field, ...]:
        return parse_fields(self.text("fields")) if self.text("fields") else ()

    def nodes(self, store: Store) -> Nodes:
        return Nodes(store, self.meta.app, self.graph_url)


def check_own(given: str, own: str) -> None:
    if given not in {own, "me"}:
        raise rules.gone(given)
