"""The marker of a part names its message and its number, and no foreign marker breaks that."""

import pytest

from hub.tickets import markers


def test_a_part_is_told_from_its_message_and_from_the_other_parts():
    marker = markers.of_part("abc-_9", 12)
    assert markers.of_message(marker) == "abc-_9"
    assert markers.part_number(marker) == 12
    assert markers.of_message("abc-_9") == "abc-_9"
    assert markers.part_number("abc-_9") is None


@pytest.mark.parametrize("foreign", ["", ".", "abc.", "abc.x", "abc.-1", "abc.1.2", "abc.²"])
def test_a_marker_that_is_none_of_ours_names_no_part(foreign):
    assert markers.part_number(foreign) is None
