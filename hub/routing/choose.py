"""Which department a message goes to, and why."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from hub.channels.base import InboundMessage
from hub.extensions import db
from hub.routing.matching import first_match, fold
from hub.routing.models import FALLBACK, Department, Rule


class NoFallback(Exception):
    """There is no department `accueil`. Load the demo council or create it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`rule` None: no rule held and the message goes to the fallback. `why` is the condition
    that held, in words, kept with the ticket as it was that day."""

    department: Department
    rule: Rule | None
    why: str


def choose_department(message: InboundMessage, channel: str) -> Decision:
    """Try the active rules in their order; the first that holds decides, none means `accueil`.
    Words are looked for in what the citizen wrote; the subject they chose is its own condition.

    Raises NoFallback when no rule holds and there is no such department.
    """
    text = fold(message.text)
    author = fold(f"{message.author.name} {message.author.handle}")
    subject = fold(message.subject)
    for rule in _rules():
        if (word := _holds(rule, channel, subject, text, author)) is not None:
            return Decision(rule.department, rule, _reason(rule, word))
    fallback = db.session.scalar(select(Department).where(Department.slug == FALLBACK))
    if fallback is None:
        raise NoFallback
    return Decision(fallback, None, _("no rule matched"))


def _rules() -> list[Rule]:
    return list(
        db.session.scalars(
            select(Rule)
            .join(Rule.department)
            .where(Rule.active, Department.active)
            .options(contains_eager(Rule.department))
            .order_by(Rule.position, Rule.id)
        )
    )


def _holds(rule: Rule, channel: str, subject: str, text: str, author: str) -> str | None:
    """The word that was found, "" where the rule asks for none; None when the rule does not hold.
    One without any condition holds for nothing: an empty form must not swallow every message."""
    word = first_match(rule.words, text)
    conditions = (
        (rule.channel, rule.channel == channel),
        (rule.subject, fold(rule.subject) == subject),
        (rule.author, fold(rule.author) in author),
        (rule.words, word is not None),
    )
    asked = [holds for wanted, holds in conditions if wanted]
    if not asked or not all(asked) or first_match(rule.unless, text) is not None:
        return None
    return word or ""


def _reason(rule: Rule, word: str) -> str:
    """The conditions that held, in words."""
    said = (
        (rule.channel, _("channel %(name)s", name=rule.channel)),
        (rule.subject, _("subject “%(name)s”", name=rule.subject)),
        (rule.author, _("author “%(name)s”", name=rule.author)),
        (rule.words, _("word “%(name)s”", name=word)),
    )
    return ", ".join(words for wanted, words in said if wanted)
