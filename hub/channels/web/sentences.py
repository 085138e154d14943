"""What an agent reads when an e-mail did not leave. The answer itself is always on the citizen's
tracking page."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

SENTENCES: Mapping[str, str] = {
    "mail-unreachable": _(
        "The council's mail server cannot be reached. The answer stands on the citizen's tracking "
        "page; the e-mail is kept and goes out by itself as soon as the server answers."
    ),
    "mail-later": _(
        "The mail server asked to try again later. The answer stands on the citizen's tracking "
        "page; the e-mail is kept and goes out by itself."
    ),
    "mail-refused": _(
        "The mail server refused this address or this message for good. The answer stands on the "
        "citizen's tracking page; if the address looks mistyped, use another way to reach them."
    ),
    "mail-address": _(
        "This e-mail address cannot be written to. The answer stands on the citizen's tracking "
        "page; use another way to reach them."
    ),
    "mail-unknown": _(
        "The mail server did not confirm. The e-mail may have left, and is not sent twice. The "
        "answer stands on the citizen's tracking page all the same."
    ),
    "mail-credentials": _(
        "The mail server does not accept the hub's name and password. E-mails are kept and wait; "
        "answers stand on the tracking pages. An administrator must correct MAIL_URL."
    ),
    "mail-sender": _(
        "The mail server does not accept the council's own address as sender. E-mails are kept "
        "and wait; answers stand on the tracking pages. An administrator must correct MAIL_FROM."
    ),
}
