"""What is said of a question that was not understood."""

from flask_babel import gettext as _

from hub.search.question import Operator, Problem, Trouble


def sentence(problem: Problem) -> str:
    """What was not understood, and what could be typed instead."""
    typed = problem.typed
    if problem.trouble is Trouble.UNKNOWN:
        return _unknown(problem)
    return {
        Trouble.NO_DATE: _(
            "“%(typed)s” is no day. Write 2026-11-23 or 23/11/2026, 2026-11 or 2026.", typed=typed
        ),
        Trouble.NO_OPERATOR: _(
            "There is no operator “%(typed)s”: it was looked for as words.", typed=typed
        ),
        Trouble.NO_VALUE: _("Write something after “%(typed)s”.", typed=typed),
        Trouble.TOO_SHORT: _(
            "“%(typed)s” is too short: write three letters before the star.", typed=typed
        ),
        Trouble.WRONG_LETTER: _(
            "“%(typed)s” is no reference: its last letter does not fit its number.", typed=typed
        ),
        Trouble.TOO_LONG: _("The question is too long: “%(typed)s…” was left out.", typed=typed),
    }[problem.trouble]


def _unknown(problem: Problem) -> str:
    typed = problem.typed
    return {
        Operator.DEPARTMENT: _("No department is called “%(typed)s”.", typed=typed),
        Operator.CHANNEL: _("No channel is called “%(typed)s”.", typed=typed),
        Operator.STATE: _(
            "“%(typed)s” is no state. Write new, open, waiting or closed.", typed=typed
        ),
        Operator.LANGUAGE: _("The hub tells no language “%(typed)s”.", typed=typed),
    }[problem.operator or Operator.STATE]
