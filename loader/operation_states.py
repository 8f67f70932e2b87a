"""The life cycle of a valid row, as one table.

The table alone decides whether a row may change its state. A change that it does not name is a bug
and raises.

"Nothing lost, nothing twice" rests on three facts about the table:

* a row reaches the network only through `sending`, which is committed first (intent first);
* from `sending` a row that got no proof goes to `unknown`, never back to `pending`
  (unknown is a state);
* `unknown` has no `start`: it must be found, or proven absent, first (look before sending again).
"""

from types import MappingProxyType
from typing import Final

from loader.errors import IllegalMove
from loader.model import OperationEvent, OutcomeKind, State

MOVES: Final = MappingProxyType(
    {
        (State.PENDING, OperationEvent.START): State.SENDING,
        (State.PENDING, OperationEvent.GIVE_UP): State.FAILED,
        (State.SENDING, OperationEvent.DONE): State.DONE,
        (State.SENDING, OperationEvent.REFUSED): State.FAILED,
        (State.SENDING, OperationEvent.NOT_ACCEPTED): State.PENDING,
        (State.SENDING, OperationEvent.LOST): State.UNKNOWN,
        (State.UNKNOWN, OperationEvent.FOUND): State.DONE,
        (State.UNKNOWN, OperationEvent.ABSENT): State.PENDING,
        (State.UNKNOWN, OperationEvent.AMBIGUOUS): State.UNKNOWN,
        (State.FAILED, OperationEvent.RETRY): State.PENDING,
    }
)

EVENT_OF: Final = MappingProxyType(  # the outcome of an attempt
    {
        OutcomeKind.DONE: OperationEvent.DONE,
        OutcomeKind.REFUSED: OperationEvent.REFUSED,
        OutcomeKind.NOT_ACCEPTED: OperationEvent.NOT_ACCEPTED,
        OutcomeKind.LOST: OperationEvent.LOST,
        OutcomeKind.HALTED: OperationEvent.NOT_ACCEPTED,
    }
)


def advance(state: State, event: OperationEvent) -> State:
    """Return the state after `event`; raise `IllegalMove` where the table has no such move."""
    try:
        return MOVES[state, event]
    except KeyError:
        raise IllegalMove(
            f"a row in state '{state}' cannot take the event '{event}'; this is a bug of the"
            " loader: please report it with the log"
        ) from None
