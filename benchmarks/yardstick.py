"""A piece of work that never changes: what it costs tells how fast the machine was meanwhile.

It uses nothing of the loader and no library.
"""

from benchmarks.watch import Watch

WHAT = "a Python loop that adds up ten million numbers"


def plain_loop(watch: Watch) -> None:
    """Add up ten million numbers."""
    total = 0
    with watch:
        for number in range(10_000_000):
            total += number
