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
from loader.model import Event, OutcomeKind, State

MOVES: Final = MappingProxyType(
    {
        (State.PENDING, Event.START): State.SENDING,
        (State.PENDING, Event.GIVE_UP): State.FAILED,
        (State.SENDING, Event.DONE): State.DONE,
        (State.SENDING, Event.REFUSED): State.FAILED,
        (State.SENDING, Event.NOT_ACCEPTED): State.PENDING,
        (State.SENDING, Event.LOST): State.UNKNOWN,
        (State.UNKNOWN, Event.FOUND): State.DONE,
        (State.UNKNOWN, Event.ABSENT): State.PENDING,
        (State.UNKNOWN, Event.AMBIGUOUS): State.UNKNOWN,
        (State.FAILED, Event.RETRY): State.PENDING,
    }
)

EVENT_OF: Final = MappingProxyType(  # the outcome of an attempt
    {
        OutcomeKind.DONE: Event.DONE,
        OutcomeKind.REFUSED: Event.REFUSED,
        OutcomeKind.NOT_ACCEPTED: Event.NOT_ACCEPTED,
        OutcomeKind.LOST: Event.LOST,
        OutcomeKind.HALTED: Event.NOT_ACCEPTED,
    }
)


def advance(state: State, event: Event) -> State:
    """Return the state after `event`; raise `IllegalMove` where the table has no such move."""
    try:
        return MOVES[state, event]
    except KeyError:
        raise IllegalMove(
            f"a row in state '{state}' cannot take the event '{event}'; this is a bug of the"
            " loader: please report it with the log"
        ) from None
