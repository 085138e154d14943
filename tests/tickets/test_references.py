"""The reference that citizens read out on the telephone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.tickets import queries
from hub.tickets.references import number, reference
from tests.builders import at, create_ticket


@given(ticket_id=st.integers(1, 10**9), year=st.integers(2020, 2099))
def test_a_reference_leads_back_to_its_ticket(ticket_id, year):
    assert number(reference(at(f"{year}-06-01 12:00"), ticket_id)) == ticket_id


@given(ticket_id=st.integers(1, 999_999), place=st.integers(0, 5), digit=st.integers(0, 9))
def test_a_single_wrong_digit_is_noticed(ticket_id, place, digit):
    text = reference(at("2026-06-01 12:00"), ticket_id)
    wrong = text[: 5 + place] + str(digit) + text[6 + place :]
    assert wrong == text or number(wrong) is None


@pytest.mark.parametrize("typed", [" {} ", "{}", "lower"])
def test_a_reference_is_found_as_a_person_types_it(app, typed):
    ticket = create_ticket()
    text = ticket.reference.lower().replace("-", "") if typed == "lower" else ticket.reference
    assert queries.by_reference(typed.format(text) if typed != "lower" else text).id == ticket.id


@pytest.mark.parametrize("text", ["", "hello", "2026-000001", "2026-000001-I", "٢٠٢٦-000001-A"])
def test_what_is_no_reference_finds_nothing(app, text):
    assert queries.by_reference(text) is None


def test_the_right_letter_for_another_year_finds_nothing(app):
    ticket = create_ticket()
    other = reference(at("2031-01-01 00:00"), ticket.id)
    assert queries.by_reference(other) is None
