"""Each unsafe policy has a counter-example; ours have none."""

import pytest

from tests.delivery.policy_model import OURS, UNSAFE, counter_example


@pytest.mark.parametrize("name", UNSAFE)
def test_each_unsafe_policy_is_found_out(name: str) -> None:
    way = counter_example(UNSAFE[name])

    assert way is not None
    assert way.count("the client sends") >= 2
    assert 4 <= len(way) <= 9, way


@pytest.mark.parametrize("name", OURS)
def test_ours_has_no_counter_example(name: str) -> None:
    assert counter_example(OURS[name]) is None
