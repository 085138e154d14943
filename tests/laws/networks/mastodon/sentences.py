"""What an agent reads when something went wrong, or when a file could not be brought along.

Each error says what happened, what was kept, and what to do next.
"""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

SENTENCES: Mapping[str, str] = {
    "unreachable": _(
        "The Mastodon server could not be reached. Nothing was published; the reply is kept and "
        "goes out by itself as soon as the server answers."
    ),
    "no_answer": _(
        "The Mastodon server did not confirm. The reply is kept and goes out again by itself; "
        "should the first one have arrived, there will still be one."
    ),
    "rate_limited": _(
        "The account has used up what its Mastodon server allows for now. Nothing was published; "
        "the reply is kept and goes out by itself within a quarter of an hour."
    ),
    "token_missing": _(
        "The Mastodon account has no access token. The reply is kept; a supervisor must connect "
        "the account again."
    ),
    "token_dead": _(
        "The Mastodon server no longer accepts the account's access token. The reply is kept; a "
        "supervisor must connect the account again."
    ),
    "permission": _(
        "The Mastodon server does not let the account do this. The reply is kept; a supervisor "
        "must see whether the account is blocked there, and connect it again."
    ),
    "gone": _(
        "The post no longer exists on Mastodon, or the account may not see it. Nothing was "
        "published; the text is kept here. Use another way to reach the person."
    ),
    "invalid": _(
        "The Mastodon server refused the reply. Nothing was published; the text is kept here. "
        "Shorten or change it; the history of the ticket has the server's reason."
    ),
    "too_long": _(
        "The text is longer than a Mastodon post may be. Nothing was published; it is kept. "
        "Shorten it or say it in two replies."
    ),
    "empty": _("There was no text to send. Nothing was published. Write a reply."),
    "bad_target": _(
        "The reply does not say where on Mastodon it belongs. Nothing was published; the text is "
        "kept here. Open the ticket again and choose a way to answer."
    ),
    "file_unavailable": _("A file that the Mastodon server does not give out."),
}
