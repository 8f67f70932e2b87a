"""The rate, as the server saw it: a set rate that holds, and a server that allows less than set.

These lines measure seconds, so they are not scaled. They cost little and run once, side by side.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.bench import Bench, run_command
from benchmarks.line import Line, Ran
from benchmarks.plot import Axis, plot
from benchmarks.rate_log import (
    Log,
    accepted_rate,
    held_rate,
    most_in_a_window,
    per_second,
    read_log,
)
from benchmarks.server import running_server, settings_for

SET = 50
ALLOWED = 20
SET_TOO_HIGH = 100  # for a loader that may send only ALLOWED
LEARNING_SECONDS = 10
SPARE_SECONDS = 10  # of rows, so that the last ones, which wait alone, are not what is measured


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """So many rows at so many a second, to a server that allows so many."""

    rows: int
    per_second: int
    limit: int = 0
    retry_after: int = 0


def rate(bench: Bench) -> Iterator[Line]:
    """Held, never exceeded, adapted."""
    seconds = max(20, round(60 * min(1, bench.scale)))
    limited = [
        _Load(
            rows=ALLOWED * (seconds + SPARE_SECONDS),
            per_second=SET_TOO_HIGH,
            limit=ALLOWED,
            retry_after=retry_after,
        )
        for retry_after in (0, 1)
    ]
    loads = [_Load(rows=SET * seconds + 1, per_second=SET), *limited]
    sources = [bench.csv(load.rows) for load in loads]
    with ThreadPoolExecutor(len(loads)) as pool:
        held, *adapted = pool.map(lambda both: _log(bench, *both), zip(loads, sources, strict=True))
    bench.plots["rate"] = _plot([held, *adapted])
    yield from _held(held, is_full=seconds == 60)
    for load, log in zip(limited, adapted, strict=True):
        yield _adapted(load, log, seconds=seconds)


def _held(log: Log, *, is_full: bool) -> Iterator[Line]:
    times = [at for at, _ in log]
    ran = Ran(size=len(log), runs=1, unit=f"requests in {times[-1]:.0f} s")
    yield Line(
        what=f"a set {SET}/s, off by",
        found=abs(held_rate(times) / SET - 1) * 100,
        unit="%",
        target=1.0,
        judged=is_full,
        ran=ran,
    )
    yield Line(
        what=f"a set {SET}/s, most in any second",
        found=most_in_a_window(times),
        unit="requests",
        target=SET,
        ran=ran,
    )


def _adapted(load: _Load, log: Log, *, seconds: int) -> Line:
    until = min(seconds, log[-1][0])
    held = accepted_rate(log, since=LEARNING_SECONDS, until=until) / ALLOWED * 100
    refused = sum(1 for _, status in log if status == 429)
    asks = f" (Retry-After {load.retry_after} s)" if load.retry_after else ""
    span = f"from second {LEARNING_SECONDS} to {until:.0f}"
    return Line(
        what=f"set to {SET_TOO_HIGH}/s where {ALLOWED}/s are allowed{asks}: used of these {span}",
        found=held,
        unit="%",
        target=95.0,
        at_least=True,
        judged=seconds == 60,
        ran=Ran(size=len(log), runs=1, unit=f"requests in {log[-1][0]:.0f} s, {refused} refused"),
    )


def _plot(logs: Sequence[Log]) -> str:
    names = (
        f"set to {SET}/s",
        f"set to {SET_TOO_HIGH}/s where {ALLOWED}/s are allowed",
        "the same, and every 429 asks to wait 1 s",
    )
    curves = dict(zip(names, map(per_second, logs), strict=True))
    last = max(log[-1][0] for log in logs)
    return plot(
        "Requests taken in each second, as the server counts them",
        Axis(title="seconds", ticks=range(0, 600, 20), least=0, most=last),
        Axis(title="requests/s", ticks=range(0, 101, 10), least=0, most=SET + 20),
        curves,
    )


def _log(bench: Bench, load: _Load, source: str) -> Log:
    """Load, and return what the server saw."""
    with TemporaryDirectory(dir=bench.folder) as place:
        log = Path(place, "requests.log")
        words = ["load", source, "--results", f"{place}/r.csv", "--quiet", "--yes"]
        with running_server(
            bench.folder, log=log, limit=load.limit, retry_after=load.retry_after
        ) as address:
            variables = settings_for(
                address,
                LOADER_JOURNAL=f"{place}/j.sqlite3",
                LOADER_MAX_PER_SECOND=str(load.per_second),
                LOADER_MAX_IN_FLIGHT="32",
                LOADER_PLACEMENTS="ids-only",
            )
            run_command(words, variables)
        return read_log(log)
