"""Values the tests of the channel start from, each with usable defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hub.channels.base import AccountAccess, OutboundMessage, ThreadMessage
from hub.channels.facebook.channel import Facebook
from hub.channels.facebook.settings import FacebookSettings
from tests.channels.facebook.wire import APP_ID, PAGE, SECRET, TOKEN, VERIFY_TOKEN

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
PSID = "25000000000000777"
POST = f"{PAGE}_122200000000010"
COMMENT = "122200000000010_880000000000001"


def settings(**changes: Any) -> FacebookSettings:
    given = {"app_id": APP_ID, "app_secrets": (SECRET,), "verify_token": VERIFY_TOKEN}
    return FacebookSettings(**{**given, **changes})


def channel(**changes: Any) -> Facebook:
    return Facebook(settings(**changes))


def page_access(*, token: str = TOKEN, **features: Any) -> AccountAccess:
    return AccountAccess(
        external_id=PAGE,
        name="Région Exemple",
        credentials={"access_token": token} if token else {},
        features=features,
    )


def comment(ago: timedelta = timedelta(hours=1), **changes: Any) -> ThreadMessage:
    given: dict[str, Any] = {
        "direction": "in",
        "visibility": "public",
        "external_id": COMMENT,
        "conversation": f"public:{POST}:{PSID}",
        "posted_at": NOW - ago,
        "author_id": PSID,
    }
    return ThreadMessage(**{**given, **changes})


def private(ago: timedelta = timedelta(hours=1), **changes: Any) -> ThreadMessage:
    given: dict[str, Any] = {
        "visibility": "private",
        "external_id": "m_1",
        "conversation": f"messenger:{PSID}",
    }
    return comment(ago, **{**given, **changes})


def reply(target: dict[str, str], text: str = "Bonjour, c’est réparé.", **changes: Any) -> Any:
    given: dict[str, Any] = {
        "marker": "7f3c1e",
        "visibility": "public" if target.get("mode") == "comment" else "private",
        "text": text,
        "target": target,
    }
    return OutboundMessage(**{**given, **changes})
