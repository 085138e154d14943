"""Accounts, and the posts that mention or come from one."""

from collections.abc import Callable

from hub.sandbox.x import rules
from hub.sandbox.x.calls import Call, Json
from hub.sandbox.x.calls.paging import page, since
from hub.sandbox.x.calls.selection import Cutter, read
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.store import Store
from hub.sandbox.x.values import Post


def me(call: Call) -> Json:
    return one(call, ACCOUNT_ID)


def one(call: Call, user_id: str) -> Json:
    selection = read(call.query, call.switch("naming"))
    with call.x.reading() as store:
        if store.person(user_id) is None:
            return {"errors": [rules.missing("user", "id", user_id)]}
        return Cutter(call.x.teller(store), selection).person(user_id)


def mentions(call: Call, user_id: str) -> Json:
    """Posts that mention the account, also where X itself put the mention before an answer."""
    _check_since(call)

    def mention(post: Post) -> bool:
        concerned = user_id in post.addressed or user_id in post.mentioned
        return concerned and post.author_id != user_id and post.repost_of is None

    return _timeline(call, user_id, mention)


def timeline(call: Call, user_id: str) -> Json:
    """What an account posted. `exclude` may name replies and retweets."""
    left_out = call.query.get("exclude", "").split(",")

    def shown(post: Post) -> bool:
        if post.author_id != user_id:
            return False
        if "replies" in left_out and post.reply_to:
            return False
        return not ("retweets" in left_out and post.repost_of)

    return _timeline(call, user_id, shown)


def _timeline(call: Call, user_id: str, wanted: Callable[[Post], bool]) -> Json:
    selection = read(call.query, call.switch("naming"))
    with call.x.reading() as store:
        if store.person(user_id) is None:
            return {"errors": [rules.missing("user", "id", user_id)]}
        hidden = _hidden_people(store)
        posts = [post for post in store.posts() if wanted(post) and post.author_id not in hidden]
        found, meta = page(since(posts, call.query), call.query, usual=10, least=5)
        answer = Cutter(call.x.teller(store), selection).posts(found)
    if not found:
        del answer["data"]
    return answer | {"meta": meta}


def _hidden_people(store: Store) -> set[str]:
    """Whose posts the account cannot see."""
    return {person.id for person in store.people() if person.protected or person.blocks}


def _check_since(call: Call) -> None:
    """X may find a since_id too old."""
    if "since_id" not in call.query:
        return
    with call.x.database.writing() as connection:
        struck = FAULTS.use(connection, "since_id_refused")
    error = FAULTS.known["since_id_refused"].error
    if struck and error:
        raise error()
