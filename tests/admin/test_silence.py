"""What silence is unusual, by the weeks before."""

from datetime import timedelta

import time_machine

from hub.admin import silence
from hub.admin.silence import Rhythm
from hub.extensions import db
from hub.intake import actions as intake
from tests.builders import at, create_account, create_department, inbound
from tests.plans import whole_reads_of

#: (messages in the same time of the weeks before, latest first; is it unusual that none came?)
VECTORS = [
    ((5, 5, 5, 5), True),
    ((4, 4, 4, 4), False),
    ((0, 0, 0, 1500), False),  # a day of crisis makes no habit
    ((12, 9, 0, 15), True),  # nor does a holiday unmake one
    ((6, 4), True),
    ((6, 3), False),
    ((40,), False),  # one week is no habit
    ((), False),
]


def test_silence_is_unusual_when_five_messages_were_to_be_expected():
    for counts, unusual in VECTORS:
        assert silence.is_unusual(counts) is unusual, counts


def write(text: str, **values: object) -> None:
    intake.receive("facebook", inbound(posted_at=at(text), **values))


def test_the_rhythm_is_that_of_the_same_hours_of_the_weeks_before(app):
    create_department("accueil")
    account = create_account()
    other = create_account(external_id="another page")
    with time_machine.travel(at("2026-11-30 12:00"), tick=False):
        assert silence.rhythm(account.id) == Rhythm(None)
        for day in ("2026-11-02", "2026-11-16"):
            write(f"{day} 09:59")  # before the silence began
            write(f"{day} 10:01")
            write(f"{day} 12:00")
            write(f"{day} 12:01")  # after it
        write("2026-11-23 11:30")
        write("2026-11-30 10:00")
        write("2026-11-16 11:00", account=other.external_id)
        found = silence.rhythm(account.id)
    assert found.last_at == at("2026-11-30 10:00")
    assert found.in_silence == (1, 2, 0, 2)
    assert found.in_hour == (1, 1, 0, 1)


def test_an_account_of_ten_days_has_no_rhythm_yet(app):
    create_department("accueil")
    account = create_account()
    with time_machine.travel(at("2026-11-30 12:00"), tick=False) as clock:
        write("2026-11-20 11:30")
        assert silence.rhythm(account.id) == Rhythm(at("2026-11-20 11:30"))
        clock.shift(timedelta(days=4))
        assert len(silence.rhythm(account.id).in_silence) == 2


def test_the_rhythm_reads_its_own_index(app):
    account = create_account()
    create_department("accueil")
    for week in range(5):
        intake.receive("facebook", inbound(posted_at=at("2026-11-02 10:00") + week * silence.WEEK))
    db.session.commit()
    assert whole_reads_of("message", lambda: silence.rhythm(account.id)) == []
