"""Who is behind a page-scoped id: Messenger tells the id alone."""

from hub.channels.base import Author, Refused
from hub.channels.facebook.client import Graph
from hub.channels.untrusted import text


def author(graph: Graph, psid: str) -> Author | None:
    """The person's name, None where Meta does not give it: accounts without a profile, a person
    who is gone, or an app without the feature Business Asset User Profile Access. The picture is
    not asked for: the hub keeps none. Raises ChannelError for what may pass."""
    try:
        found = graph.get(psid, fields="first_name,last_name")
    except Refused:
        return None
    names = (text(found.get("first_name")), text(found.get("last_name")))
    name = " ".join(part for part in names if part)
    return Author(external_id=psid, name=name) if name else None
