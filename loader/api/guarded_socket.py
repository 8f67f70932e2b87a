"""Sockets that ask a request, in the system call that writes it, whether it may be written.

A process may be frozen between the connector and the system call (a step of the event loop lies in
between), and be woken when another one has taken over. Not even this sees a freeze in the few
instructions between the check and the kernel.
"""

import socket
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, Final, Protocol

import aiohttp


class Guarded(Protocol):
    """A request under way."""

    def check_before_write(self) -> None: ...  # raises an `OSError`: nothing may be written


WRITING: Final[ContextVar[Guarded]] = ContextVar("writing")  # the request of this task


class _GuardedSocket(socket.socket):
    def send(self, data: Any, flags: int = 0, /) -> int:  # Any: bytes-like
        _check()
        return super().send(data, flags)

    def sendmsg(self, buffers: Iterable[Any], *more: Any) -> int:
        _check()
        return super().sendmsg(buffers, *more)


def new_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """Return a socket for an address, as aiohttp's `socket_factory`."""
    family, kind, protocol, *_ = address
    return _GuardedSocket(family, kind, protocol)


def _check() -> None:
    request = WRITING.get(None)
    if request is not None:
        request.check_before_write()
