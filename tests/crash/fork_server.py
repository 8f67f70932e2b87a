"""A process that has imported the loader and forks a child for every command: fast, and mortal.

The child may die at a point between two steps that matter, as `kill -9` would have it:

    commit:before   the transaction is written, not yet committed
    commit:after    it is on disk
    send:before     the intent is on disk, the request has not left
    send:after      the server has answered (or not), nothing is recorded
    replace:before  the results are written beside their place
    replace:after   they are in place

Run as `python -m tests.crash.fork_server`: jobs come as lines of JSON, answers go back as such.
"""

import gc
import io
import json
import os
import pkgutil
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import loader.cli
import loader.journal
import loader.results
import loader.run
from loader.__main__ import main as loader_main
from tests.support.short_waits import shorten_waits

DIED = 137
PACKAGES = (loader.cli, loader.journal, loader.results, loader.run)
WARM = (  # what else children need not import
    "anyio._backends._asyncio",
    "encodings.cp437",
    "encodings.utf_16_le",
    "httpcore",
    "loader.api.client",
    "loader.inbox.metrics",
    "loader.inbox.service",
    "loader.profile.drafting",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One command, from its start to its end."""

    code: int
    out: str
    err: str
    points: tuple[str, ...]  # that it passed

    @property
    def died(self) -> bool:
        """Whether it was ended by us."""
        return self.code in (DIED, -signal.SIGKILL)


class ForkServer:
    """The handle: runs commands one after the other.

    `measured`: their coverage counts, which takes as long again as the commands themselves.
    """

    def __init__(self, *, measured: bool) -> None:
        kept = {k: v for k, v in os.environ.items() if measured or not k.startswith("COVERAGE_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.fork_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env=kept,
        )

    @property
    def pid(self) -> int:
        """The process that is the parent of every command."""
        return self._process.pid

    def run(
        self,
        *arguments: str,
        folder: Path,
        variables: Mapping[str, str],
        mortal: bool = True,
        die_at: int = 0,
        die_on: str = "",
        kill_after: float | None = None,
    ) -> Life:
        """Run one command; let it die at a point (its number from 1, or name), or after seconds.

        `mortal`: note the points that it passes. `variables` win over the zygote's own, of which
        none of the loader's settings are left.
        """
        job = {
            "arguments": arguments,
            "folder": str(folder),
            "variables": dict(variables),
            "mortal": mortal,
            "die_at": die_at,
            "die_on": die_on,
            "kill_after": kill_after,
        }
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Life(**{**answer, "points": tuple(answer["points"])})

    def close(self) -> None:
        """End it."""
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@contextmanager
def fork_server() -> Iterator[ForkServer]:
    """A fork_server for a block, of lives that die by the hundred."""
    made = ForkServer(measured=False)
    try:
        yield made
    finally:
        made.close()


class _Mortality:
    """Counts the points of a child, and ends it at one of them."""

    def __init__(self, log: Path, die_at: int, die_on: str) -> None:
        self._log = log.open("a", encoding="utf-8", buffering=1)
        self._die_at = die_at
        self._die_on = die_on
        self._count = 0
        self._lock = threading.Lock()

    def point(self, name: str) -> None:
        with self._lock:
            self._count += 1
            self._log.write(f"{name}\n")
            if self._count == self._die_at or name == self._die_on:
                os._exit(DIED)

    def install(self) -> None:
        from loader.api.transport import Transport  # noqa: PLC0415
        from loader.journal.postgres.database import PostgresDatabase  # noqa: PLC0415
        from loader.journal.sqlite.database import SqliteDatabase  # noqa: PLC0415

        exchange = Transport.exchange
        replace = os.replace

        def make_mortal(kind: Any) -> None:
            commit = kind.commit

            def mortal_commit(database: Any) -> None:
                self.point("commit:before")
                commit(database)
                self.point("commit:after")

            kind.commit = mortal_commit

        async def mortal_exchange(transport: Any, prepared: Any, *args: Any, **more: Any) -> Any:
            counts = prepared.method in ("POST", "DELETE")
            if counts:
                self.point("send:before")
            reply = await exchange(transport, prepared, *args, **more)
            if counts:
                self.point("send:after")
            return reply

        def mortal_replace(source: Any, target: Any, **folders: Any) -> None:
            if _lies_there(source, folder=folders.get("src_dir_fd")):
                self.point("replace:before")
            replace(source, target, **folders)
            self.point("replace:after")

        make_mortal(SqliteDatabase)
        make_mortal(PostgresDatabase)
        Transport.exchange = mortal_exchange
        os.replace = mortal_replace


def _lies_there(name: Any, *, folder: int | None) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _child(job: dict[str, Any], log: Path, out: Path, err: Path) -> None:
    """Be the command. Never returns."""
    code = 3
    try:
        os.chdir(job["folder"])
        for name in [name for name in os.environ if name.startswith("LOADER_")]:
            del os.environ[name]
        os.environ.update(job["variables"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descriptor, path in ((1, out), (2, err)):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(handle, descriptor)
        if job["mortal"]:
            _Mortality(log, job["die_at"], job["die_on"]).install()
        code = loader_main(job["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _serve() -> None:
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    for name in WARM:
        import_module(name)
    shorten_waits()
    with redirect_stdout(io.StringIO()):  # pandera imports much when it first checks something
        loader_main(["check", "samples/offers.csv"])
    gc.collect()
    gc.freeze()  # else the collector of each child would touch, and so copy, all that is imported
    place = Path(tempfile.mkdtemp(prefix="zygote-"))
    log, out, err = (place / name for name in ("points", "out", "err"))
    for text in sys.stdin:
        job = json.loads(text)
        log.write_text("", "utf-8")
        pid = os.fork()
        if pid == 0:
            _child(job, log, out, err)
        code = _wait(pid, job["kill_after"])
        answer = {
            "code": code,
            "out": _taken(out),
            "err": _taken(err),
            "points": log.read_text("utf-8").split(),
        }
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    shutil.rmtree(place)


def _taken(path: Path) -> str:
    """What a child said, which is then forgotten."""
    if not path.exists():
        return ""
    text = path.read_text("utf-8", "replace")
    path.unlink()
    return text


def _wait(pid: int, kill_after: float | None) -> int:
    until = None if kill_after is None else time.monotonic() + kill_after
    while True:
        options = 0 if until is None else os.WNOHANG
        ended, status = os.waitpid(pid, options)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if until is not None and time.monotonic() >= until:
            os.kill(pid, signal.SIGKILL)
            until = None
        else:
            time.sleep(0.005)


if __name__ == "__main__":
    _serve()
