"""What makes a message without a proof of work look like spam. Pure functions.

A suspect message is filed like any other; only the department and the receipt differ.
"""

import re

from flask_babel import gettext as _

#: A citizen may well cite two pages.
MOST_LINKS = 2
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_MARKUP = re.compile(r"\[url|\[/?link|<a\s", re.IGNORECASE)


def reasons(*, text: str, name: str, trap: str) -> list[str]:
    """Why it looks like spam, in words for the agents; empty when it does not.

    `trap` is what stands in the field that people do not see.
    """
    links = len(_LINK.findall(text))
    found = (
        (bool(trap.strip()), _("a field that people cannot see is filled in")),
        (links > MOST_LINKS, _("%(number)d links", number=links)),
        (bool(_MARKUP.search(text)), _("markup of links")),
        (bool(_LINK.search(name)), _("a link instead of a name")),
    )
    return [words for holds, words in found if holds]
