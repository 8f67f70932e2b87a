"""Where a benchmark runs: its inputs, its child processes, how often, at what size.

Each piece of work runs in a process of its own. CPU-seconds of the client count, never wall time:
the median of three runs, or one run where it is long. A peer that is not installed is reported.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from benchmarks.line import Peer, Ran
from benchmarks.rows import write_csv, write_xlsx
from benchmarks.watch import NOT_INSTALLED

ROOT: Final = Path(__file__).parents[1]
_LONG_SECONDS: Final = 20.0  # a run that takes longer is not repeated
# A small process gives memory back to the kernel at each read and takes it again, a larger one does
# not: by that chance a request by aiohttp alone cost a fifth more. So other clients keep theirs.
STEADY_HEAP: Final[Mapping[str, str]] = MappingProxyType(
    {"MALLOC_TRIM_THRESHOLD_": str(2**26), "MALLOC_MMAP_THRESHOLD_": str(2**25)}
)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
Costs = Mapping[str, float]  # "cpu", "wall", "peak_mb" and what a piece of work tells besides


class NotInstalledError(Exception):
    """What a peer needs is not on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The medians of some runs."""

    costs: Costs
    runs: int

    @property
    def cpu(self) -> float:
        """CPU-seconds."""
        return self.costs["cpu"]

    @property
    def peak_mb(self) -> float:
        """The largest memory, in megabytes."""
        return self.costs["peak_mb"]

    def ran(self, size: int | None = None, *, of: int | None = None, unit: str = "rows") -> Ran:
        """Say at what size this was measured."""
        return Ran(size=size, runs=self.runs, of=of, unit=unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where inputs lie, how often each thing is measured, and at what part of the full size."""

    folder: Path
    repeats: int = 3
    scale: float = 1.0
    full: bool = False  # what takes an hour, too
    with_peers: bool = True
    plots: dict[str, str] = field(default_factory=dict)  # name -> SVG
    yardsticks: list[float] = field(default_factory=list)  # CPU-seconds, see `yardstick`

    def rows(self, full: int) -> int:
        """Return how many rows stand for `full` of them."""
        return min(full, max(100, int(full * self.scale)))

    def can_judge(self, count: int, *, full: int) -> bool:
        """Whether so many rows are enough for a ratio: fixed costs are less than 5 %."""
        return count >= full / 2

    def csv(self, count: int, *, bad_share: float = 0.0) -> str:
        """Return a CSV file of so many rows."""
        path = self.folder / f"rows-{count}-{bad_share}.csv"
        return str(write_csv(path, count, bad_share=bad_share))

    def xlsx(self, count: int) -> str:
        """Return a workbook of so many rows."""
        return str(write_xlsx(self.folder / f"rows-{count}.xlsx", count))

    def cost(self, *words: str) -> Measured:
        """Return the costs of a piece of work ("module:function" and its arguments)."""
        return self.repeated(lambda: _work(words))

    def measure_machine_speed(self) -> None:
        """Measure how fast the machine is now."""
        self.yardsticks.append(_work(("yardstick:plain_loop",))["cpu"])

    def command(self, words: Sequence[str]) -> Measured:
        """Return the costs of a command of the loader."""
        return self.repeated(lambda: run_command(words))

    def peers(
        self,
        table: Sequence[tuple[str, str, float]],
        words: Callable[[int], Sequence[str]],
        *,
        count: int,
        of: int,
    ) -> tuple[Peer, ...]:
        """Return what peers cost. `table`: name, work, and the share of `count` that is run of it.

        `words` makes the arguments of a piece of work from the size that it is run at.
        """
        found = []
        for name, work, share in table if self.with_peers else ():
            size = max(1, int(count * share))
            arguments = (work, *words(size))
            try:
                cpu = self.cost(*arguments).cpu * of / size
            except NotInstalledError:
                found.append(Peer(name=name, found=None))
            else:
                found.append(Peer(name=name, found=cpu, size=None if size == count else size))
        return tuple(found)

    def repeated(self, run: Callable[[], Costs]) -> Measured:
        """Return the medians of some runs, or the one run that was long."""
        started = time.monotonic()
        costs = [run()]
        if time.monotonic() - started < _LONG_SECONDS:
            costs += [run() for _ in range(self.repeats - 1)]
        return _medians(costs)

    def compared(
        self,
        work: str,
        table: Sequence[tuple[str, str, float]],
        words: Callable[[int], Sequence[str]],
        *,
        count: int,
        of: int,
    ) -> tuple[Measured, tuple[Peer, ...]]:
        """Return what our work costs and what peers cost, the first of them in turns with ours.

        That one is the peer that a target names; `table` and `words` as in `peers`.
        """
        if not self.with_peers:
            return self.cost(work, *words(count)), ()
        (name, theirs, share), *others = table
        size = max(1, int(count * share))
        works = [(work, *words(count)), (theirs, *words(size))]
        ours, first = self.in_turns(works, rounds=max(3, self.repeats))
        cpu = first.cpu * of / size
        peer = Peer(name=name, found=cpu, size=None if size == count else size)
        return ours, (peer, *self.peers(others, words, count=count, of=of))

    def in_turns(
        self, works: Sequence[Sequence[str]], *, rounds: int | None = None
    ) -> list[Measured]:
        """Return the costs of works that are held against each other: a slow minute hits all."""
        return self.repeated_in_turns(
            [partial(_work, tuple(words)) for words in works], rounds=rounds
        )

    def repeated_in_turns(
        self, runs: Sequence[Callable[[], Costs]], *, rounds: int | None = None
    ) -> list[Measured]:
        """Return the medians of runs that alternate; `NotInstalledError` is the caller's."""
        count = 2 * self.repeats - 1 if rounds is None else rounds
        costs = [[run() for run in runs] for _ in range(count)]
        return [_medians(each) for each in zip(*costs, strict=True)]


def _medians(costs: Sequence[Costs]) -> Measured:
    medians = {key: statistics.median(each[key] for each in costs) for key in costs[0]}
    return Measured(costs=medians, runs=len(costs))


def _work(words: tuple[str, ...]) -> Costs:
    """Do a piece of work in a process of its own. Raises `NotInstalledError`."""
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.watch", *words],
        cwd=ROOT, env={**os.environ, **(STEADY_HEAP if words[0].startswith("peers.http:") else {})},
        check=False, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    if ran.returncode == NOT_INSTALLED:
        raise NotInstalledError(words[0])
    if ran.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {ran.returncode}")
    found: Costs = json.loads(ran.stdout.splitlines()[-1])
    return found


def run_command(words: Sequence[str], variables: Mapping[str, str] = _NOTHING) -> Costs:
    """Run a command of the loader once."""
    return run_python(["-m", "benchmarks.installed", *words], variables)


def run_python(words: Sequence[str], variables: Mapping[str, str] = _NOTHING) -> Costs:
    """Run Python once, with these arguments."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:  # 1: some rows are invalid, as meant
        raise RuntimeError(f"python {' '.join(words)} ended with {process.returncode}")
    return {
        "cpu": used.ru_utime + used.ru_stime,
        "wall": time.monotonic() - started,
        "peak_mb": used.ru_maxrss / 1024,
    }
