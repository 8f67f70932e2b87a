"""Lengths of time in messages."""

import pytest

from loader.durations import in_words

DAY = 86_400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (300.2, "5 minutes"),
        (7_200, "2 hours"),
        (2 * DAY, "2 days"),
        (729 * DAY, "729 days"),
        (999_999_999, "32 years"),
        (1e15, "31,688,088 years"),
    ],
)
def test_a_time_is_said_in_the_largest_unit_that_it_fills_twice(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
