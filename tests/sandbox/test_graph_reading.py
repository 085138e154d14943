"""What Graph shows, as a back-fill or a look after a lost answer reads it."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from hub.sandbox.meta.fields import Field, parse_fields
from hub.sandbox.meta.identities import PAGE_ID, PEOPLE
from hub.sandbox.meta.rules import GraphError
from hub.sandbox.meta.stand_in import MetaStandIn
from tests.sandbox.conftest import Graph, refusal

CITIZEN = PEOPLE[0]


def read(graph: Graph, path: str, **params: Any) -> dict[str, Any]:
    answer = graph("GET", path, **params)
    assert answer.status_code == 200, answer.json
    assert answer.json is not None
    return dict(answer.json)


def test_fields_nest_and_carry_options() -> None:
    assert parse_fields("id,comments.filter(stream).limit(5){from,parent{id}}") == (
        Field("id", {}, ()),
        Field(
            "comments",
            {"filter": "stream", "limit": "5"},
            (Field("from", {}, ()), Field("parent", {}, (Field("id", {}, ()),))),
        ),
    )


@pytest.mark.parametrize("text", ["id,", "id{", "comments.limit{id}", "id}", "a b", "{id}", ",id"])
def test_bad_fields_are_a_syntax_error(text: str) -> None:
    with pytest.raises(GraphError) as caught:
        parse_fields(text)
    assert caught.value.code == 2500


def test_a_field_the_object_does_not_have_is_refused(graph: Graph, meta: MetaStandIn) -> None:
    assert refusal(graph("GET", meta.posts()[0].id, fields="id,colour")) == (100, None)


def test_one_read_of_the_feed_gives_posts_with_their_comments(
    graph: Graph, meta: MetaStandIn
) -> None:
    post = meta.visitor_post(CITIZEN.id, "Qui répare l’abri ?", photo="shelter.jpg")
    top = meta.comment(post.id, PEOPLE[1].id, "Bonne question")
    nested = meta.comment(post.id, CITIZEN.id, "Merci", parent=top.id)
    feed = read(
        graph,
        f"{PAGE_ID}/feed",
        fields="id,from,message,created_time,permalink_url,attachments,"
        "comments.filter(stream).order(reverse_chronological).limit(100)"
        "{id,from,message,created_time,parent{id},attachment,is_hidden}",
    )
    first = feed["data"][0]
    assert first["id"] == post.id
    assert first["from"] == {"id": CITIZEN.id, "name": CITIZEN.name}
    assert first["created_time"] == "2026-11-10T08:40:00+0000"
    comments = first["comments"]["data"]
    assert [comment["id"] for comment in comments] == [nested.id, top.id]
    assert comments[0]["parent"] == {"id": top.id}
    assert "parent" not in comments[1]
    assert len(feed["data"]) == 5


def test_visitors_and_the_page_have_their_own_lists(graph: Graph, meta: MetaStandIn) -> None:
    post = meta.visitor_post(CITIZEN.id, "Qui répare l’abri ?")
    visitors = read(graph, f"{PAGE_ID}/visitor_posts")["data"]
    published = read(graph, f"{PAGE_ID}/published_posts")["data"]
    assert [item["id"] for item in visitors] == [post.id]
    assert post.id not in {item["id"] for item in published}
    assert len(published) == 4


def test_since_looks_at_when_a_post_was_made(graph: Graph, meta: MetaStandIn) -> None:
    assert len(read(graph, f"{PAGE_ID}/feed", since="2026-11-09T08:40:00Z")["data"]) == 1
    assert len(read(graph, f"{PAGE_ID}/feed", until="2026-11-05")["data"]) == 1
    assert len(read(graph, f"{PAGE_ID}/feed", since="1794300001")["data"]) == 0
    assert refusal(graph("GET", f"{PAGE_ID}/feed", since="yesterday-ish")) == (100, None)


def test_only_top_comments_come_unless_the_stream_is_asked_for(
    graph: Graph, meta: MetaStandIn
) -> None:
    post = meta.visitor_post(CITIZEN.id, "Bonjour")
    top = meta.comment(post.id, PEOPLE[1].id, "Un")
    nested = meta.comment(post.id, CITIZEN.id, "Deux", parent=top.id)

    def ids(path: str, **params: str) -> list[str]:
        return [item["id"] for item in read(graph, path, **params)["data"]]

    assert ids(f"{post.id}/comments") == [top.id]
    assert ids(f"{post.id}/comments", filter="stream") == [top.id, nested.id]
    assert ids(f"{top.id}/comments") == [nested.id]


def test_new_comments_can_be_asked_for_by_time(graph: Graph, meta: MetaStandIn) -> None:
    post = meta.visitor_post(CITIZEN.id, "Bonjour")
    meta.comment(post.id, CITIZEN.id, "Avant")
    meta.advance(timedelta(minutes=1))
    late = meta.comment(post.id, CITIZEN.id, "Après")
    found = read(graph, f"{post.id}/comments", since="1794300060")["data"]
    assert [item["id"] for item in found] == [late.id]


def test_pages_follow_each_other_to_the_end(app: Flask, graph: Graph, meta: MetaStandIn) -> None:
    post = meta.visitor_post(CITIZEN.id, "Bonjour")
    made = [meta.comment(post.id, CITIZEN.id, str(number)).id for number in range(5)]
    page = read(graph, f"{post.id}/comments", limit="2")
    seen = [item["id"] for item in page["data"]]
    while next_url := page["paging"].get("next"):
        assert next_url.startswith("http://localhost/sandbox/graph/v25.0/")
        answer = app.test_client().get(next_url)
        assert answer.json is not None
        page = answer.json
        seen += [item["id"] for item in page["data"]]
    assert seen == made
    back = read(graph, f"{post.id}/comments", limit="2", before=page["paging"]["cursors"]["before"])
    assert [item["id"] for item in back["data"]] == made[2:4]


@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "x"}, {"after": "bm93aGVyZQ=="}])
def test_a_bad_page_is_refused(graph: Graph, meta: MetaStandIn, params: dict[str, str]) -> None:
    answer = graph("GET", f"{meta.posts()[0].id}/comments", **params)
    assert refusal(answer) == (100, None)


def test_a_comment_tells_what_may_be_done_with_it(graph: Graph, meta: MetaStandIn) -> None:
    fields = "can_comment,can_hide,can_remove,can_like,can_reply_privately"
    post = meta.posts()[0]
    theirs = meta.comment(post.id, CITIZEN.id, "Bonjour")
    ours = meta.page_comments(post.id, "Bonjour")
    assert all(read(graph, theirs.id, fields=fields).values())
    meta.page_says(CITIZEN.id, "En privé", private_reply_to=theirs.id)
    assert not read(graph, theirs.id, fields=fields)["can_reply_privately"]
    assert not read(graph, ours.id, fields=fields)["can_hide"]


def test_a_conversation_is_read_newest_first(graph: Graph, meta: MetaStandIn) -> None:
    asked = meta.write(CITIZEN.id, "Où en est mon dossier ?", files=["shelter.jpg"])
    meta.react(CITIZEN.id, asked.mid)
    said = meta.page_says(CITIZEN.id, "Il est complet.")
    meta.write(PEOPLE[1].id, "Bonjour")
    found = read(
        graph, f"{PAGE_ID}/conversations", user_id=CITIZEN.id,
        fields="id,updated_time,participants,messages.limit(20){id,created_time,from,to,message,attachments}",
    )["data"]  # fmt: skip
    assert [conversation["id"] for conversation in found] == [f"t_{CITIZEN.id}"]
    newest, middle, oldest = found[0]["messages"]["data"]
    assert (newest["id"], newest["from"]["id"]) == (said.mid, PAGE_ID)
    assert newest["to"]["data"][0]["email"] == f"{CITIZEN.id}@facebook.com"
    assert (middle["id"], middle["message"]) == (asked.mid, "Où en est mon dossier ?")
    assert oldest["attachments"]["data"][0]["image_data"]["url"].endswith("/shelter.jpg")


def test_only_the_20_latest_messages_have_details(graph: Graph, meta: MetaStandIn) -> None:
    for number in range(21):
        meta.write(CITIZEN.id, f"Message {number}")
    found = read(graph, f"t_{CITIZEN.id}/messages", fields="message", limit="50")["data"]
    assert [item.get("message") for item in found][-2:] == ["Message 1", None]


def test_an_unknown_conversation_is_gone(graph: Graph) -> None:
    assert refusal(graph("GET", "t_404/messages")) == (100, 33)


def test_profiles_are_shown_unless_hidden(graph: Graph, meta: MetaStandIn) -> None:
    profile = read(graph, CITIZEN.id, fields="first_name,last_name,profile_pic")
    assert (profile["first_name"], profile["last_name"]) == ("Maëlle", "Garrigue")
    meta.set_person(CITIZEN.id, profile_hidden=True)
    assert refusal(graph("GET", CITIZEN.id)) == (100, 2018218)
