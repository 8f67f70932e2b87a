"""How long a target is without an owner: from a death, or a freeze, until a stand-by owns it.

The owner is a process of its own (`python -m benchmarks.takeover ADDRESS SECONDS`); the stand-by
looks as often as one of `loader load --wait` does.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from loader.errors import JournalBusy
from loader.journal import open_journal
from loader.journal_address import DatabaseAddress
from tests.support.postgres import new_server

TARGET = "https://example.com|org|dev"
LOOK_SECONDS = 0.2
MOST_SECONDS = 60.0


def seconds_without_owner(
    blows: tuple[signal.Signals, ...], *, silent_seconds: float
) -> list[float]:
    """Strike an owner with each of some signals; return how long each time it took."""
    with new_server(fsync="on") as server, server.database() as database:
        address = replace(server.address(database), silent_seconds=silent_seconds)
        return [_taken_over(address, blow) for blow in blows]


def _taken_over(address: DatabaseAddress, blow: signal.Signals) -> float:
    with open_journal(address, clock=time.time) as standby, _owner(address) as owner:
        owner.send_signal(blow)
        begun = time.monotonic()
        while time.monotonic() - begun < MOST_SECONDS:
            try:
                with standby.lease(TARGET):
                    return time.monotonic() - begun
            except JournalBusy:
                time.sleep(LOOK_SECONDS)
    raise AssertionError(f"nobody took over within {MOST_SECONDS:g} seconds")


@contextmanager
def _owner(address: DatabaseAddress) -> Iterator["subprocess.Popen[bytes]"]:
    command = (
        sys.executable,
        "-m",
        "benchmarks.takeover",
        address.url,
        str(address.silent_seconds),
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        try:
            assert owner.stdout is not None
            assert owner.stdout.readline() == b"owned\n"
            yield owner
        finally:
            owner.kill()


def main() -> int:
    """Own the target until somebody ends this process."""
    address = DatabaseAddress.parse(sys.argv[1])
    address = replace(address, silent_seconds=float(sys.argv[2]))
    with open_journal(address, clock=time.time) as journal, journal.lease(TARGET):
        sys.stdout.write("owned\n")
        sys.stdout.flush()
        time.sleep(MOST_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
