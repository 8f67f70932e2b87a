"""Sockets that check, in the system call that writes, whether bytes may be written.

A process may be frozen between the connector and the system call (a step of the event loop lies in
between), and be woken when another one has taken over. Not even this sees a freeze in the few
instructions between the check and the kernel.
"""

import socket
from collections.abc import Callable, Iterable
from typing import Any

import aiohttp


class _GuardedSocket(socket.socket):
    check: Callable[[], None]

    def send(self, data: Any, flags: int = 0, /) -> int:  # Any: bytes-like
        self.check()
        return super().send(data, flags)

    def sendmsg(self, buffers: Iterable[Any], *more: Any) -> int:
        self.check()
        return super().sendmsg(buffers, *more)


def guarded_by(check: Callable[[], None]) -> Callable[[aiohttp.AddrInfoType], socket.socket]:
    """Return a `socket_factory` of aiohttp whose sockets call `check` before they write.

    `check` raises an `OSError` where nothing may be written.
    """

    def new_socket(address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, *_ = address
        made = _GuardedSocket(family, kind, protocol)
        made.check = check
        return made

    return new_socket
