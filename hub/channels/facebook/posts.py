"""What a post of the page says: webhooks of its comments tell its address alone."""

from hub.channels.base import Publication, Refused
from hub.channels.facebook.client import Graph
from hub.channels.untrusted import identifier, mapping, text


def publication(graph: Graph, post_id: str) -> Publication | None:
    """The post, None when it is gone, may not be read, or is a visitor's and none of ours. A post
    of a picture alone has no text. Raises ChannelError for what may pass."""
    try:
        found = graph.get(post_id, fields="from,message,permalink_url")
    except Refused:
        return None
    page_id = post_id.partition("_")[0]
    if identifier(mapping(found.get("from")).get("id")) != page_id:
        return None
    return Publication(
        external_id=post_id,
        text=text(found.get("message")),
        permalink=text(found.get("permalink_url")),
    )
