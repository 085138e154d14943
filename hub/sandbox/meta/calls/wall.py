"""Posts and comments on the page's wall."""

from collections.abc import Callable

from hub.sandbox.meta import rules
from hub.sandbox.meta.calls import SUCCESS, Call, Json, check_own
from hub.sandbox.meta.fields import page_of, seconds_of
from hub.sandbox.meta.identities import PAGE_ID
from hub.sandbox.meta.rules import GraphError
from hub.sandbox.meta.store import Store
from hub.sandbox.meta.values import Comment, Post


def _wall(call: Call, page_id: str, authors: Callable[[Post], bool], edge: str) -> Json:
    check_own(page_id, PAGE_ID)
    since = seconds_of(call.text("since") or "0")
    until = seconds_of(call.text("until")) if call.text("until") else float("inf")
    with call.meta.database.reading() as connection:
        store = Store(connection)
        nodes = call.nodes(store)
        items = [
            nodes.post(post, call.wanted)
            for post in store.posts()
            if authors(post) and since <= post.created_at.timestamp() <= until
        ]
    return page_of(items, call.params, f"{call.graph_url}/{page_id}/{edge}")


def feed(call: Call, page_id: str) -> Json:
    return _wall(call, page_id, lambda post: True, "feed")


def published_posts(call: Call, page_id: str) -> Json:
    return _wall(call, page_id, lambda post: post.author_id == PAGE_ID, "published_posts")


def visitor_posts(call: Call, page_id: str) -> Json:
    return _wall(call, page_id, lambda post: post.author_id != PAGE_ID, "visitor_posts")


def add_comment(call: Call, object_id: str) -> Json:
    text, picture = call.text("message"), call.text("attachment_url")
    rules.check_comment(text, picture)
    if picture and call.fetch(picture) != 200:
        raise GraphError(100, "(#100) Failed to fetch the picture from the url")
    _standing(call, object_id)
    return {"id": call.meta.page_comments(object_id, text, picture).id}


def list_comments(call: Call, object_id: str) -> Json:
    target = _standing(call, object_id)
    post_id = target.post_id if isinstance(target, Comment) else target.id
    parent = target.id if isinstance(target, Comment) else None
    with call.meta.database.reading() as connection:
        return call.nodes(Store(connection)).comments(post_id, parent, call.params, call.wanted)


def change_object(call: Call, object_id: str) -> Json:
    """Hide somebody's comment, or edit an own one."""
    target = _standing(call, object_id)
    if not isinstance(target, Comment):
        raise rules.gone(object_id)
    own = target.author_id == PAGE_ID
    if "is_hidden" in call.params:
        if own:
            raise GraphError(200, "(#200) Permissions error")
        call.meta.hide_comment(object_id, call.switch("is_hidden"))
        return SUCCESS
    if not own:
        raise GraphError(200, "(#200) Permissions error")
    rules.check_comment(call.text("message"), "")
    call.meta.edit_comment(object_id, call.text("message"))
    return SUCCESS


def delete_object(call: Call, object_id: str) -> Json:
    if isinstance(_standing(call, object_id), Comment):
        call.meta.remove_comment(object_id)
    else:
        call.meta.remove_post(object_id)
    return SUCCESS


def like(call: Call, object_id: str) -> Json:
    return _set_like(call, object_id, True)


def unlike(call: Call, object_id: str) -> Json:
    return _set_like(call, object_id, False)


def _set_like(call: Call, object_id: str, liked: bool) -> Json:
    target = _standing(call, object_id)
    if isinstance(target, Comment):
        with call.meta.database.writing() as connection:
            Store(connection).change_comment(object_id, liked=liked)
    return SUCCESS


def read_object(call: Call, object_id: str) -> Json:
    if object_id in {PAGE_ID, "me"}:
        with call.meta.database.reading() as connection:
            return call.nodes(Store(connection)).page(call.wanted)
    with call.meta.database.reading() as connection:
        store = Store(connection)
        nodes = call.nodes(store)
        if person := store.person(object_id):
            if person.profile_hidden:
                raise GraphError(100, "(#100) No profile available", subcode=2018218)
            return nodes.person(person, call.wanted)
        if message := store.message(object_id):
            return nodes.message(message, call.wanted)
    target = _standing(call, object_id)
    with call.meta.database.reading() as connection:
        nodes = call.nodes(Store(connection))
        if isinstance(target, Comment):
            return nodes.comment(target, call.wanted)
        return nodes.post(target, call.wanted)


def _standing(call: Call, object_id: str) -> Comment | Post:
    """The post or comment with this id. Raises GraphError 100/33 when it does not stand."""
    with call.meta.database.reading() as connection:
        store = Store(connection)
        found: Comment | Post | None = store.comment(object_id) or store.post(object_id)
        if isinstance(found, Comment):
            post = store.post(found.post_id)
            if post is None or post.removed_at is not None:
                found = None
    if found is None or found.removed_at is not None:
        raise rules.gone(object_id)
    return found
