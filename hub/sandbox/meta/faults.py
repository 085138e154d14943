"""What can go wrong on Meta's side."""

from flask_babel import lazy_gettext as _l

from hub.sandbox.faults import Fault, Faults
from hub.sandbox.meta.rules import GraphError

_KNOWN = {
    "error_but_posted": Fault(
        _l("The reply is posted, and Facebook answers with an error"),
        "after",
        error=lambda: GraphError(
            2,
            "(#2) Service temporarily unavailable",
            subcode=1342004,
            status=500,
            transient=True,
        ),
    ),
    "answer_lost": Fault(_l("The reply is posted, and the connection breaks"), "after"),
    "answer_slow": Fault(_l("The reply is posted, and the answer comes too late"), "after"),
    "html_503": Fault(_l("Facebook is down"), "instead", writes_only=False),
    "rate_limited": Fault(
        _l("Too many calls"),
        "instead",
        writes_only=False,
        error=lambda: GraphError(613, "(#613) Calls to this api have exceeded the rate limit."),
    ),
    "token_dead": Fault(
        _l("The page's access is revoked"),
        "instead",
        writes_only=False,
        error=lambda: GraphError(
            190,
            "Error validating access token: The session has been invalidated because the user "
            "changed their password or Facebook has changed the session for security reasons.",
            subcode=460,
            status=401,
        ),
    ),
    "page_blocked": Fault(
        _l("Facebook blocks the page for a while"),
        "instead",
        error=lambda: GraphError(
            368, "The action attempted has been deemed abusive or is otherwise disallowed"
        ),
    ),
    "thread_held": Fault(
        _l("Another tool holds the conversation"),
        "instead",
        error=lambda: GraphError(
            10, "(#10) Another app is controlling this thread now.", subcode=2018300
        ),
    ),
    "usage_high": Fault(_l("Almost too many calls (96%)"), "beside", writes_only=False),
}
FAULTS = Faults("meta", _KNOWN)
