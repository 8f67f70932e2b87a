"""A page that comes again later with the same `Date` was kept by a cache."""

import pytest

from loader.api.replayed_lists import ReplayedLists

DATE = "Mon, 30 Nov 2026 01:00:00 GMT"
LATER = "Mon, 30 Nov 2026 01:00:01 GMT"


@pytest.mark.parametrize(
    ("address", "date", "body", "asked_at", "kept"),
    [
        ("a", DATE, b"[]", 9.5, 8),
        ("a", DATE, b"[]", 2.9, 0),  # one second of the clock, and a slow reply
        ("a", LATER, b"[]", 9.5, 0),
        ("a", DATE, b"[1]", 9.5, 0),  # a clock that stands still, and a new list
        ("a", "", b"[]", 9.5, 0),
        ("b", DATE, b"[]", 9.5, 0),
    ],
)
def test_a_page_is_kept_if_it_is_the_same_at_a_later_time(
    address: str, date: str, body: bytes, asked_at: float, kept: int
) -> None:
    lists = ReplayedLists()
    assert lists.seconds_kept("a", DATE, b"[]", asked_at=0.5, read_at=1.0) == 0

    assert lists.seconds_kept(address, date, body, asked_at=asked_at, read_at=20.0) == kept
