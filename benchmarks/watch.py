"""The watch that a piece of work holds: what it cost, without what it took to get ready.

It counts CPU-seconds of this process and of the children that it waited for, and the peak memory of
the largest of them. Work whose library or program is missing exits with NOT_INSTALLED.
"""

import json
import resource
import shutil
import sys
import time
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final, Self

NOT_INSTALLED: Final = 77


def cpu_seconds() -> float:
    """Return what this process and its finished children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_megabytes() -> float:
    """Return the largest memory of this process or of a finished child."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(each).ru_maxrss for each in who) / 1024


def program(name: str) -> str:
    """Return the path of a program. Raises `ModuleNotFoundError` where there is none."""
    path = shutil.which(name)
    if path is None:
        raise ModuleNotFoundError(name=name)
    return path


@dataclass(slots=True)
class Watch:
    """Measures the block that it is entered with."""

    cpu: float = 0.0
    wall: float = 0.0
    more: dict[str, float] = field(default_factory=dict)  # what the work tells besides
    _started: tuple[float, float] = field(default=(0.0, 0.0))

    def __enter__(self) -> Self:
        self._started = (cpu_seconds(), time.perf_counter())
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu = cpu_seconds() - self._started[0]
        self.wall = time.perf_counter() - self._started[1]


def main(words: list[str]) -> int:
    """Do a piece of work, "module:function" with its arguments, and print what it cost."""
    module, _, function = words[0].partition(":")
    watch = Watch()
    work: Any = getattr(import_module(f"benchmarks.{module}"), function)
    try:
        work(watch, *words[1:])
    except ModuleNotFoundError as missing:
        sys.stderr.write(f"{words[0]}: {missing.name} is not installed\n")
        return NOT_INSTALLED
    costs = {"cpu": watch.cpu, "wall": watch.wall, "peak_mb": peak_megabytes(), **watch.more}
    print(json.dumps(costs))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
