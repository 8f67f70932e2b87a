"""The watch that a piece of work holds: what it cost, without what it took to get ready.

Rules of this file: CPU-seconds of this process and of the children that it waited for; peak memory
of the largest of them.
"""

import json
import resource
import sys
import time
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Self


def cpu_seconds() -> float:
    """Return what this process and its finished children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_megabytes() -> float:
    """Return the largest memory of this process or of a finished child."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(each).ru_maxrss for each in who) / 1024


@dataclass(slots=True)
class Watch:
    """Measures the block that it is entered with."""

    cpu: float = 0.0
    wall: float = 0.0
    _started: tuple[float, float] = field(default=(0.0, 0.0))

    def __enter__(self) -> Self:
        self._started = (cpu_seconds(), time.perf_counter())
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu = cpu_seconds() - self._started[0]
        self.wall = time.perf_counter() - self._started[1]


def main(words: list[str]) -> None:
    """Do a piece of work, "module:function" with its arguments, and print what it cost."""
    module, _, function = words[0].partition(":")
    watch = Watch()
    work: Any = getattr(import_module(f"benchmarks.{module}"), function)
    work(watch, *words[1:])
    print(json.dumps({"cpu": watch.cpu, "wall": watch.wall, "peak_mb": peak_megabytes()}))


if __name__ == "__main__":
    main(sys.argv[1:])
