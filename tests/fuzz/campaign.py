"""Trials of one target, one after the other; the same seed gives the same trials again.

A trial is a find where it raises, takes too much computing time or too much memory. Its folder and
its story are kept.
"""

import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.fuzz.target import Target, demand

MOST_SECONDS = 20.0  # of computing, of this process and its children
MOST_MEGABYTES = 700  # more than before the trial
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Campaign:
    """Tries a target again and again."""

    def __init__(self, name: str, target: Target, *, seed: int, keep: Path) -> None:
        self.name = name
        self.finds = 0
        self.trials = 0
        self.ends: Counter[str] = Counter()
        self._target = target
        self._seed = seed
        self._keep = keep
        self._slowest = (0.0, 0)
        self._greediest = (0, 0)

    def step(self) -> str:
        """Try once; return "" or where a find is kept, and what it is."""
        self.trials += 1
        return self.replay(self.trials)

    def replay(self, number: int) -> str:
        """Try what a seed and a number stand for."""
        dice = random.Random(f"{self._seed}/{number}")
        with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
            try:
                before, started = _resident(forget_peak=True), _computed()
                self.ends[self._target.attempt(dice, Path(name))] += 1
                self._judge(number, seconds=_computed() - started, megabytes=_peak() - before)
            except Exception:  # noqa: BLE001  # whatever it is, it is what we look for
                return self._kept(Path(name), number, traceback.format_exc())
        return ""

    def _judge(self, number: int, *, seconds: float, megabytes: int) -> None:
        self._slowest = max(self._slowest, (seconds, number))
        self._greediest = max(self._greediest, (megabytes, number))
        demand(seconds <= MOST_SECONDS, f"it took {seconds:.1f} CPU-seconds")
        demand(megabytes <= MOST_MEGABYTES, f"it took {megabytes} MB")

    def _kept(self, folder: Path, number: int, story: str) -> str:
        self.finds += 1
        to = self._keep / f"{self.name}-{self._seed}-{number}"
        shutil.copytree(folder, to, dirs_exist_ok=True)
        (to / "story.txt").write_text(story, "utf-8", "backslashreplace")
        return f"{to}: {story.strip().splitlines()[-1][:300]}"

    def summary(self) -> str:
        """Say what was tried."""
        (seconds, slow), (megabytes, greedy) = self._slowest, self._greediest
        ends = "".join(f"\n{count:8,}  {end}" for end, count in self.ends.most_common())
        return (
            f"{self.name}: {self.trials:,} trials, {self.finds} finds; the slowest (number {slow})"
            f" took {seconds:.1f} CPU-s, the greediest (number {greedy}) {megabytes} MB{ends}"
        )


def _computed() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _resident(*, forget_peak: bool) -> int:
    """Return the memory of this process now, in MB; 0 where the system does not say."""
    if sys.platform != "linux":
        return 0
    if forget_peak:
        _CLEAR.write_text("5", "ascii")
    return _megabytes("VmRSS:")


def _peak() -> int:
    return _megabytes("VmHWM:") if sys.platform == "linux" else 0


def _megabytes(what: str) -> int:
    line = next(each for each in _STATUS.read_text("ascii").splitlines() if each.startswith(what))
    return int(line.split()[1]) // 1024


def run(campaign: Campaign, *, seconds: float) -> None:
    """Try for so long, and say what was found."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = campaign.step()
        if found:
            print(f"FIND {found}", flush=True)
    print(campaign.summary(), flush=True)
