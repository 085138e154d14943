from datetime import UTC, datetime

import pytest

from hub.channels import web
from hub.channels.base import (
    AccountAccess,
    BadHandshake,
    BadSignature,
    NotOurs,
    ThreadMessage,
    Way,
)

FORM = AccountAccess(external_id="contact")
MAIL = {"MAIL_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "contact@region.example"}


def written(handle: str) -> ThreadMessage:
    return ThreadMessage(
        direction="in",
        visibility="private",
        external_id="1",
        conversation="form:1",
        posted_at=datetime(2026, 11, 10, 8, 40, tzinfo=UTC),
        author_handle=handle,
    )


def only_way(environ: dict[str, str], *thread: ThreadMessage) -> Way:
    [way] = web.create(environ).ways(thread, FORM)
    assert way.allowed
    assert way.visibility == "private"
    return way


def test_a_citizen_with_an_address_is_answered_by_e_mail() -> None:
    way = only_way(MAIL, written("a@b.example"))
    assert (way.code, way.target) == ("email", {"email": "a@b.example"})
    assert "a@b.example" in way.hint


def test_the_address_given_last_counts() -> None:
    way = only_way(MAIL, written("old@b.example"), written("new@b.example"))
    assert way.target == {"email": "new@b.example"}


@pytest.mark.parametrize(
    ("environ", "thread"), [({}, [written("a@b.example")]), (MAIL, [written("")]), (MAIL, [])]
)
def test_without_mail_or_address_the_tracking_page_remains(
    environ: dict[str, str], thread: list[ThreadMessage]
) -> None:
    assert only_way(environ, *thread).code == "page"


def test_nothing_can_be_delivered_to_a_form_from_outside() -> None:
    channel = web.create({})
    assert not channel.receives_hooks
    with pytest.raises(BadHandshake):
        channel.handshake({})
    with pytest.raises(BadSignature):
        channel.verify({}, b"{}")
    with pytest.raises(NotOurs):
        channel.check_envelope(b"{}")
    assert channel.parse(b"{}") == []
    assert list(channel.backfill(FORM, datetime(2026, 1, 1, tzinfo=UTC))) == []
