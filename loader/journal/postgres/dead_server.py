"""Notice a server that does not answer any more, and give the session up.

A server that is frozen, or a network device that has forgotten the connection, still keeps it open:
whoever waits for an answer waits for ever. So the server is asked on a new connection whether it is
still at work for this session.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg

SILENT_SECONDS: Final = 15.0  # until it is asked
_CHECKS: Final = 4  # in that time
IsAtWork = Callable[[], bool]


class DeadServerWatch:
    """Closes a session whose server does not answer and is not at work for it."""

    def __init__(self, session: psycopg.Connection[Any], is_at_work: IsAtWork) -> None:
        self.why = ""  # why the session was given up
        self._session = session
        self._is_at_work = is_at_work
        self._asked_at: float | None = None
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Wait for an answer within the block."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._check_often, name="journal", daemon=True)
            self._thread.start()
        self._asked_at = time.monotonic()
        try:
            yield
        finally:
            self._asked_at = None

    def stop(self) -> None:
        """Stop watching."""
        self._is_over.set()

    def _check_often(self) -> None:
        while not self._is_over.wait(SILENT_SECONDS / _CHECKS):
            asked_at = self._asked_at
            if asked_at is None or time.monotonic() - asked_at < SILENT_SECONDS:
                continue
            if self._is_at_work() or self._is_over.wait(SILENT_SECONDS / _CHECKS):
                continue
            if self._asked_at == asked_at:  # no answer was on its way
                self._give_up()
                return

    def _give_up(self) -> None:
        self.why = _not_answered(SILENT_SECONDS)
        _shut_down_connection(self._session)


@contextmanager
def answered_within(session: psycopg.Connection[Any], seconds: float) -> Iterator[None]:
    """Give the session up when its few statements within the block take longer than that.

    Raises `psycopg.OperationalError`, which says so.
    """
    given_up = threading.Event()

    def give_up() -> None:
        given_up.set()
        _shut_down_connection(session)

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except psycopg.Error as error:
        if given_up.is_set():
            raise psycopg.OperationalError(_not_answered(seconds)) from error
        raise
    finally:
        timer.cancel()


def _not_answered(seconds: float) -> str:
    return f"the server does not answer, for {seconds:g} seconds"


def _shut_down_connection(session: psycopg.Connection[Any]) -> None:
    """Shut the connection down, so that whoever waits for the server gets an error."""
    with (
        suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(session.fileno())) as connection,
    ):
        connection.shutdown(socket.SHUT_RDWR)
