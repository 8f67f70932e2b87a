"""Characters that nobody can see and the API does not take: control characters, text directions."""

import re
from collections.abc import Iterable, Iterator

from loader.source.parsed_rows import RawProblem

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


def control_problems(cells: Iterable[str]) -> Iterator[RawProblem]:
    """Yield a problem for each cell that holds a character nobody can see or send."""
    for position, text in enumerate(cells):
        if CONTROL.search(text):
            yield control_problem(position, text)


def control_problem(position: int, text: str) -> RawProblem:
    """Return the problem of a text that holds such a character."""
    found = CONTROL.search(text)
    return RawProblem(
        position=position,
        code="control-character",
        message=f"holds the invisible character U+{ord(found[0]) if found else 0:04X}",
        value=text.encode("unicode_escape").decode(),
        suggestion="remove it; it often comes from a copy out of another program",
    )
