"""What the search page shows, gathered before a template is filled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from hub.accounts.models import User
from hub.inbox import columns, lists, reach
from hub.inbox.finding import queries as finding
from hub.inbox.finding.wording import sentence
from hub.inbox.lists import Row
from hub.search import excerpts
from hub.search import queries as search
from hub.search.question import Question

RESULTS = 25


@dataclass(frozen=True, slots=True)
class Result:
    """A ticket that was found: its row of a list, with what was looked for marked."""

    row: Row
    title: Markup
    contact: Markup
    excerpt: Markup


def results(user: User, asked: Question, *, below: int | None) -> dict[str, Any]:
    """A page of what fits; none where nothing was asked."""
    ids = search.find(asked, by=user, below=below, limit=RESULTS + 1)
    found = _results(ids[:RESULTS], asked) if ids else []
    following = ids[RESULTS - 1] if len(ids) > RESULTS else None
    return {
        **columns.left(user, reach.of(user), None),
        "asked": asked,
        "results": found,
        "problems": [sentence(problem) for problem in asked.problems],
        "is_first": below is None,
        "following": following and url_for("finding.search", q=asked.text, below=following),
        "first": url_for("finding.search", q=asked.text),
    }


def _results(ids: Sequence[int], asked: Question) -> list[Result]:
    texts = finding.texts(ids)
    return [_result(row, texts[row.id], asked) for row in lists.rows_of(ids)]


def _result(row: Row, texts: list[str], asked: Question) -> Result:
    title = excerpts.marked(row.subject or row.excerpt or _("(no text)"), asked)
    said = excerpts.excerpt(texts, asked)
    return Result(
        row=row,
        title=title,
        contact=excerpts.marked_name(row.contact or _("Unknown person"), asked),
        excerpt=Markup.escape(row.preview) if said is None or said == title else said,
    )
