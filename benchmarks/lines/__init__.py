"""The lines of the table, in groups: each a function that measures and yields them."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from benchmarks.bench import Bench
from benchmarks.line import Line
from benchmarks.lines.delivery import delivery
from benchmarks.lines.growth import growth
from benchmarks.lines.journals import journals
from benchmarks.lines.keeping import keeping
from benchmarks.lines.memory import memory
from benchmarks.lines.rate import rate
from benchmarks.lines.spread import spread
from benchmarks.lines.stages import mapping, reading, results, validation
from benchmarks.lines.start import start
from benchmarks.lines.whole import whole

LINES: Final[Mapping[str, Callable[[Bench], Iterator[Line]]]] = MappingProxyType(
    {
        "delivery": delivery,
        "validation": validation,
        "mapping": mapping,
        "reading": reading,
        "results": results,
        "whole": whole,
        "memory": memory,
        "rate": rate,
        "start": start,
        "keeping": keeping,
        "journals": journals,
        "spread": spread,
        "growth": growth,  # last: the disk is busy for minutes with what millions of rows wrote
    }
)
