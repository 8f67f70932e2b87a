"""JSON values: equal or not, what is at a place, and where two of them differ; pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

_INDEX: Final = re.compile(r"0|[1-9][0-9]*")


class Absent:
    """Means no value, which null is not."""


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A place where two values differ: only leaves are named, and empty lists and objects."""

    pointer: str
    before: Any = ABSENT
    after: Any = ABSENT

    def as_json(self) -> dict[str, Any]:
        """Return it as an object in which a missing value has no key."""
        both = {"before": self.before, "after": self.after}
        present = {word: value for word, value in both.items() if value is not ABSENT}
        return {"pointer": self.pointer, **present}


def same(one: Any, other: Any) -> bool:
    """Compare as JSON does: true is not 1, 1 is 1.0, the order of an object's fields is nothing."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def value_at(document: Any, steps: Sequence[str]) -> Any:
    """Return what is at a place, ABSENT for nothing."""
    for step in steps:
        if isinstance(document, dict):
            document = document.get(step, ABSENT)
        elif isinstance(document, list):
            in_it = _INDEX.fullmatch(step) and int(step) < len(document)
            document = document[int(step)] if in_it else ABSENT
        else:
            return ABSENT
    return document


def differences(before: Any, after: Any) -> list[Difference]:
    """Return every place where two values differ."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    found = []
    for pointer in dict.fromkeys((*old, *new)):
        was, is_now = old.get(pointer, ABSENT), new.get(pointer, ABSENT)
        if not same(was, is_now):
            found.append(Difference(pointer=pointer, before=was, after=is_now))
    return found


def covers(pointer: str, other: str) -> bool:
    """Whether a place is another one, or holds it."""
    return other == pointer or other.startswith(f"{pointer}/")


def _leaves(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inside in value.items():
            step = key.replace("~", "~0").replace("/", "~1")
            yield from _leaves(inside, f"{pointer}/{step}")
    elif isinstance(value, list) and value:
        for place, inside in enumerate(value):
            yield from _leaves(inside, f"{pointer}/{place}")
    else:
        yield pointer, value
