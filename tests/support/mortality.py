"""Death of a command at a point between two steps that matter, as `kill -9` would have it.

commit:before   the transaction is written, not yet committed
commit:after    it is on disk
send:before     the intent is on disk, the request has not left
send:after      the server has answered (or not), nothing is recorded
replace:before  the results are written beside their place
replace:after   they are in place

It may also freeze itself, as SIGSTOP would have it, when the connection for a create is there: the
request is written one step of the event loop later.
"""

import os
import signal
import threading
from pathlib import Path
from typing import Any

DIED = 137


class Mortality:
    """Counts the points of this process in a log, and ends it at one of them."""

    def __init__(self, *, log: str, die_at: int = 0, die_on: str = "", freeze_at: int = 0) -> None:
        self._log = Path(log).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 - to the end
        self._die_at = die_at
        self._die_on = die_on
        self._creates_to_freeze = freeze_at
        self._count = 0
        self._lock = threading.Lock()

    def point(self, name: str) -> None:
        """Log a point, and die there if it is the one."""
        with self._lock:
            self._count += 1
            self._log.write(f"{name}\n")
            if self._count == self._die_at or name == self._die_on:
                os._exit(DIED)

    def install(self) -> None:
        """Let commits, requests and files that are put in their place pass through points."""
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
            counts = prepared.method in ("POST", "PATCH", "DELETE")
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
        if self._creates_to_freeze:
            self._freeze_before_writing()

    def _freeze_before_writing(self) -> None:
        from loader.api.transport import _Connector  # noqa: PLC0415

        connect = _Connector.connect

        async def freezing_connect(connector: Any, request: Any, *args: Any, **more: Any) -> Any:
            connection = await connect(connector, request, *args, **more)
            if request.method == "POST":
                self._creates_to_freeze -= 1
                if self._creates_to_freeze == 0:
                    os.kill(os.getpid(), signal.SIGSTOP)
            return connection

        _Connector.connect = freezing_connect  # type: ignore[method-assign]


def _lies_there(name: Any, *, folder: int | None) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
