"""Commands of the loader in processes of their own, forked from one that has all imports done.

A process is started in a twentieth of the time that a new interpreter takes, and is as real as one:
it has a folder, an environment, standard streams, limits and signals of its own. What it lacks is
the start and the end of an interpreter: a test of those starts `python -m loader` itself.
"""

import atexit
import os
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.support.forked import DEVNULL, PIPE, Forked, Life, request_child
from tests.support.forked_parsers import parsers
from tests.support.forking_process import (
    SHARED_COMMANDS,
    ForkingProcess,
    connected,
    kept_variables,
)

__all__ = ["ForkServer", "Forked", "Life", "shared_fork_server"]


class ForkServer:
    """The handle of the process that forks. Commands may run side by side.

    `pid` is the number of the process that is the parent of every command; `close` ends it, unless
    it is that of the session.
    """

    def __init__(self, *, measured: bool) -> None:
        self._kept = kept_variables(measured=measured)
        shared = "" if measured else os.environ.get(SHARED_COMMANDS, "")
        if shared:
            pid, _, place = shared.partition(" ")
            self._control, self.pid = connected(place), int(pid)
            self.close = self._control.close
        else:
            ours = ForkingProcess("tests.support.forking", parsers().fileno(), env=self._kept)
            self._control, self.pid, self.close = ours.control, ours.pid, ours.close

    def start(
        self,
        *arguments: str,
        folder: Path,
        variables: Mapping[str, str],
        stdin: int = DEVNULL,
        stdout: int = PIPE,
        stderr: int = PIPE,
        limits: Mapping[str, int] | None = None,
        points: Mapping[str, object] | None = None,
        forks_parsers: bool = True,
    ) -> Forked[str]:
        """Start a command. Each stream is a descriptor, PIPE or DEVNULL; limits are by their name.

        `variables` win over the environment of this process, of which none of the loader's
        settings are left. `forks_parsers`: files are read in forked processes, too.
        """
        job = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": {**self._kept, **variables},
            "limits": dict(limits or {}),
            "points": points and dict(points),
            "forks_parsers": forks_parsers,
        }
        return request_child(
            self._control, job, text=True, stdin=stdin, stdout=stdout, stderr=stderr
        )

    def run(
        self,
        *arguments: str,
        folder: Path,
        variables: Mapping[str, str],
        mortal: bool = True,
        die_at: int = 0,
        die_on: str = "",
        kill_after: float | None = None,
        forks_parsers: bool = True,
    ) -> Life:
        """Run one command; let it die at a point (its number from 1, or name), or after seconds.

        `mortal`: note the points that it passes.
        """
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out,
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as err,
            tempfile.NamedTemporaryFile("r", encoding="utf-8") as log,
        ):
            command = self.start(
                *arguments,
                folder=folder,
                variables=variables,
                stdout=out.fileno(),
                stderr=err.fileno(),
                points={"log": log.name, "die_at": die_at, "die_on": die_on} if mortal else None,
                forks_parsers=forks_parsers,
            )
            try:
                code = command.wait(kill_after)
            except subprocess.TimeoutExpired:
                command.kill()
                code = command.wait()
            out.seek(0)
            err.seek(0)
            return Life(code=code, out=out.read(), err=err.read(), points=(*log.read().split(),))


@cache
def shared_fork_server(*, measured: bool = True) -> ForkServer:
    """The server of this process or of the session, started when it is first needed.

    `measured`: the coverage of its commands counts, which takes as long again as they themselves.
    """
    if measured and not any(name.startswith("COVERAGE_") for name in os.environ):
        return shared_fork_server(measured=False)
    made = ForkServer(measured=measured)
    atexit.register(made.close)
    return made
