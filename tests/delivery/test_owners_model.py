"""Two owners of one target: the second look at the age of the intent is needed, and is enough."""

import pytest

from tests.delivery.owners_model import UNSAFE, Rules, counter_example


def test_ours_has_no_counter_example() -> None:
    assert counter_example(Rules()) is None


@pytest.mark.parametrize("name", UNSAFE)
def test_each_rule_left_out_has_one(name: str) -> None:
    way = counter_example(UNSAFE[name])

    assert way is not None
    assert sum("bytes" in step for step in way) == 2


def test_one_look_lets_a_frozen_owner_create_a_second_offer() -> None:
    """The counter-example that docs/reliability.md shows."""
    assert counter_example(UNSAFE["one look at the age"]) == [
        "A takes over",
        "A writes the intent",
        "A loses its session",
        "A looks at the age",
        "A is frozen for long",
        "B takes over",
        "B finds nothing",
        "the bytes of A leave",
        "the server applies a request",
        "B writes the intent",
        "B looks at the age",
        "the bytes of B leave",
        "the server applies a request",
    ]
