"""What can be chosen on this X: what the app has bought, and how X behaves where sources differ."""

from typing import Any

from hub.sandbox.store import Store

#: Name -> the values it may have, the usual one first.
SWITCHES: dict[str, tuple[Any, ...]] = {
    # What was bought.
    "level": ("pay_per_use", "enterprise"),
    # Are events pushed at all?
    "webhooks": (True, False),
    # By which product.
    "shape": ("activity", "account_activity", "both"),
    # How fields are called.
    "naming": ("tweet", "post"),
    # How a new subscription of X Activity is answered.
    "subscription_answer": ("array", "object", "nested"),
    # How often a failed delivery is tried again.
    "retries": ("three", "none"),
    # Does the mention X itself puts before an answer summon the account? X documents neither;
    # its refusal speaks of authors who have not "otherwise engaged" the account.
    "implicit_summons": (True, False),
    # Does X count calls?
    "limits": (True, False),
}


def read(store: Store, name: str) -> Any:
    return store.setting(name, SWITCHES[name][0])


def write(store: Store, name: str, value: Any) -> None:
    """Raises KeyError for an unknown name, ValueError for a value it cannot have."""
    if value not in SWITCHES[name]:
        raise ValueError(f"{name} must be one of {', '.join(map(str, SWITCHES[name]))}")
    store.set(name, value)


def everything(store: Store) -> dict[str, Any]:
    return {name: read(store, name) for name in SWITCHES}
