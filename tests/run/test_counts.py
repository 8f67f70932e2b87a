"""What a load costs, by counting: statements, commits and connections, and memory beside rows.

Nothing is timed. Two sizes are loaded and what a row adds is the difference.
"""

import gc
import socket
import sqlite3
import tracemalloc
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loader.delivery import engine as turns
from loader.delivery.stop import StopSignal
from loader.errors import ExitCode
from loader.events import Event, Listener, PhaseBegan, silent
from loader.profile.model import Profile
from loader.run.apply.load import load_files
from loader.run.plan import plan_load
from loader.run.requests import LoadRequest, Reading
from loader.settings import load_settings
from loader.source import ReadOptions
from loader.source.query import Query, query_of
from loader.validation.fields import Fields
from offer_sandbox import running_sandbox
from tests.support.workbooks import PLACEMENT, connection_variables

IN_FLIGHT = 16
HEAVY = 2_000


class Counting:
    """Counts what is done in each phase of a load."""

    def __init__(self) -> None:
        self.phase = ""
        self.counts: Counter[str] = Counter()

    def __call__(self, event: Event) -> None:
        if isinstance(event, PhaseBegan):
            self.phase = event.name.split(maxsplit=1)[0]

    def count(self, what: str) -> None:
        self.counts[f"{what} while {self.phase}"] += 1


def heavy_offers(folder: Path, rows: int) -> Query:
    """Return offers that a database makes as they are read: nothing but rows takes memory."""
    path = folder / "offers.db"
    path.touch()
    return query_of(
        f"sqlite:///{path}",
        f"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {rows})"
        f" SELECT 'Offer ' || n AS name, '{PLACEMENT}' AS placement, 'html' AS type,"
        f" 'web' AS channel, n || printf('%0{HEAVY}d', n) AS content FROM r",
    )


def loaded(folder: Path, rows: int, listener: Listener) -> None:
    """Load so many offers into a new sandbox."""
    source = heavy_offers(folder, rows)
    with running_sandbox() as sandbox:
        settings = load_settings(
            environment={
                **connection_variables(sandbox),
                "LOADER_JOURNAL": str(folder / f"{rows}.sqlite3"),
                "LOADER_PLACEMENTS": "ids-only",
                "LOADER_MAX_PER_SECOND": "10000",
                "LOADER_MAX_IN_FLIGHT": str(IN_FLIGHT),
            }
        )
        request = LoadRequest(sources=(source,), results=folder / f"{rows}.results.csv")
        report = load_files(request, settings, listener=listener, confirm=None, stop=StopSignal())
    assert report.exit_code == ExitCode.OK


def counted(folder: Path, rows: int, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return what a load of so many offers does, by phase."""
    listener = Counting()
    open_database, connect = sqlite3.connect, socket.socket.connect

    def traced(path: object, *more: Any, **options: Any) -> sqlite3.Connection:
        connection = open_database(path, *more, **options)  # type: ignore[call-overload]
        if str(path) == str(folder / f"{rows}.sqlite3"):
            connection.set_trace_callback(heard)
        return connection  # type: ignore[no-any-return]

    def heard(statement: str) -> None:
        if not statement.startswith("--"):  # of a trigger
            listener.count("commit" if statement == "COMMIT" else "statement")

    def counted_connect(self: socket.socket, address: Any) -> None:
        listener.count("connection")
        connect(self, address)

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", traced)
        patch.setattr(socket.socket, "connect", counted_connect)
        loaded(folder, rows, listener)
    return listener.counts


def test_a_row_costs_few_statements_and_no_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = (counted(tmp_path, rows, monkeypatch) for rows in (60, 260))
    a_row = {what: (many[what] - few[what]) / 200 for what in many}

    assert a_row["statement while reading"] <= 3
    assert a_row["commit while reading"] < 0.02
    assert 0 < a_row["statement while sending"] < 7
    assert 0 < a_row["commit while sending"] <= 1  # intent and outcome, in groups
    assert many["connection while sending"] <= IN_FLIGHT + 1  # and one for the token


def test_memory_does_not_grow_with_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_small_chunks(reading: Reading, profile: Profile, fields: Fields) -> ReadOptions:
        return replace(options_of(reading, profile, fields), chunk_rows=50)

    options_of = plan_load.read_options  # type: ignore[attr-defined]
    monkeypatch.setattr(plan_load, "read_options", in_small_chunks)
    monkeypatch.setattr(turns, "_PAGE", 50)
    peaks = []
    for rows in (60, 150, 1_200):  # the first for what is imported or made once
        gc.collect()
        tracemalloc.start()
        loaded(tmp_path, rows, silent)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[2] - peaks[1] < 1_050 * HEAVY / 3, "a row that is kept takes HEAVY bytes"
