"""A process that forks: one of our own, or the one that all workers of a session share.

To import everything takes three seconds. A process ends together with the one that started it,
however that ends.
"""

import atexit
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# Variables that say where the processes of the session are asked: the first after its number.
SHARED_COMMANDS, SHARED_PARSERS = "TESTS_FORK_COMMANDS", "TESTS_FORK_PARSERS"


class ForkingProcess:
    """A module that was started to fork; it may be asked on `control`, or at `place`, if any."""

    def __init__(
        self,
        module: str,
        *kept: int,
        place: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.control, theirs = socket.socketpair()
        with theirs, _listening(place) as shared:
            given = [theirs.fileno(), shared, *kept]
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *map(str, given)],
                pass_fds=[number for number in given if number >= 0],
                stdin=subprocess.DEVNULL,
                cwd=Path(__file__).parents[2],
                env=env,
            )
        self.pid = self._process.pid

    def close(self) -> None:
        """End it."""
        self.control.close()
        self._process.wait(30)


def start_shared() -> None:
    """Start those that all workers of this session share."""
    places = Path(tempfile.gettempdir()) / f"loader-tests-{os.getpid()}"
    parsers = ForkingProcess("tests.support.forking_parsers", place=places.with_suffix(".parsers"))
    atexit.register(parsers.close)
    place = places.with_suffix(".commands")
    commands = ForkingProcess(
        "tests.support.forking",
        parsers.control.fileno(),
        place=place,
        env=kept_variables(measured=False),
    )
    atexit.register(commands.close)
    os.environ[SHARED_PARSERS] = str(places.with_suffix(".parsers"))
    os.environ[SHARED_COMMANDS] = f"{commands.pid} {place}"


def kept_variables(*, measured: bool) -> dict[str, str]:
    """Return what a command has of our environment: none of the loader's settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("LOADER_") and (measured or not name.startswith("COVERAGE_"))
    }


def connected(place: str) -> socket.socket:
    """Return a socket on which a shared process may be asked."""
    control = socket.socket(socket.AF_UNIX)
    control.connect(place)
    return control


@contextmanager
def _listening(place: Path | None) -> Iterator[int]:
    """Listen at a place; give the number of the socket, or -1 where nobody else asks."""
    if place is None:
        yield -1
        return
    with socket.socket(socket.AF_UNIX) as shared:
        shared.bind(os.fspath(place))
        shared.listen()
        yield shared.fileno()


@contextmanager
def given_sockets(
    control: str, shared: str
) -> Iterator[tuple[socket.socket, socket.socket | None]]:
    """Take over, in the process that forks, the sockets whose numbers it was given."""
    with socket.socket(fileno=int(control)) as ours:
        if int(shared) < 0:
            yield ours, None
            return
        with socket.socket(fileno=int(shared)) as listening:
            yield ours, listening
            Path(listening.getsockname()).unlink()
