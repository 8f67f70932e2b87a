"""The three pillars are facts about the table of moves."""

import pytest

from loader.errors import IllegalMove
from loader.model import OperationEvent, State
from loader.operation_states import MOVES, advance


def test_a_row_reaches_the_network_from_pending_only() -> None:
    assert [s for s in State if (s, OperationEvent.START) in MOVES] == [State.PENDING]


def test_a_lost_reply_is_doubt_and_never_another_turn() -> None:
    assert advance(State.SENDING, OperationEvent.LOST) is State.UNKNOWN
    assert (State.UNKNOWN, OperationEvent.START) not in MOVES


def test_doubt_ends_with_a_find_or_with_proof_of_absence_only() -> None:
    ways = {event: state for (held, event), state in MOVES.items() if held is State.UNKNOWN}

    assert ways == {
        OperationEvent.FOUND: State.DONE,
        OperationEvent.ABSENT: State.PENDING,
        OperationEvent.AMBIGUOUS: State.UNKNOWN,
    }


def test_what_is_created_stays_created() -> None:
    assert not [event for (held, event) in MOVES if held is State.DONE]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", OperationEvent)
def test_what_the_table_does_not_name_is_refused(state: State, event: OperationEvent) -> None:
    if (state, event) not in MOVES:
        with pytest.raises(IllegalMove, match=state):
            advance(state, event)
