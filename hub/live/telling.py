"""What is said on the streams, as Server-Sent Events
(https://html.spec.whatwg.org/multipage/server-sent-events.html). A text is made once, however many
pages hear it.

`ticket` events carry the number of a line of history, which the browser says when it comes back
(Last-Event-ID). `presence` and `present` events carry none: what was missed of them does not
matter, because each stream begins with all who are there.
"""

import json
from collections.abc import Iterable
from typing import Any

from hub.live.presence import Company
from hub.live.queries import Happening

#: What the browser waits before it comes back.
RETRY_MILLISECONDS = 2000

OPENING = f"retry: {RETRY_MILLISECONDS}\n\n"
STILL_HERE = ": still here\n\n"


def of(concerning: Happening | Company, *, crowd: int = 1) -> str:
    """A change of a ticket, or who is at it now. `crowd`: how many pages hear of it from this
    process, so that they do not all ask for their lists in the same moment."""
    if isinstance(concerning, Company):
        return _event("presence", _company(concerning))
    data = {
        "id": concerning.id,
        "reference": concerning.reference,
        "kind": concerning.kind,
        "department": concerning.department,
        "crowd": crowd,
    }
    return _event("ticket", data, number=concerning.id)


def of_all(companies: Iterable[Company]) -> str:
    """Who is where; nobody is anywhere else."""
    return _event("present", [_company(company) for company in companies])


def too_much(latest: int) -> str:
    """More happened than is worth telling: the page looks for itself, whatever it shows."""
    data = {"id": latest, "reference": "", "kind": "missed", "department": "", "crowd": 1}
    return _event("ticket", data, number=latest)


def _company(company: Company) -> dict[str, Any]:
    people = [{"id": p.id, "name": p.name, "writing": p.writing} for p in company.people]
    return {"reference": company.reference, "people": people}


def _event(name: str, data: Any, *, number: int | None = None) -> str:
    first = "" if number is None else f"id: {number}\n"
    return f"{first}event: {name}\ndata: {json.dumps(data)}\n\n"
