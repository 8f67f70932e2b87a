"""In which order several workers begin: what takes long, or what starts something costly, first.

A worker takes the tests of its own block from the front, and others steal from its end: what takes
long must not be left to the end, and a browser need not be started by every worker.
"""

from collections.abc import Sequence
from typing import Final

_WITH_S3: Final = ("remote_folder", "watch_elsewhere", "several_watchers")

# Seconds, roughly, and the files that stay on one worker.
FIRST: Final = (
    (60, ("tests/web/pages/",)),  # one Chromium for all of them
    (50, ("tests/crash/test_kill_loop.py",)),
    (45, ("tests/delivery/test_simulation.py",)),
    (40, ("tests/plan_apply/test_late_look_ups.py",)),
    (30, ("tests/end_to_end/test_secrets.py",)),
    (25, ("tests/source/test_source_opening.py", "tests/source/test_source_limits.py")),
    (20, ("tests/plan_apply/test_main_way.py",)),
    (16, ("tests/crash/test_recovery_points.py",)),
    (16, ("tests/crash/test_crash_points.py",)),
    (16, ("tests/journal/test_journal_law.py",)),
    (14, ("tests/annotate/test_annotated_copies.py",)),
    (14, ("tests/run/test_counts.py",)),
    (12, ("tests/run/test_drafting.py",)),
    (12, ("tests/run/test_long_form.py",)),
    (12, ("tests/inbox/test_watch.py",)),
    (10, ("tests/crash/test_inbox_points.py", "tests/crash/test_apply_points.py")),
    (10, ("tests/run/test_check_on_cluster.py", "tests/run/test_ranges_on_cluster.py")),
    (14, tuple(f"tests/inbox/test_{name}.py" for name in _WITH_S3)),
    (10, ("tests/source/test_source_libreoffice.py", "tests/source/test_number_formats.py")),
    (10, ("tests/crash/test_shared_journal.py", "tests/crash/test_failover.py")),
    (8, ("tests/differential/test_differential.py",)),
)


def spread(names: Sequence[str], workers: int) -> list[int]:
    """Return the places of the tests in the order in which they are dealt out in equal blocks."""
    groups: list[list[int]] = [[] for _ in FIRST]
    others: list[int] = []
    for place, name in enumerate(names):
        group = _group(name)
        (others if group is None else groups[group]).append(place)
    blocks: list[list[int]] = [[] for _ in range(workers)]
    loads = [0] * workers
    for (seconds, _), places in zip(FIRST, groups, strict=True):
        if places:
            least = loads.index(min(loads))
            loads[least] += seconds
            blocks[least] += places
    order: list[int] = []
    for number, block in enumerate(blocks):
        size = (len(names) - len(order)) // (workers - number)  # as xdist cuts it
        ready = block + others
        order += ready[:size]
        others = ready[size:]
    return order


def _group(name: str) -> int | None:
    """Return the group of a test."""
    for number, (_, files) in enumerate(FIRST):
        if name.startswith(files):
            return number
    return None
