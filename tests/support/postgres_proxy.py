"""A proxy before PostgreSQL: drops or silences connections, or answers as a pooler does."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_KEY_DATA = b"K\x00\x00\x00\x0c"  # the server tells the number of its process


class PostgresProxy:
    """A proxy on a port of this machine, in front of a server on another one.

    A connection on which `silent_at` passes is silenced.
    """

    def __init__(
        self, port: int, *, is_pooler: bool = False, silent_at: bytes | None = None
    ) -> None:
        self._port = port
        self._is_pooler = is_pooler
        self._silent_at = silent_at
        self._open: set[socket.socket] = set()
        self._silenced: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def forget(self) -> None:
        """Silence the open connections: pass nothing more on, and keep them open."""
        self._silenced |= self._open

    def cut(self) -> None:
        """Drop every connection."""
        for each in tuple(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Take no more connections, and drop those that are there."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        self._open.add(one)
        with suppress(OSError):
            while sent := one.recv(65536):
                if self._silent_at is not None and self._silent_at in sent:
                    self._silenced |= {one, other}
                if one not in self._silenced:
                    other.sendall(self._changed(sent))
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.discard(one)
        one.close()

    def _changed(self, sent: bytes) -> bytes:
        before, found, after = sent.partition(_KEY_DATA)
        if not (self._is_pooler and found):
            return sent
        return before + found + struct.pack("!i", 1) + after[4:]


@contextmanager
def running_postgres_proxy(
    port: int, *, is_pooler: bool = False, silent_at: bytes | None = None
) -> Iterator[PostgresProxy]:
    """Give a proxy in front of the server on a port."""
    proxy = PostgresProxy(port, is_pooler=is_pooler, silent_at=silent_at)
    try:
        yield proxy
    finally:
        proxy.close()
