"""What a run reports while it works: one closed union of frozen values.

A listener is a callable that takes one of them. The core emits events and does not know who
listens; a listener decides nothing. Several are one listener by `isolated`: one that fails does not
fail the work or silence the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from loader.model import FoundError, Outcome

E = TypeVar("E")
Text = str | Callable[[], str]  # a callable is asked whenever it is shown, from any thread


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseBegan:
    """A phase began ("reading offers.csv", "sending"); `total` is None where it is not known."""

    name: str
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEnded:
    """The phase is over; nothing is shown until another begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBegan:
    """A run was begun, or is gone on with: from now on the journal has it under this id."""

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEnded:
    """What became of the offer of one row that was sent."""

    operation_id: int
    name: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsDone:
    """So many more rows of this phase are done, and how many of them ended in each way.

    `row` is the one that was sent, where it is one.
    """

    count: int
    created: int = 0
    changed: int = 0
    deleted: int = 0
    failed: int = 0
    unknown: int = 0
    row: RowEnded | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """Why the phase is not faster, or what it waits for; "" when that no longer holds."""

    by: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSent:
    """One request is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswered:
    """A request is over, with its outcome and how long it took."""

    outcome: Outcome


Event = (
    RunBegan
    | PhaseBegan
    | PhaseEnded
    | RowsDone
    | Limited
    | RequestSent
    | RequestAnswered
    | FoundError
)
Listener = Callable[[Event], None]


def silent(_event: object) -> None:
    """Ignore every event: for `--quiet` and for use as a library."""


def isolated(
    listeners: Sequence[Callable[[E], None]], *, complain: Callable[[str], None]
) -> Callable[[E], None]:
    """Return a listener that passes each event to all of `listeners`.

    Of each listener that raises, `complain` is given the first error, once.
    """
    failed: set[int] = set()

    def listener(event: E) -> None:
        for number, each in enumerate(listeners):
            try:
                each(event)
            except Exception as error:  # noqa: BLE001 - a failing listener must not fail a load
                if number not in failed:
                    failed.add(number)
                    complain(f"{_name(each)} failed ({type(error).__name__}: {error})")

    return listener


def _name(listener: object) -> str:
    return str(getattr(listener, "__name__", type(listener).__name__))
