"""Read X's JSON: ids, instants and people in the forms of both its versions, and what is a delivery
of X at all."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.channels import untrusted
from hub.channels.base import Author, NotOurs
from hub.channels.untrusted import LONGEST_NAME, Unreadable, decode, identifier, mapping, text

#: Any of these, or a family `…_events`, makes a delivery.
MARKS = frozenset({"data", "for_user_id", "matching_rules", "replay_job_status", "user_event"})
FAMILY_END = "_events"

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: "Tue Nov 10 08:40:00 +0000 2026", whatever the language of this machine.
OLD_FORM = re.compile(
    r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>\d\d) (?P<time>\d\d:\d\d:\d\d) "
    r"(?P<zone>[+-]\d{4}) (?P<year>\d{4})"
)

#: Ids made since November 2010 hold the time they were made at, in milliseconds since this one.
FIRST_TIMED_ID = 29_700_859_247
IDS_BEGIN_MS = 1_288_834_974_657


def delivery(body: bytes) -> Mapping[str, Any]:
    """The envelope of a delivery. Raises NotOurs with a short sentence."""
    envelope = decode(body)
    if not isinstance(envelope, dict):
        raise NotOurs("The body is not a JSON object.")
    if not any(name in MARKS or name.endswith(FAMILY_END) for name in envelope):
        raise NotOurs("The body is no delivery of X.")
    return envelope


def id_of(value: Any, name: str = "id") -> str | None:
    """The id that an object holds under `name`, None when it holds none.

    The text `<name>_str` wins wherever it comes: X rounds the number beside it to what
    JavaScript can hold. A number that stands alone is taken digit by digit.
    """
    found = mapping(value)
    exact = found.get(f"{name}_str")
    return identifier(found.get(name) if exact is None else exact)


def either(value: Mapping[str, Any], *names: str) -> Any:
    """What an object holds under the first of these names it has, None when it has none. X calls
    the same things by two names (`referenced_tweets`, `referenced_posts`)."""
    return next((value[name] for name in names if value.get(name) is not None), None)


def instant(value: Any) -> datetime | None:
    """An instant in UTC, in any form that X writes: "Tue Nov 10 08:40:00 +0000 2026", ISO 8601,
    or seconds or milliseconds as a number or its digits. None for what is no instant, or lies
    before 2000 or after 2100."""
    old = OLD_FORM.fullmatch(value) if isinstance(value, str) else None
    if old is None:
        return untrusted.instant(value)
    if old["month"] not in MONTHS:
        return None
    month = MONTHS.index(old["month"]) + 1
    return untrusted.instant(f"{old['year']}-{month:02}-{old['day']}T{old['time']}{old['zone']}")


def made_at(external_id: str) -> datetime | None:
    """When an id of X was made, to the millisecond; None for older ids, which do not tell."""
    if not re.fullmatch(r"[0-9]{11,20}", external_id) or int(external_id) < FIRST_TIMED_ID:
        return None
    return untrusted.instant((int(external_id) >> 22) + IDS_BEGIN_MS)


def person(external_id: str, *users: Any) -> Author:
    """Somebody by id, with the name and the handle of the first of these user objects that has
    any. A user object comes with `screen_name` or `username`, bare or inside `data`."""
    for user in users:
        told = mapping(mapping(user).get("data")) or mapping(user)
        name, handle = text(told.get("name")), text(either(told, "screen_name", "username"))
        if name or handle:
            return Author(
                external_id=external_id, name=name[:LONGEST_NAME], handle=handle[:LONGEST_NAME]
            )
    return Author(external_id=external_id)


def other_party(conversation_id: Any, party: str) -> str | None:
    """The one who is in a conversation of two with this party: the id of the conversation names
    both. None where it does not, as in a conversation of several people."""
    parties = re.split("[-:]", text(conversation_id))
    if len(parties) != 2 or party not in parties:
        return None
    return identifier(parties[1] if parties[0] == party else parties[0])


def written_at(external_id: str, *told: Any) -> datetime:
    """The first of what X told that is an instant, else the time in the id. Raises Unreadable
    when there is none."""
    for value in told:
        if found := instant(value):
            return found
    if found := made_at(external_id):
        return found
    raise Unreadable("no usable time")
