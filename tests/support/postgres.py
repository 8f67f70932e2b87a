"""A PostgreSQL server of the tests' own: one for all workers, a database for each test."""

import fcntl
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from loader.journal_address import DatabaseAddress
from tests.support.free_ports import free_port
from tests.support.parents import end_with_parent

USER, PASSWORD = "loader", "the-word-of-the-database-7Q"
_QUICK = {"fsync": "off", "full_page_writes": "off"}
_SMALL = {
    "shared_buffers": "16MB",
    "max_connections": "100",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def programs() -> Path | None:
    """The folder of the server's programs; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def why_unavailable() -> str:
    """Why there is no server on this machine; "" where there is one."""
    if programs() is None:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if os.geteuid() == 0 and not _has_user("postgres"):
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


@dataclass
class Server:
    """A running server. `folder` holds its data and its socket."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def address(self, database: str, *, host: str = "", options: str = "") -> DatabaseAddress:
        """The address of a database: through the socket, or through a host with a password."""
        query = f"?options={options}" if options else ""
        if host:
            return DatabaseAddress.parse(f"postgresql://{USER}:{PASSWORD}@{host}/{database}{query}")
        folder = str(self.folder).replace("/", "%2F")
        return DatabaseAddress.parse(f"postgresql://{USER}@{folder}:{self.port}/{database}{query}")

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the owner of the server."""
        with self.session(database) as session:
            for statement in statements:
                session.execute(statement.encode())

    def session(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A session of the owner of the server."""
        return psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname=database, autocommit=True
        )

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new, empty database."""
        name = f"t_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name} OWNER {USER} STRATEGY file_copy")
        try:
            yield name
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def end_owners(self, database: str) -> None:
        """End the sessions of a database that own a target."""
        self.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_database"
            " ON pg_database.oid = pg_locks.database"
            f" WHERE locktype = 'advisory' AND datname = '{database}'"
        )

    def empty(self, database: str) -> None:
        """Remove every row of a journal; where there is none yet, nothing happens."""
        with self.session(database) as session:
            found = session.execute(
                "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables"
                " WHERE schemaname = 'public' AND tablename <> 'journal_format'"
            ).fetchone()
            if found and found[0]:
                session.execute(f"TRUNCATE {found[0]} RESTART IDENTITY".encode())

    def start(self, **settings: str) -> None:
        """Start it (again), and wait until it answers."""
        given = {
            **_SMALL,
            **settings,
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
        }
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    _program("postgres"),
                    "-D",
                    str(self.folder / "data"),
                    *(part for name, value in given.items() for part in ("-c", f"{name}={value}")),
                ],
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - before the first thread
                **_as_user(),
            )
        for _ in range(600):
            try:
                self.session().close()
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends every session first, SIGQUIT is as good as a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)


@contextmanager
def new_server(**settings: str) -> Iterator[Server]:
    """A server of its own."""
    folder = Path(tempfile.mkdtemp(prefix="loader-postgres-", dir=_memory()))
    server = Server(folder, free_port())
    try:
        _own(folder)
        subprocess.run(
            [
                _program("initdb"),
                *("-D", str(folder / "data"), "-U", "postgres", "-E", "UTF8", "--locale=C"),
                *("--no-sync", "--no-instructions"),
                *("--auth-local=trust", "--auth-host=scram-sha-256"),
            ],
            check=True,
            capture_output=True,
            **_as_user(),
        )
        server.start(**settings)
        server.run(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def shared_server(folder: Path) -> Iterator[Server]:
    """The server that all workers share, whose state is in `folder`; the first one starts it."""
    state = folder / "postgres"
    with (folder / "postgres.users").open("a") as users:
        with _locked(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            if state.exists():
                place, port = state.read_text("utf-8").split()
                yields = Server(Path(place), int(port))
                mine = None
            else:
                mine = new_server(**_QUICK)
                yields = mine.__enter__()
                state.write_text(f"{yields.folder} {yields.port}", "utf-8")
        try:
            yield yields
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if mine is not None:
                with _locked(folder):
                    fcntl.flock(users, fcntl.LOCK_EX)
                    state.unlink()
                    mine.__exit__(None, None, None)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "postgres.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _program(name: str) -> str:
    folder = programs()
    assert folder is not None
    return str(folder / name)


def _version(path: Path) -> int:
    found = re.search(r"/(\d+)/bin", str(path))
    return int(found[1]) if found else 0


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _has_user(name: str) -> bool:
    import pwd  # noqa: PLC0415 - not on Windows

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _as_user() -> dict[str, Any]:  # Any: what Popen takes
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": [], "cwd": "/"}


def _own(folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
