"""Hide a comment from other readers of the page, or show it again
(developers.facebook.com/docs/graph-api/reference/comment, is_hidden). Its author and their friends
go on seeing it."""

from hub.channels.base import OutcomeUnknown
from hub.channels.facebook.client import Graph
from hub.channels.facebook.sending import wanted_id


def hide(graph: Graph, comment_id: str, *, hidden: bool) -> None:
    """Raises ChannelError; repeating it has no second effect."""
    target = wanted_id({"comment_id": comment_id}, "comment_id")
    answer = graph.post(target, {"is_hidden": "true" if hidden else "false"})
    if answer.get("success") is not True:
        raise OutcomeUnknown("unclear", "the answer does not confirm")
