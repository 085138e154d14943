"""What people choose above a report."""

from datetime import date
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField
from wtforms.validators import Optional

from hub.reports.periods import Period, UnusablePeriod, chosen


class PeriodForm(FlaskForm):
    """Two days, sent in the address: it changes nothing, so it needs no token."""

    class Meta:
        csrf = False

    from_ = DateField(_l("From"), name="from", validators=[Optional()])
    to = DateField(_l("To"), validators=[Optional()])

    def period(self, *, today: date, zone: ZoneInfo) -> Period | None:
        """What was chosen, written back into the fields; None when they hold errors."""
        if not self.validate():
            return None
        try:
            period = chosen(self.from_.data, self.to.data, today=today, zone=zone)
        except UnusablePeriod as error:
            field = self.from_ if error.field == "from" else self.to
            field.errors = [error.reason]
            return None
        self.from_.data, self.to.data = period.first, period.last
        self.from_.raw_data = self.to.raw_data = None
        return period
