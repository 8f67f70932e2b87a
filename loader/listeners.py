"""Several listeners as one: one that fails does not fail the work or silence the others."""

from collections.abc import Callable, Sequence
from typing import TypeVar

E = TypeVar("E")


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
