"""What the playground's forms do on Facebook."""

from collections.abc import Callable

from flask import abort, request

from hub.sandbox import forms
from hub.sandbox.forms import FILES, Action
from hub.sandbox.meta.faults import FAULTS
from hub.sandbox.meta.oddities import ODDITIES
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.people import Citizen
from hub.sandbox.world import World


def write_comment(world: World, me: Citizen) -> None:
    text, picture = forms.said(FILES)
    parent = request.form.get("parent") or None
    world.meta.comment(request.form["post"], me.facebook_id, text, parent=parent, photo=picture)


def edit_comment(world: World, me: Citizen) -> None:
    comment = _own_comment(world.meta, me)
    world.meta.edit_comment(comment, forms.said(FILES)[0])


def remove_comment(world: World, me: Citizen) -> None:
    world.meta.remove_comment(_own_comment(world.meta, me))


def write_post(world: World, me: Citizen) -> None:
    text, picture = forms.said(FILES)
    world.meta.visitor_post(me.facebook_id, text, photo=picture)


def write_message(world: World, me: Citizen) -> None:
    text, attached = forms.said(FILES)
    world.meta.write(me.facebook_id, text, [attached] if attached else [])


def send_thumb(world: World, me: Citizen) -> None:
    world.meta.sticker(me.facebook_id)


def switch_fault(world: World, me: Citizen) -> None:
    forms.switch_fault(world.meta, FAULTS)


def send_oddity(world: World, me: Citizen) -> None:
    ODDITIES[forms.one_of(request.form["name"], ODDITIES)].send(world.meta)


def move_clock(world: World, me: Citizen) -> None:
    forms.move_clock(world.meta)


def switch_page(world: World, me: Citizen) -> None:
    """What Meta grants the page, and whether this person lets it write."""
    meta, on = world.meta, request.form.get("on") == "yes"
    switches: dict[str, Callable[[], None]] = {
        "human_agent": lambda: meta.grant_human_agent(on),
        "subscribed": lambda: meta.subscribe_page() if on else meta.subscribe_page(()),
        "blocked": lambda: meta.set_person(me.facebook_id, blocked=on),
    }
    switches[forms.one_of(request.form["what"], switches)]()


ACTIONS: dict[str, Action] = {
    "comments": write_comment,
    "comments/edit": edit_comment,
    "comments/remove": remove_comment,
    "posts": write_post,
    "messages": write_message,
    "thumbs": send_thumb,
    "faults": switch_fault,
    "oddities": send_oddity,
    "clock": move_clock,
    "page": switch_page,
}


def _own_comment(meta: MetaStandIn, me: Citizen) -> str:
    comment_id = request.form["comment"]
    own = {
        comment.id
        for post in meta.posts()
        for comment in meta.thread(post.id)
        if comment.author_id == me.facebook_id
    }
    if comment_id not in own:
        abort(403)
    return comment_id
