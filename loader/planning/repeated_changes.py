"""Edits of an earlier run that somebody took back since, and that a row is to make again: pure.

A sheet that is planned again still says what it said, and what the offer has is what was pulled: so
nothing but what runs did in between shows that somebody decided against it.
"""

from collections.abc import Iterable, Sequence

from loader.merge.part import Part, Value
from loader.merge.three_way import Change


def repeated_changes(
    changes: Iterable[Change], runs: Iterable[tuple[str, Sequence[Change]]]
) -> dict[Part, str]:
    """Return the parts that a run changed in the same way before, each with the run's id.

    `runs` is what runs did to the offer since it was pulled, in order: only the last one that
    changed a part counts, so that what an undo took back is not among them.
    """
    last: dict[Part, tuple[str, Value | None]] = {}
    for run_id, made in runs:
        last |= {each.part: (run_id, each.after) for each in made}
    found = {}
    for change in changes:
        run_id, after = last.get(change.part, ("", None))
        if run_id and _unordered(after) == _unordered(change.after):
            found[change.part] = run_id
    return found


def _unordered(value: Value | None) -> object:
    return frozenset(value) if isinstance(value, tuple) else value
