"""Whether an update was applied, judged by the offer as it is now; pure.

An update is a JSON Patch (RFC 6902). Its tests hold the values that it was made against. A value
that it adds where there was none needs no test: while there is still none, nothing has changed.

A server may give types, channels, languages and labels back in another form than it took. That is
how the API behaves, so their names here are those of its dialects, and no columns of a sheet.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeAlias

Steps: TypeAlias = Sequence[Mapping[str, Any]]

_ABSENT: Final = object()
_IN_OTHER_FORMS: Final = frozenset(
    {"type", "@type", "channel", "xdm:channel", "language", "dc:language", "labels"}
)


class UpdateState(StrEnum):
    """How an offer relates to an update."""

    AS_SENT = "as-sent"  # it has what the update writes
    AS_BEFORE = "as-before"  # it has what the update was made against
    CHANGED = "changed"  # somebody else changed what the update was made against
    GONE = "gone"  # it is not there


def update_state(
    steps: Steps, there: Mapping[str, Any] | None, *, etag: str = "", etag_now: str = ""
) -> UpdateState:
    """Return how an offer relates to an update; the paths of `steps` begin at the document `there`.

    A step that no test covers was made against the revision `etag`.
    """
    if there is None:
        return UpdateState.GONE
    changes = [step for step in steps if step["op"] != "test"]
    if all(_is_applied(step, there) for step in changes):
        return UpdateState.AS_SENT
    is_same_revision = bool(etag) and etag == etag_now
    open_steps = [] if is_same_revision else unguarded(steps)
    if changed_tests(steps, there) or any(not _adds(step, there) for step in open_steps):
        return UpdateState.CHANGED
    return UpdateState.AS_BEFORE


def changed_tests(steps: Steps, there: Mapping[str, Any]) -> list[str]:
    """Return the paths of the tests that do not hold."""
    return [
        step["path"]
        for step in steps
        if step["op"] == "test" and not _same(_at(there, step["path"]), step["value"])
    ]


def unguarded(steps: Steps) -> list[Mapping[str, Any]]:
    """Return the changes that no test of the same patch covers."""
    tested = [step["path"] for step in steps if step["op"] == "test"]
    return [
        step
        for step in steps
        if step["op"] != "test" and not any(_covers(path, step["path"]) for path in tested)
    ]


def _is_applied(step: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    found = _at(there, step["path"])
    if step["op"] == "remove":
        return found is _ABSENT
    field = step["path"].rpartition("/")[2]
    return step["op"] in ("add", "replace") and _reads_as(step["value"], found, field)


def _adds(step: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    return step["op"] == "add" and _at(there, step["path"]) is _ABSENT


def _covers(path: str, other: str) -> bool:
    return other == path or other.startswith(f"{path}/")


def _at(document: object, pointer: str) -> Any:
    for step in _keys(pointer):
        if isinstance(document, Mapping):
            document = document.get(step, _ABSENT)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return _ABSENT
    return document


def _keys(pointer: str) -> Iterable[str]:
    return (key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:])


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON does: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _reads_as(sent: Any, found: Any, field: str) -> bool:
    """Say whether what was sent may be read as what was found."""
    if field in _IN_OTHER_FORMS:
        return _plain(sent) == _plain(found)
    if isinstance(sent, Mapping) and isinstance(found, Mapping):
        return sent.keys() == found.keys() and all(_reads_as(sent[k], found[k], k) for k in sent)
    if isinstance(sent, list) and isinstance(found, list):
        return len(sent) == len(found) and all(
            _reads_as(one, other, field) for one, other in zip(sent, found, strict=True)
        )
    return _same(sent, found)


def _plain(value: Any) -> list[str]:
    """Return words without the beginning of their URI, their case and their order."""
    words = [] if value is _ABSENT else value if isinstance(value, list) else [value]
    return sorted(
        str(each).rpartition("/")[2].rpartition("component-")[2].lower() for each in words
    )
