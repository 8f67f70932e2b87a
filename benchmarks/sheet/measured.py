"""What is measured of a sheet, whoever shows it."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final, Protocol

from benchmarks.sheet.browser import Visit, cpu_seconds, peak_mb, seconds_of, visited

HEADINGS: Final = (
    *("rows", "file", "page", "first rows s", "all checked s", "jump s", "edit s"),
    *("server CPU s", "server MB", "page heap MB", "elements", "to the browser MB"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Seconds of wall time, but for the CPU time of the server until all rows are checked."""

    first_rows: float
    checked: float
    jump: float
    edit: float
    server_cpu: float
    server_mb: float
    heap_mb: float
    elements: int
    received_mb: float

    def cells(self) -> tuple[str, ...]:
        """Return the figures as they are shown."""
        return tuple(
            f"{each:,}" if isinstance(each, int) else f"{each:.2f}" if each < 10 else f"{each:,.0f}"
            for each in astuple(self)
        )


class Contender(Protocol):
    """A page that shows the rows of a file, and lets one edit them."""

    name: str

    def served(self, folder: Path) -> AbstractContextManager[tuple[str, int]]:
        """Give its address, and the id of its server's process."""

    def drop(self, visit: Visit, path: Path) -> None:
        """Give it the file."""

    def see_first(self, visit: Visit) -> None:
        """Wait for the first rows."""

    def see_checked(self, visit: Visit) -> None:
        """Wait until it says what is wrong."""

    def jump(self, visit: Visit) -> None:
        """Show the middle."""

    def edit(self, visit: Visit) -> Callable[[], None]:
        """Type in a cell; return what presses Enter and waits until the row is checked."""


def measured(contender: Contender, path: Path, folder: Path) -> Measured:
    """Show a file once."""
    with contender.served(folder) as (link, server), visited(link) as visit:
        began, spent = time.perf_counter(), cpu_seconds(server)
        contender.drop(visit, path)
        contender.see_first(visit)
        first = time.perf_counter() - began
        contender.see_checked(visit)
        checked = time.perf_counter() - began
        spent = cpu_seconds(server) - spent
        jump = seconds_of(lambda: contender.jump(visit))
        edit = seconds_of(contender.edit(visit))
        return Measured(
            first_rows=first,
            checked=checked,
            jump=jump,
            edit=edit,
            server_cpu=spent,
            server_mb=peak_mb(server),
            heap_mb=visit.heap_mb(),
            elements=visit.elements(),
            received_mb=visit.received_mb(),
        )
