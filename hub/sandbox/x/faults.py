"""What can go wrong on X's side."""

from flask_babel import lazy_gettext as _l

from hub.sandbox.faults import Fault, Faults
from hub.sandbox.x.limits import too_many
from hub.sandbox.x.rules import invalid, problem, unauthorized

_KNOWN = {
    "answer_lost": Fault(_l("The reply is posted, and the connection breaks"), "after"),
    "answer_slow": Fault(_l("The reply is posted, and the answer comes too late"), "after"),
    "error_but_posted": Fault(
        _l("The reply is posted, and X answers with an error"),
        "after",
        error=lambda: problem(500, "Internal Server Error", "Something is broken."),
    ),
    "echo_first": Fault(_l("The hub hears of its reply before X answers"), "within"),
    "echo_never": Fault(_l("The hub never hears of its reply"), "within"),
    "html_503": Fault(_l("X is down"), "instead"),
    "rate_limited": Fault(_l("Too many calls"), "instead", error=too_many),
    "token_dead": Fault(_l("The account’s access is refused"), "instead", error=unauthorized),
    "renewal_refused": Fault(_l("The account’s access cannot be renewed"), "within"),
    "credits_depleted": Fault(
        _l("The credits are used up"),
        "instead",
        error=lambda: problem(
            402,
            "CreditsDepleted",
            "Your enrolled account does not have any credits to fulfill this request.",
            "credits",
        ),
    ),
    "media_fails": Fault(_l("X cannot process the next picture or film"), "within"),
    "check_slow": Fault(_l("The hub’s proof of its address comes too late"), "within"),
    "since_id_refused": Fault(
        _l("X finds the hub’s place in the timeline too old"),
        "within",
        error=lambda: invalid("'since_id' must be a post id created after a later date."),
    ),
}
FAULTS = Faults("x", _KNOWN)
