"""What a person chooses about the keyboard."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField


class KeyboardForm(FlaskForm):
    """Both take effect on every page."""

    single_keys = BooleanField(
        _l("Single keys do something"),
        description=_l(
            "Switch them off if you speak to your computer, or press keys by mistake. Ctrl K stays."
        ),
    )
    goes_on = BooleanField(
        _l("Open the next ticket when I have closed one"),
        description=_l("Without it the ticket stays on the screen, with a link to the next one."),
    )
