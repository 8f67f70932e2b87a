"""In whose name this process writes: its user, unless a door knows another person."""

import getpass
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

if sys.platform != "win32":
    import pwd

_named: Final[ContextVar[str]] = ContextVar("person", default="")


@contextmanager
def acting_as(person: str) -> Iterator[None]:
    """Write in the name of a person whom a door has authenticated; "" is the process's user."""
    token = _named.set(person)
    try:
        yield
    finally:
        _named.reset(token)


def current_person() -> str:
    """Return who acts: the person that a door named, else who runs this process, as user@host.

    The user is not taken from a variable of the environment, which anybody can set.
    """
    return _named.get() or _user_here()


def _user_here() -> str:
    if sys.platform == "win32":
        user = getpass.getuser()
    else:
        try:
            user = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:  # a container may have no name for its user
            user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"
