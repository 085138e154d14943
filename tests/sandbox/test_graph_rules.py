"""Graph refuses what Meta refuses, with Meta's codes, and takes the rest."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from hub.sandbox.meta import rules
from hub.sandbox.meta.identities import PAGE_ID, PAGE_TOKEN, PEOPLE, USER_TOKEN
from hub.sandbox.meta.stand_in import MetaStandIn
from tests.sandbox.conftest import APP, Graph, refusal

CITIZEN = PEOPLE[0].id
APP_TOKEN = f"{APP.app_id}|{APP.app_secret}"


def send(graph: Graph, **params: Any) -> Any:
    defaults = {"recipient": {"id": CITIZEN}, "message": {"text": "Bonjour"}}
    return graph("POST", f"{PAGE_ID}/messages", **defaults | params)


def test_the_proof_is_the_one_meta_documents() -> None:
    proof = rules.app_secret_proof("0123456789abcdef0123456789abcdef", "EAAtest0000PAGETOKEN")
    assert proof == "b22694fc638ff1446c5bb826f9af454df9563f0741fca56ed8d421613d3d68ee"


@pytest.mark.parametrize("version", ["", "v25.0/", "v26.0/"])
def test_any_version_or_none_may_stand_in_the_path(app: Flask, version: str) -> None:
    answer = app.test_client().get(
        f"/sandbox/graph/{version}me",
        query_string={"appsecret_proof": rules.app_secret_proof(APP.app_secret, PAGE_TOKEN)},
        headers={"Authorization": f"Bearer {PAGE_TOKEN}"},
    )
    assert answer.json == {"name": "Région Montvallée", "id": PAGE_ID}


@pytest.mark.parametrize(
    ("token", "proof", "expected"),
    [
        (None, "right", (104, None)),
        ("EAAnobodys", "right", (190, None)),
        (USER_TOKEN, "right", (190, None)),
        (PAGE_TOKEN, None, (100, None)),
        (PAGE_TOKEN, "0" * 64, (100, None)),
    ],
)
def test_a_bad_token_or_proof_is_refused(
    graph: Graph, token: str | None, proof: str | None, expected: tuple[int, int | None]
) -> None:
    shown = rules.app_secret_proof(APP.app_secret, token or "") if proof == "right" else proof
    answer = graph("GET", f"{PAGE_ID}/conversations", access_token=token, appsecret_proof=shown)
    assert refusal(answer) == expected


def test_an_unknown_path_is_refused(graph: Graph) -> None:
    assert refusal(graph("GET", "me/dreams/of/april")) == (2500, None)


def test_every_answer_tells_the_usage(graph: Graph) -> None:
    for answer in (graph("GET", "me"), graph("GET", "nobody")):
        for header in ("X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage"):
            assert answer.headers[header]


# --- Messenger


def test_a_message_inside_the_window_is_said(graph: Graph, meta: MetaStandIn) -> None:
    meta.write(CITIZEN, "Bonjour")
    answer = send(graph, message={"text": "x" * 2000, "metadata": "m" * 1000})
    assert answer.json == {
        "recipient_id": CITIZEN,
        "message_id": meta.conversation(CITIZEN)[-1].mid,
    }
    assert meta.conversation(CITIZEN)[-1].text == "x" * 2000


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"message": {"text": "x" * 2001}}, (100, None)),
        ({"message": {}}, (100, None)),
        ({"message": {"text": "a", "metadata": "m" * 1001}}, (100, None)),
        ({"message": {"text": "a", "attachment": {"type": "file"}}}, (100, None)),
        ({"message": {"attachment": {"type": "hologram"}}}, (100, None)),
        ({"message": "not JSON"}, (100, None)),
        ({"messaging_type": "WHIM"}, (100, None)),
        ({"messaging_type": "MESSAGE_TAG"}, (100, None)),
        ({"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}, (100, None)),
        ({"messaging_type": "MESSAGE_TAG", "tag": "CONFIRMED_EVENT_UPDATE"}, (100, None)),
        ({"messaging_type": "MESSAGE_TAG", "tag": "POST_PURCHASE_UPDATE"}, (100, None)),
        ({"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}, (10, None)),
        ({"recipient": {"id": "25000000000009999"}}, (100, 2018001)),
    ],
)
def test_a_message_against_the_rules_is_refused(
    graph: Graph, meta: MetaStandIn, params: dict[str, Any], expected: tuple[int, int | None]
) -> None:
    meta.write(CITIZEN, "Bonjour")
    assert refusal(send(graph, **params)) == expected
    assert len(meta.conversation(CITIZEN)) == 1


def test_nobody_may_be_written_to_who_never_wrote(graph: Graph) -> None:
    assert refusal(send(graph)) == (10, 2018278)


def test_the_window_closes_24_hours_after_the_last_message(graph: Graph, meta: MetaStandIn) -> None:
    meta.write(CITIZEN, "Bonjour")
    meta.advance(timedelta(hours=24))
    assert send(graph).status_code == 200
    meta.advance(timedelta(seconds=1))
    assert refusal(send(graph)) == (10, 2018278)


@pytest.mark.parametrize("act", ["postback", "react"])
def test_a_button_or_a_reaction_opens_the_window_too(
    graph: Graph, meta: MetaStandIn, act: str
) -> None:
    if act == "postback":
        meta.postback(CITIZEN, "Démarrer", "GET_STARTED")
    else:
        meta.react(CITIZEN, "m_any")
    assert send(graph).status_code == 200


def test_a_human_agent_has_seven_days_once_the_feature_is_granted(
    graph: Graph, meta: MetaStandIn
) -> None:
    meta.write(CITIZEN, "Bonjour")
    meta.grant_human_agent()
    tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    meta.advance(timedelta(days=7))
    assert refusal(send(graph)) == (10, 2018278)
    assert send(graph, **tagged).status_code == 200
    meta.advance(timedelta(seconds=1))
    assert refusal(send(graph, **tagged)) == (10, 2018278)


def test_who_blocked_the_page_is_not_reached(graph: Graph, meta: MetaStandIn) -> None:
    meta.write(CITIZEN, "Bonjour")
    meta.set_person(CITIZEN, blocked=True)
    assert refusal(send(graph)) == (551, 1545041)


def test_a_sender_action_says_nothing(graph: Graph, meta: MetaStandIn) -> None:
    answer = graph(
        "POST", f"{PAGE_ID}/messages", recipient={"id": CITIZEN}, sender_action="typing_on"
    )
    assert answer.json == {"recipient_id": CITIZEN}
    assert meta.conversation(CITIZEN) == []


def test_a_form_may_carry_the_objects_as_json_text(app: Flask, meta: MetaStandIn) -> None:
    meta.write(CITIZEN, "Bonjour")
    answer = app.test_client().post(
        f"/sandbox/graph/{PAGE_ID}/messages",
        data={
            "access_token": PAGE_TOKEN,
            "appsecret_proof": rules.app_secret_proof(APP.app_secret, PAGE_TOKEN),
            "recipient": f'{{"id": "{CITIZEN}"}}',
            "message": '{"text": "Bonjour à vous"}',
        },
    )
    assert answer.status_code == 200
    assert meta.conversation(CITIZEN)[-1].text == "Bonjour à vous"


# --- Private replies


def test_a_comment_gets_one_private_reply(graph: Graph, meta: MetaStandIn) -> None:
    comment = meta.comment(meta.posts()[0].id, CITIZEN, "Et le samedi ?")
    answer = send(graph, recipient={"comment_id": comment.id})
    assert answer.json is not None
    assert answer.json["recipient_id"] == CITIZEN
    assert refusal(send(graph, recipient={"comment_id": comment.id})) == (10900, None)
    assert len(meta.conversation(CITIZEN)) == 1


def test_a_private_reply_opens_no_window(graph: Graph, meta: MetaStandIn) -> None:
    comment = meta.comment(meta.posts()[0].id, CITIZEN, "Et le samedi ?")
    send(graph, recipient={"comment_id": comment.id})
    assert refusal(send(graph)) == (10, 2018278)


def test_a_visitors_post_gets_one_private_reply(graph: Graph, meta: MetaStandIn) -> None:
    post = meta.visitor_post(CITIZEN, "Qui répare l’abri ?")
    assert send(graph, recipient={"post_id": post.id}).status_code == 200
    assert refusal(send(graph, recipient={"post_id": post.id})) == (10900, None)


def test_a_private_reply_after_seven_days_is_refused(graph: Graph, meta: MetaStandIn) -> None:
    comment = meta.comment(meta.posts()[0].id, CITIZEN, "Et le samedi ?")
    meta.advance(timedelta(days=7, seconds=1))
    assert refusal(send(graph, recipient={"comment_id": comment.id})) == (10902, None)


def test_the_page_cannot_reply_to_itself_in_private(graph: Graph, meta: MetaStandIn) -> None:
    comment = meta.page_comments(meta.posts()[0].id, "Oui.")
    assert refusal(send(graph, recipient={"comment_id": comment.id})) == (10903, None)


def test_a_removed_comment_gets_no_private_reply(graph: Graph, meta: MetaStandIn) -> None:
    comment = meta.comment(meta.posts()[0].id, CITIZEN, "Et le samedi ?")
    meta.remove_comment(comment.id)
    assert refusal(send(graph, recipient={"comment_id": comment.id})) == (100, 2018292)


# --- Comments


def test_a_reply_stands_under_its_comment(graph: Graph, meta: MetaStandIn) -> None:
    comment = meta.comment(meta.posts()[0].id, CITIZEN, "Et le samedi ?")
    answer = graph("POST", f"{comment.id}/comments", message="Oui, aussi.")
    reply = meta.thread(comment.post_id)[-1]
    assert answer.json == {"id": reply.id}
    assert (reply.author_id, reply.parent_id, reply.text) == (PAGE_ID, comment.id, "Oui, aussi.")


def test_a_reply_to_a_nested_reply_joins_the_top_comment(graph: Graph, meta: MetaStandIn) -> None:
    top = meta.comment(meta.posts()[0].id, CITIZEN, "Et le samedi ?")
    nested = meta.comment(top.post_id, PEOPLE[1].id, "Même question", parent=top.id)
    graph("POST", f"{nested.id}/comments", message="Oui, aussi.")
    assert meta.thread(top.post_id)[-1].parent_id == top.id


@pytest.mark.parametrize("text", ["", "   ", "x" * 8001])
def test_an_empty_or_endless_comment_is_refused(graph: Graph, meta: MetaStandIn, text: str) -> None:
    post = meta.posts()[0]
    before = len(meta.thread(post.id))
    assert refusal(graph("POST", f"{post.id}/comments", message=text)) == (100, None)
    assert len(meta.thread(post.id)) == before


def test_nothing_is_said_under_what_is_gone(graph: Graph, meta: MetaStandIn) -> None:
    comment = meta.comment(meta.posts()[0].id, CITIZEN, "Et le samedi ?")
    nested = meta.comment(comment.post_id, PEOPLE[1].id, "Oui, et ?", parent=comment.id)
    meta.remove_comment(comment.id)
    for object_id in (comment.id, nested.id, "122_880", "104000000000001_1"):
        answer = graph("POST", f"{object_id}/comments", message="Bonjour")
        assert refusal(answer) == (100, 33), object_id


def test_a_comment_under_a_removed_post_is_gone_too(graph: Graph, meta: MetaStandIn) -> None:
    post = meta.visitor_post(CITIZEN, "Bonjour")
    comment = meta.comment(post.id, PEOPLE[1].id, "Pareil")
    meta.remove_post(post.id)
    assert refusal(graph("GET", comment.id)) == (100, 33)


def test_the_page_hides_others_and_edits_itself_only(graph: Graph, meta: MetaStandIn) -> None:
    post = meta.posts()[0]
    theirs = meta.comment(post.id, CITIZEN, "Grossièretés")
    ours = meta.page_comments(post.id, "Merci de rester courtois")
    assert graph("POST", theirs.id, is_hidden="true").json == {"success": True}
    assert graph("POST", ours.id, message="Merci de rester courtois.").json == {"success": True}
    assert refusal(graph("POST", theirs.id, message="Réécrit")) == (200, None)
    assert refusal(graph("POST", ours.id, is_hidden="true")) == (200, None)
    thread = {comment.id: comment for comment in meta.thread(post.id)}
    assert thread[theirs.id].hidden
    assert thread[theirs.id].text == "Grossièretés"
    assert thread[ours.id].text == "Merci de rester courtois."


def test_likes_are_kept(graph: Graph, meta: MetaStandIn) -> None:
    comment = meta.comment(meta.posts()[0].id, CITIZEN, "Merci !")
    graph("POST", f"{comment.id}/likes")
    assert meta.thread(comment.post_id)[-1].liked
    graph("DELETE", f"{comment.id}/likes")
    assert not meta.thread(comment.post_id)[-1].liked


# --- Tokens and subscriptions


def test_a_user_token_becomes_a_page_token(graph: Graph) -> None:
    exchanged = graph(
        "GET", "oauth/access_token", grant_type="fb_exchange_token", client_id=APP.app_id,
        client_secret=APP.app_secret, fb_exchange_token=USER_TOKEN,
    ).json  # fmt: skip
    assert exchanged is not None
    accounts = graph("GET", "me/accounts", token=exchanged["access_token"]).json
    assert accounts is not None
    assert accounts["data"][0]["access_token"] == PAGE_TOKEN


def test_a_wrong_client_secret_gets_no_token(graph: Graph) -> None:
    answer = graph("GET", "oauth/access_token", client_id=APP.app_id, client_secret="wrong")
    assert refusal(answer) == (1, None)


def test_debug_token_tells_good_from_bad(graph: Graph) -> None:
    good = graph("GET", "debug_token", token=APP_TOKEN, input_token=PAGE_TOKEN).json
    bad = graph("GET", "debug_token", token=APP_TOKEN, input_token="EAAold").json
    assert good is not None
    assert bad is not None
    assert good["data"]["is_valid"]
    assert "pages_messaging" in good["data"]["scopes"]
    assert not bad["data"]["is_valid"]


def test_the_callback_proves_itself_when_the_app_subscribes(
    graph: Graph, meta: MetaStandIn
) -> None:
    asked: list[dict[str, str]] = []

    def ask(url: str, query: Any) -> tuple[int, str]:
        asked.append({"url": url, **query})
        return 200, query["hub.challenge"]

    meta.ask = ask
    answer = graph(
        "POST", f"{APP.app_id}/subscriptions", token=APP_TOKEN, object="page",
        callback_url="http://hub.test/elsewhere", verify_token="v", fields="feed,messages",
    )  # fmt: skip
    assert answer.json == {"success": True}
    assert asked[0]["hub.mode"] == "subscribe"
    assert asked[0]["hub.verify_token"] == "v"
    assert asked[0]["hub.challenge"].isdecimal()
    assert meta.callback_url() == "http://hub.test/elsewhere"


@pytest.mark.parametrize("reply", [(403, ""), (200, "another"), (0, "")])
def test_a_callback_that_fails_the_challenge_is_not_subscribed(
    graph: Graph, meta: MetaStandIn, reply: tuple[int, str]
) -> None:
    meta.ask = lambda url, query: reply
    answer = graph(
        "POST", f"{APP.app_id}/subscriptions", token=APP_TOKEN, object="page",
        callback_url="http://hub.test/elsewhere", verify_token="v", fields="feed",
    )  # fmt: skip
    assert refusal(answer) == (2200, None)
    assert meta.callback_url() == "http://hub.test/hooks/facebook"


def test_only_subscribed_fields_are_delivered(graph: Graph, meta: MetaStandIn) -> None:
    graph("POST", f"{PAGE_ID}/subscribed_apps", subscribed_fields="feed")
    meta.write(CITIZEN, "Personne n’entend.")
    assert meta.deliveries() == []
    meta.comment(meta.posts()[0].id, CITIZEN, "Tout le monde entend.")
    assert len(meta.deliveries()) == 1
    listed = graph("GET", f"{PAGE_ID}/subscribed_apps").json
    assert listed is not None
    assert listed["data"][0]["subscribed_fields"] == ["feed"]
    graph("DELETE", f"{PAGE_ID}/subscribed_apps")
    assert graph("GET", f"{PAGE_ID}/subscribed_apps").json == {"data": []}


def test_a_field_meta_does_not_have_is_refused(graph: Graph) -> None:
    answer = graph("POST", f"{PAGE_ID}/subscribed_apps", subscribed_fields="feed,dreams")
    assert refusal(answer) == (100, None)
