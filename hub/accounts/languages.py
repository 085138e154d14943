"""Which language a page speaks. French unless the reader chose English."""

from flask import has_request_context, session
from flask_login import current_user

from hub.extensions import db

LANGUAGES = {"fr": "Français", "en": "English"}
DEFAULT = "fr"


def current_language() -> str:
    """The reader's choice, kept in the session; French outside of a request."""
    if not has_request_context():
        return DEFAULT
    chosen = session.get("language", DEFAULT)
    return chosen if chosen in LANGUAGES else DEFAULT


def remember(language: str) -> None:
    """Keep the choice for this session, and for the next ones of a person who signed in."""
    session["language"] = language
    if current_user.is_authenticated:
        current_user.language = language
        db.session.commit()
