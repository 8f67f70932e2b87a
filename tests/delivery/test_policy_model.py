"""Each unsafe policy has a counter-example; ours have none."""

import pytest

from tests.delivery.policy_model import (
    BELIEFS,
    BELIEVING,
    OURS,
    SERVERS,
    UNSAFE,
    Server,
    counter_example,
)


@pytest.mark.parametrize("name", UNSAFE)
def test_each_unsafe_policy_is_found_out(name: str) -> None:
    way = counter_example(UNSAFE[name])

    assert way is not None
    assert way.count("the client sends") >= 2
    assert 4 <= len(way) <= 9, way


@pytest.mark.parametrize("name", OURS)
def test_ours_has_no_counter_example(name: str) -> None:
    assert counter_example(OURS[name]) is None


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_ours_has_none_whatever_the_server_says(name: str, server: Server) -> None:
    assert counter_example(OURS[name], server) is None


@pytest.mark.parametrize("server", [one for one in SERVERS if one != Server()], ids=str)
def test_to_believe_everything_has_one_with_every_server_that_lies(server: Server) -> None:
    """The rule that the loader had: safe with an honest server, and with no other."""
    assert counter_example(BELIEVING) is None
    assert counter_example(BELIEVING, server) is not None


@pytest.mark.parametrize("belief", BELIEFS)
def test_each_belief_alone_is_enough_to_break_the_promise(belief: str) -> None:
    rules, server = BELIEFS[belief]

    way = counter_example(rules, server)

    assert way is not None
    assert way[-1] != "the client dies"


def test_the_filter_that_hides_a_name_is_the_shortest_way_to_two_offers() -> None:
    """The counter-example that docs/reliability.md shows."""
    assert counter_example(*BELIEFS["a filter that finds nothing"]) == [
        "the client sends",
        "the server applies a request",
        "the list catches up",
        "the reply is lost",
        "the look finds nothing",
        "the client sends",
        "the server applies a request",
    ]


def test_a_refusal_that_was_applied_is_beyond_what_can_be_known() -> None:
    """As docs/reliability.md says. Whoever holds absent rows back is not safe from it either."""
    for rules in OURS.values():
        assert counter_example(rules, Server(applies_refusals=True)) is not None
