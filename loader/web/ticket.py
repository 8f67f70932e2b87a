"""Tickets and sessions: how a browser that opens the printed link becomes one that is known.

A ticket is used once. It becomes a cookie, which the browser sends, and a token, which the pages
send with every change: another page of the same browser has neither.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_BYTES: Final = 32
_MOST: Final = 200  # tickets and sessions that are known at once; the oldest are forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser. `person` is who signed in at a proxy, "" for the user of this machine."""

    cookie: str
    token: str
    person: str = ""


class Sessions:
    """The sessions of one server."""

    def __init__(self) -> None:
        self._tickets: OrderedDict[str, str] = OrderedDict()
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def ticket(self, path: str = "/") -> str:
        """Make a ticket that opens one session, on the page of that path."""
        ticket = secrets.token_urlsafe(_BYTES)
        self._tickets[ticket] = path
        _shorten(self._tickets)
        return ticket

    def redeem(self, ticket: str) -> tuple[Session, str] | None:
        """Use up a ticket: a session and its first page; None where it was never made, or used."""
        path = self._tickets.pop(ticket, None)
        return None if path is None else (self.begin(), path)

    def begin(self, *, person: str = "") -> Session:
        """Open a session without a ticket: somebody else has made sure who it is."""
        session = Session(
            cookie=secrets.token_urlsafe(_BYTES),
            token=secrets.token_urlsafe(_BYTES),
            person=person,
        )
        self._sessions[session.cookie] = session
        _shorten(self._sessions)
        return session

    def of(self, cookie: str) -> Session | None:
        """Return the session of a cookie."""
        return self._sessions.get(cookie)


def _shorten(known: "OrderedDict[str, str] | OrderedDict[str, Session]") -> None:
    while len(known) > _MOST:
        known.popitem(last=False)
