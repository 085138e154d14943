"""What an agent reads when something went wrong, or when a file could not be brought along.

Each error says what happened, what was kept, and what to do next.
"""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

ERRORS: Mapping[str, str] = {
    "unreachable": _(
        "Facebook could not be reached. Nothing was published; the reply is kept and goes out by "
        "itself as soon as Facebook answers."
    ),
    "no_answer": _(
        "Facebook did not confirm. The reply may have been published: it is kept, and the hub "
        "looks for it on the page. Do not send it again before looking yourself."
    ),
    "unclear": _(
        "Facebook answered with a fault of its own. The reply may have been published: it is "
        "kept, and the hub looks for it on the page. Do not send it again before looking yourself."
    ),
    "duplicate": _(
        "Facebook says that this text was already published. The reply is kept; look on the page "
        "whether it is there before you send anything else."
    ),
    "rate_limited": _(
        "The page has used up what Facebook allows for now. Nothing was published; the reply is "
        "kept and goes out by itself when Facebook allows it again."
    ),
    "abuse_warning": _(
        "Facebook warns that the page writes too much. Nothing was published; the reply is kept "
        "and goes out later. Tell a supervisor."
    ),
    "other_app": _(
        "Another application holds this Messenger conversation. Nothing was sent; the reply is "
        "kept and tried again. If it lasts, release the conversation in Meta Business Suite."
    ),
    "automated_flow": _(
        "An automatic question of Facebook is running in this conversation. Nothing was sent; "
        "the reply is kept and tried again in a few minutes."
    ),
    "permission": _(
        "Facebook does not let the page do this. Nothing was published; the text is kept here. "
        "Answer by another way, and tell a supervisor that a permission may be missing."
    ),
    "window_closed": _(
        "The time Facebook gives to answer in Messenger is over. Nothing was sent; the text is "
        "kept here. Use another way, or wait until the person writes again."
    ),
    "person_unavailable": _(
        "This person cannot receive messages from the page: they blocked it, or closed their "
        "account. Nothing was sent; the text is kept here. Use another way to reach them."
    ),
    "no_such_person": _(
        "Facebook does not know this person for this page. Nothing was sent; the text is kept "
        "here. Use another way to reach them."
    ),
    "gone": _(
        "The comment or message no longer exists on Facebook, or is hidden from the page. "
        "Nothing was published; the text is kept here. Use another way to reach the person."
    ),
    "invalid": _(
        "Facebook refused the message as badly formed. Nothing was published; the text is kept "
        "here. Shorten or change it; if it is refused again, tell a supervisor."
    ),
    "attachment": _(
        "Facebook could not take the attached file. Nothing was sent; the text is kept here. "
        "Send it without the file, or with a smaller one."
    ),
    "not_replyable": _(
        "Facebook allows no private reply to this comment: it is too old, or its author does not "
        "accept any. Nothing was sent; the text is kept here. Answer in public."
    ),
    "already_replied": _(
        "This comment already got its private reply, and Facebook allows one. Nothing was sent; "
        "the text is kept here. Continue in Messenger, or answer in public."
    ),
    "link": _(
        "Facebook could not read the web page your text links to. Nothing was published; the "
        "text is kept here. Check the link or take it out."
    ),
    "refused": _(
        "Facebook refused the message. Nothing was published; the text is kept here. The history "
        "of the ticket has Facebook's reason."
    ),
    "too_long": _(
        "The text is longer than Facebook allows here. Nothing was published; it is kept. "
        "Shorten it or say it in two replies."
    ),
    "empty": _("There was no text to send. Nothing was published. Write a reply."),
    "bad_target": _(
        "The reply does not say where on Facebook it belongs. Nothing was published; the text is "
        "kept here. Open the ticket again and choose a way to answer."
    ),
    "page_restricted": _(
        "Facebook restricted the page for a time. Nothing was sent; replies are kept and wait. "
        "An administrator must read the notice in Meta Business Suite."
    ),
    "blocked_by_meta": _(
        "Facebook blocked what the page does for now. Nothing was published; replies are kept "
        "and wait. An administrator decides when to go on."
    ),
    "app_not_live": _(
        "The council's Meta app is not published, or lacks Advanced Access. Nothing was "
        "published; replies are kept and wait. An administrator must repair it at Meta."
    ),
    "token_missing": _(
        "The page has no access token. Nothing was published; replies are kept and wait. "
        "An administrator must connect the page again."
    ),
    "token_dead": _(
        "Facebook no longer accepts the page's access token. Nothing was published; replies are "
        "kept and wait. An administrator must connect the page again."
    ),
    "token_expired": _(
        "The page's access token has expired. Nothing was published; replies are kept and wait. "
        "An administrator must connect the page again."
    ),
    "password_changed": _(
        "The person who connected the page changed their Facebook password, which ended the "
        "access token. Nothing was published; replies are kept and wait. An administrator must "
        "connect the page again."
    ),
    "app_removed": _(
        "The person who connected the page removed the council's app. Nothing was published; "
        "replies are kept and wait. An administrator must connect the page again."
    ),
    "checkpoint": _(
        "Facebook wants the person who connected the page to confirm who they are. Nothing was "
        "published; replies are kept and wait. That person must sign in to facebook.com."
    ),
    "two_factor": _(
        "Facebook wants the person who connected the page to use two-factor sign-in. Nothing was "
        "published; replies are kept and wait. That person must sign in to facebook.com."
    ),
}

#: Codes of `RemoteFile.label`: what stands where a file could not be brought along.
FILES: Mapping[str, str] = {
    "unsupported": _("Attachment of a kind the hub cannot show; see it on Facebook."),
    "unavailable": _("File without an address; see it on Facebook."),
    "empty": _("Message without text: a sticker or a kind Facebook does not hand out."),
    "link": _("Shared link"),
    "location": _("Shared location"),
}

SENTENCES: Mapping[str, str] = {
    **ERRORS,
    **{f"file_{code}": sentence for code, sentence in FILES.items()},
}
