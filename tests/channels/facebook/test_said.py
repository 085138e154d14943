"""What the page has said in one place, read back to find a reply of unknown fate."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.channels.base import AccountBroken, Refused, RetryLater
from hub.channels.facebook.client import Graph
from hub.channels.facebook.said import said_since
from tests.channels.facebook.builders import COMMENT, POST, PSID, reply, settings
from tests.channels.facebook.wire import PAGE, TOKEN, Answer, Request, StandIn

SINCE = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
NOLWENN = {"id": PSID, "name": "Nolwenn Tanguy"}
REGION = {"id": PAGE, "name": "Région Exemple"}
TO_COMMENT = {"mode": "comment", "object_id": COMMENT}
TO_PERSON = {"mode": "messenger", "psid": PSID, "tag": ""}
TO_COMMENTER = {"mode": "private_reply", "comment_id": COMMENT}


def text_of(number: int, minute: int, by: dict[str, str] | None = None, **more: Any) -> Any:
    """A comment or message that the page (or `by`) wrote so many minutes after eight."""
    written = f"2026-11-10T08:{minute:02}:00+0000"
    if minute < 0:
        written = f"2026-11-10T07:{60 + minute:02}:00+0000"
    found = {"id": f"122200000000010_88000000000{number:04}", "created_time": written}
    return {**found, "from": by or REGION, "message": f"Texte {number}", **more}


def talk(*messages: Any, person: dict[str, str] = NOLWENN, minute: int = 44) -> Any:
    return {
        "id": f"t_{person['id']}",
        "updated_time": f"2026-11-10T08:{minute:02}:00+0000",
        "participants": {"data": [person, REGION]},
        "messages": {"data": list(messages)},
    }


def look(target: Any, answer: Any) -> tuple[list[Any], list[Request]]:
    """What Meta tells, by the last part of the path, as values; and what it was asked."""

    def by_list(request: Request) -> Answer:
        found = answer.get(request.path.rpartition("/")[2]) if isinstance(answer, dict) else answer
        return found if isinstance(found, Answer) else Answer({"data": found or []})

    with StandIn(by_list) as meta:
        graph = Graph(settings=settings(graph_url=meta.url), token=TOKEN)
        values = said_since(graph, PAGE, reply(target), SINCE, pause=lambda _: None)
        return list(values), meta.requests


def told(values: list[Any]) -> list[tuple[str, str, str | None]]:
    return [(value.external_id, value.text, value.reply_to) for value in values]


def test_the_pages_own_answers_under_a_comment_are_read_from_the_newest():
    answers = [text_of(9, 50), text_of(8, 40, NOLWENN), text_of(7, 30), text_of(6, -5)]

    values, (request,) = look(TO_COMMENT, {"comments": answers})

    first, second = "122200000000010_880000000000007", "122200000000010_880000000000009"
    assert told(values) == [(first, "Texte 7", COMMENT), (second, "Texte 9", COMMENT)]
    assert request.path == f"/v25.0/{COMMENT}/comments"
    assert (request.fields["order"], request.fields["filter"]) == (
        "reverse_chronological",
        "stream",
    )


def test_under_a_visitors_post_the_answers_to_its_comments_are_read_too():
    answers = [text_of(9, 50, parent={"id": COMMENT}), text_of(7, 30)]

    values, _ = look({"mode": "comment", "object_id": POST}, {"comments": answers})

    assert [value.reply_to for value in values] == [None, COMMENT]
    assert {value.publication.external_id for value in values} == {POST}


def test_a_message_is_looked_for_in_the_conversation_with_its_person():
    said = talk(text_of(3, 44), text_of(2, 43, NOLWENN), text_of(1, -5))

    values, (request,) = look(TO_PERSON, {"conversations": [said]})

    assert [value.text for value in values] == ["Texte 3"]
    assert values[0].conversation == f"messenger:{PSID}"
    assert request.fields["user_id"] == PSID


def test_a_private_reply_may_be_in_any_conversation_that_is_fresh():
    other = {"id": "25000000000000888", "name": "P. Morvan"}
    fresh, old = talk(text_of(3, 44), person=other), talk(text_of(1, -5))
    old["updated_time"] = "2026-11-10T07:55:00+0000"

    values, requests = look(TO_COMMENTER, {"conversations": [fresh, old, talk(text_of(9, 44))]})

    assert [value.conversation for value in values] == ["messenger:25000000000000888"]
    assert "user_id" not in requests[0].fields


def test_a_conversation_that_has_gone_on_for_too_long_does_not_tell():
    bare = {"id": "m_old", "created_time": "2026-11-10T08:01:00+0000"}

    with pytest.raises(Refused) as caught:
        look(TO_PERSON, {"conversations": [talk(text_of(3, 44), bare)]})

    assert caught.value.code == "cannot-look"


@pytest.mark.parametrize(
    ("code", "status", "raised", "named"),
    [
        (200, 400, Refused, "cannot-look"),
        (10, 400, Refused, "permission"),
        (190, 401, AccountBroken, "token_dead"),
        (4, 400, RetryLater, "rate_limited"),
        (2, 500, RetryLater, "unclear"),
    ],
)
def test_what_meta_says_to_the_question_decides_what_comes_next(code, status, raised, named):
    answer = Answer({"error": {"message": "Non.", "code": code}}, status)

    for target in (TO_COMMENT, TO_PERSON, TO_COMMENTER):
        with pytest.raises(raised) as caught:
            look(target, answer)
        assert caught.value.code == named


@pytest.mark.parametrize(
    "target", [{}, {"mode": "comment", "object_id": "../me"}, {"mode": "messenger", "psid": ""}]
)
def test_what_does_not_say_where_it_goes_is_looked_for_nowhere(target):
    with pytest.raises(Refused) as caught:
        look(target, Answer({"data": []}))
    assert caught.value.code == "bad_target"
