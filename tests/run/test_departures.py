"""No window of a second holds more departures than the set rate, while the machine stands still.

A departure is when bytes go to the socket; it happened between the two moments
that enclose the call, and only departures that surely lie within a second are counted as such.
"""

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from loader.delivery.stop import StopSignal
from loader.errors import ExitCode
from loader.events import Event, RequestAnswered, RequestSent
from loader.run.apply.load import load_files
from loader.run.requests import LoadRequest
from loader.settings import load_settings
from offer_sandbox import running_sandbox
from tests.support.workbooks import PLACEMENT, connection_variables

RATE = 10
ROWS = 25


class Stalling:
    """Blocks the event loop twice: just before a request leaves, and when a reply came."""

    def __init__(self) -> None:
        self._sent = self._answered = 0

    def __call__(self, event: Event) -> None:
        match event:
            case RequestSent():
                self._sent += 1
                if self._sent == 5:
                    time.sleep(0.3)
            case RequestAnswered():
                self._answered += 1
                if self._answered == 8:
                    time.sleep(0.15)


def test_a_stall_shifts_what_follows_and_no_window_holds_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    departures: list[tuple[float, float]] = []
    send = socket.socket.send

    def timed(self: socket.socket, data: Any, *more: Any) -> int:
        before = time.monotonic()
        sent = send(self, data, *more)
        if bytes(data[:5]) == b"POST " and b"/offers" in bytes(data[:100]):
            departures.append((before, time.monotonic()))
        return sent

    source = tmp_path / "offers.csv"
    rows = (f"Offer {n},{PLACEMENT},html,web,Text {n}" for n in range(ROWS))
    source.write_text("\n".join(["name,placement,type,channel,content", *rows]), "utf-8")
    with running_sandbox() as sandbox:
        settings = load_settings(
            environment={
                **connection_variables(sandbox),
                "LOADER_JOURNAL": str(tmp_path / "journal.sqlite3"),
                "LOADER_PLACEMENTS": "ids-only",
                "LOADER_MAX_PER_SECOND": str(RATE),
                "LOADER_MAX_IN_FLIGHT": "16",
            }
        )
        monkeypatch.setattr(socket.socket, "send", timed)
        request = LoadRequest(sources=(str(source),), results=tmp_path / "results.csv")
        report = load_files(request, settings, listener=Stalling(), confirm=None, stop=StopSignal())

    assert report.exit_code == ExitCode.OK
    assert len(departures) == ROWS
    for (first, _), (_, last) in zip(departures, departures[RATE:], strict=False):
        assert last - first >= 1.0, f"{RATE + 1} requests left within a second"
