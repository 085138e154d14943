"""Posting, taking away, hiding, liking, and looking posts up."""

from typing import Any

from hub.sandbox.x import objects, rules
from hub.sandbox.x.calls import Call, Json, check_own
from hub.sandbox.x.calls.selection import Cutter, read
from hub.sandbox.x.drafts import Draft, existing
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.store import Store
from hub.sandbox.x.values import Post

HUB = "Hub"
MOST_LOOKED_UP = 100


def create(call: Call) -> Json:
    """A post, or an answer to one."""
    body = call.body
    rules.check_post(body)
    reply = body.get("reply") or {}
    reply_to = str(reply.get("in_reply_to_tweet_id") or "") or None
    media = tuple(str(one) for one in (body.get("media") or {}).get("media_ids") or ())
    if body.get("quote_tweet_id") and call.switch("level") == "pay_per_use":
        raise rules.forbidden("Quoting posts is not part of your access level.")
    with call.x.reading() as store:
        if reply_to:
            _check_reply(call, store, reply_to)
        rules.check_media([store.media(one) for one in media], "tweet_", 4, store.now())
    post = call.x.say(
        Draft(
            author=ACCOUNT_ID,
            text=body.get("text", ""),
            reply_to=reply_to,
            quote_of=body.get("quote_tweet_id"),
            media=media,
            excluded=tuple(map(str, reply.get("exclude_reply_user_ids") or ())),
            reply_settings=body.get("reply_settings", "everyone"),
            source=HUB,
        )
    )
    made = {"id": post.id, "text": post.text, "edit_history_tweet_ids": [post.id]}
    answer: Json = objects.renamed({"data": made}, call.switch("naming"))
    return answer


def delete(call: Call, post_id: str) -> Json:
    with call.x.reading() as store:
        post = store.post(post_id)
    if post is None or post.author_id != ACCOUNT_ID:
        raise rules.forbidden("You are not authorized to delete this post.")
    if post.deleted_at is None:
        call.x.delete(post_id)
    return {"data": {"deleted": True}}


def hide(call: Call, post_id: str) -> Json:
    """Answers in conversations that the account began, and no others."""
    hidden = call.flag("hidden")
    with call.x.change() as store:
        post = existing(store, post_id)
        root = store.post(post.conversation_id)
        if root is None or root.author_id != ACCOUNT_ID or post.author_id == ACCOUNT_ID:
            raise rules.forbidden("You are not the author of this conversation.")
        store.change_post(post.first_id, hidden=hidden)
    return {"data": {"hidden": hidden}}


def like(call: Call, user_id: str) -> Json:
    check_own(user_id)
    if call.switch("level") == "pay_per_use":
        raise rules.problem(
            403, "Client Forbidden", "Likes are not part of your access.", "client-forbidden"
        )
    call.x.like(ACCOUNT_ID, call.text("tweet_id"))
    return {"data": {"liked": True}}


def one(call: Call, post_id: str) -> Json:
    """Also when there is nothing to show the status is 200, with `errors` in place of `data`."""
    selection = read(call.query, call.switch("naming"))
    with call.x.reading() as store:
        post = store.post(post_id)
        if why := _why_not(call, store, post, "id", post_id):
            return {"errors": [why]}
        assert post is not None
        return Cutter(call.x.teller(store), selection).posts([post], one=True)


def several(call: Call) -> Json:
    """Those that stand in `data`, the rest in `errors`."""
    selection = read(call.query, call.switch("naming"))
    ids = [one.strip() for one in call.query.get("ids", "").split(",") if one.strip()]
    if not 1 <= len(ids) <= MOST_LOOKED_UP or not all(one.isdecimal() for one in ids):
        raise rules.invalid("The `ids` query parameter must hold 1 to 100 ids")
    with call.x.reading() as store:
        found = {post_id: store.post(post_id) for post_id in dict.fromkeys(ids)}
        reasons = {one: _why_not(call, store, post, "ids", one) for one, post in found.items()}
        standing = [post for one, post in found.items() if post and not reasons[one]]
        answer = Cutter(call.x.teller(store), selection).posts(standing)
    if not standing:
        del answer["data"]
    errors = [why for why in reasons.values() if why]
    return answer | ({"errors": errors} if errors else {})


def _why_not(
    call: Call, store: Store, post: Post | None, parameter: str, post_id: str
) -> Json | None:
    """Why the caller cannot see a post; None when they can. Who blocks the council's account does
    not block its app."""
    if post is None or post.deleted_at is not None:
        return rules.missing("tweet", parameter, post_id)
    author = store.person(post.author_id)
    blocks = author is not None and author.blocks and call.caller.kind != "app"
    if author is not None and (author.protected or blocks):
        return rules.unseen("tweet", parameter, post_id)
    return None


def _check_reply(call: Call, store: Store, reply_to: str) -> None:
    teller = call.x.teller(store)
    parent = teller.post(reply_to)
    quoted: Any = teller.post(parent.quote_of) if parent else None
    rules.check_reply(
        parent,
        store.person(parent.author_id) if parent else None,
        quoted,
        call.switch("level"),
        implicit_counts=call.switch("implicit_summons"),
    )
