"""What an agent reads when something went wrong, or when something could not be brought along.

Each error says what happened, what was kept, and what to do next.
"""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

#: Nothing was published, and the hub tries again by itself.
LATER: Mapping[str, str] = {
    "unreachable": _(
        "X could not be reached. Nothing was published; the reply is kept and goes out by itself "
        "as soon as X answers."
    ),
    "renewing": _(
        "The account's access to X is being renewed. Nothing was published; the reply is kept "
        "and goes out by itself in a moment."
    ),
    "rate_limited": _(
        "The account has used up what X allows for now. Nothing was published; the reply is kept "
        "and goes out by itself when X allows it again."
    ),
    "daily_limit": _(
        "The account has published all that X allows in one day. This reply was not "
        "published; it is kept and tried again every hour."
    ),
    "looks_automated": _(
        "X takes the account for a machine and accepts nothing for now. Nothing was published; "
        "the reply is kept and tried again in an hour. If it lasts, a supervisor must sign in to "
        "x.com as the account."
    ),
    "upload_failed": _(
        "The file could not be brought to X. Nothing was published; the reply is kept and tried "
        "again by itself."
    ),
    "file_slow": _(
        "X has not finished preparing the film. Nothing was published; the reply is kept and "
        "tried again by itself. If it lasts, send a shorter film."
    ),
}

#: It may have been published.
UNKNOWN: Mapping[str, str] = {
    "no_answer": _(
        "X did not confirm. The reply may have been published: it is kept, and the hub looks for "
        "it on X. Do not send it again before looking yourself."
    ),
    "unclear": _(
        "X answered with a fault of its own. The reply may have been published: it is kept, and "
        "the hub looks for it on X. Do not send it again before looking yourself."
    ),
    "duplicate": _(
        "X says that the account has already published this text. The reply is kept, and the hub "
        "looks for it on X. If it is not there, change a word and send it again."
    ),
}

#: X said no to this reply.
REFUSED: Mapping[str, str] = {
    "cannot_hide": _(
        "Nothing was hidden: X hides only answers in conversations that the account began "
        "itself. Report the post on x.com instead."
    ),
    "said_already": _(
        "The account has published the same text lately, and X takes none twice. Nothing was "
        "published; the text is kept here. Change a word and send it again."
    ),
    "refused": _(
        "X refused the reply. Nothing was published; the text is kept here. The history of the "
        "ticket has X's reason."
    ),
    "invalid": _(
        "X refused the reply as badly formed. Nothing was published; the text is kept here. "
        "Shorten or change it; if it is refused again, tell a supervisor."
    ),
    "empty": _("There was no text to send. Nothing was published. Write a reply."),
    "too_long": _(
        "The text is longer than X allows here. Nothing was published; it is kept. Shorten it or "
        "say it in two replies."
    ),
    "bad_target": _(
        "The reply does not say where on X it belongs. Nothing was published; the text is kept "
        "here. Open the ticket again and choose a way to answer."
    ),
    "gone": _(
        "The post or account no longer exists on X, or the council's account may not see it. "
        "Nothing was published; the text is kept here. Use another way to reach the person."
    ),
    "not_summoned": _(
        "X accepts a reply only under posts that name the council's account or quote one of its "
        "posts. Nothing was published; the text is kept here. Answer by direct message, or wait "
        "until the person names the account."
    ),
    "reply_restricted": _(
        "The author has restricted who may reply to this post. Nothing was published; the text "
        "is kept here. Answer by direct message."
    ),
    "dm_refused": _(
        "X does not let the account write to this person: they take direct messages from people "
        "they follow alone, or have blocked the account. Nothing was sent; the text is kept "
        "here. Answer in public, and ask the person to write first."
    ),
    "blocked": _(
        "The author has blocked the council's account. Nothing was published; the text is kept "
        "here. Use another way to reach the person."
    ),
    "permission_missing": _(
        "X does not let the hub do this for the account. Nothing was published; the text is kept "
        "here. Answer by another way, and tell a supervisor that a permission is missing."
    ),
    "too_many_files": _(
        "X does not take so many files at once: four pictures, or one film or moving picture; "
        "one file in a direct message. Nothing was published; the text is kept here. Take some "
        "out."
    ),
    "file_refused": _(
        "X refused the file: too large, too long, or of a kind it does not take. Nothing was "
        "published; the text is kept here. Send it without the file, or with another one."
    ),
}

#: The account sends nothing until somebody has repaired it.
BROKEN: Mapping[str, str] = {
    "token_missing": _(
        "The account has no access token. Nothing was published; replies are kept and wait. An "
        "administrator must connect the account again."
    ),
    "token_dead": _(
        "X no longer accepts the account's access token. Nothing was published; replies are kept "
        "and wait. An administrator must connect the account again."
    ),
    "app_missing": _(
        "X does not recognise the council's app. Nothing was published; replies are kept and "
        "wait. An administrator must compare the settings TWITTER_CONSUMER_KEY, "
        "TWITTER_CONSUMER_SECRET, TWITTER_CLIENT_ID and TWITTER_CLIENT_SECRET with X's console."
    ),
    "bearer_missing": _(
        "The setting TWITTER_BEARER_TOKEN is empty, so X cannot be asked about webhooks. Nothing "
        "was changed. Set it to the app's bearer token and restart."
    ),
    "bearer_refused": _(
        "X does not accept the setting TWITTER_BEARER_TOKEN. Nothing was changed. Compare it with "
        "the app's bearer token in X's console and restart."
    ),
    "credits": _(
        "The credits bought from X are used up, or its spending limit is reached. Nothing was "
        "published; replies are kept and wait. An administrator must add credits in X's console, "
        "then say on the page Channels that it is mended."
    ),
    "access_level": _(
        "The access the council has bought from X does not allow this. Nothing was published; "
        "replies are kept and wait. An administrator must compare the app's project and plan in "
        "X's console, then say on the page Channels that it is mended."
    ),
    "permission": _(
        "The council's app may not do this for the account. Nothing was published; replies are "
        "kept and wait. An administrator must give the app the permission to read, write and "
        "send direct messages in X's console, then connect the account again."
    ),
    "suspended": _(
        "X has suspended the council's account. Nothing was published; replies are kept and "
        "wait. An administrator must read the notice at x.com as the account."
    ),
    "locked": _(
        "X has locked the council's account for a time. Nothing was published; replies are kept "
        "and wait. Somebody must sign in to x.com as the account and unlock it."
    ),
    "clock": _(
        "The clock of this server is wrong, so X refuses what it signs. Nothing was published; "
        "replies are kept and wait. An administrator must set the clock, then say on the page "
        "Channels that it is mended."
    ),
}

#: What X answers when a webhook is registered or validated; read on the command line.
WEBHOOKS: Mapping[str, str] = {
    "webhook_crc": _(
        "X asked the hub's address to prove itself and did not like the answer. Nothing was "
        "changed. Compare TWITTER_CONSUMER_SECRET with X's console, see that the address answers "
        "from outside within 3 seconds and without a redirect, and try again."
    ),
    "webhook_url": _(
        "X does not take the hub's address. Nothing was changed. BASE_URL must be a public "
        "https address without a port, of at most 200 characters with /hooks/twitter."
    ),
    "webhook_duplicate": _(
        "This address is registered already. Nothing was changed. See it with: flask channels "
        "twitter webhook list."
    ),
    "webhook_limit": _(
        "X allows no further webhook. Nothing was changed. Remove one that is no longer used: "
        "flask channels twitter webhook list, then webhook remove ID."
    ),
    "webhook_unknown": _(
        "X knows no webhook of this number. Nothing was changed. See those it knows with: flask "
        "channels twitter webhook list."
    ),
    "subscription_duplicate": _(
        "X delivers this already. Nothing was changed. See it with: flask channels twitter "
        "subscriptions list."
    ),
    "subscription_limit": _(
        "X allows no further subscription. Nothing was changed. Remove one that is no longer "
        "used: flask channels twitter subscriptions list, then subscriptions remove."
    ),
    "subscription_unknown": _(
        "X knows no such subscription. Nothing was changed. See those it knows with: flask "
        "channels twitter subscriptions list."
    ),
}

#: Codes of `InboundMessage.notice`: what stands with a message that cannot be read here.
NOTICES: Mapping[str, str] = {
    "encrypted": _(
        "This message was written in an encrypted chat, which the hub cannot read. Open it at "
        "x.com as the council's account, or answer by direct message and ask the person to write "
        "again."
    ),
}

#: Codes of `RemoteFile.label`: what stands where a file could not be brought along.
FILES: Mapping[str, str] = {
    "empty": _("Message without text and files."),
    "location": _("Shared location"),
    "unavailable": _("File without an address; see it on X."),
    "unsupported": _("Attachment of a kind the hub cannot show; see it on X."),
}

ERRORS: Mapping[str, str] = {**LATER, **UNKNOWN, **REFUSED, **BROKEN, **WEBHOOKS}
SENTENCES: Mapping[str, str] = {
    **ERRORS,
    **NOTICES,
    **{f"file_{code}": sentence for code, sentence in FILES.items()},
}
