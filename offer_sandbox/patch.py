"""JSON Patch (RFC 6902) with JSON Pointers (RFC 6901); pure.

An operation applies to two views of the same thing: the body that is held, and what reads show of
it, which `test` compares. All of a patch is applied, or nothing.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from offer_sandbox.json_values import ABSENT, same, value_at

OPERATIONS: Final = frozenset({"add", "replace", "remove", "copy", "move", "test"})
_INDEX: Final = re.compile(r"0|[1-9][0-9]*")
_ESCAPED: Final = re.compile(r"(?:[^~]|~[01])*")


class MalformedPatch(ValueError):
    """This is no JSON Patch, or has an operation that is not allowed here."""


class InapplicablePatch(ValueError):
    """An operation does not fit what is there."""


class FailedTest(ValueError):
    """A `test` found another value, or none."""


def apply_patch(
    held: dict[str, Any],
    operations: object,
    *,
    shown: Mapping[str, Any],
    allowed: Collection[str] = OPERATIONS,
    ignore_tests: bool = False,
) -> Any:  # Any: JSON is whatever it is
    """Return what is held with every operation applied; nothing that was given changes."""
    documents = [deepcopy(held), deepcopy(dict(shown))]
    for operation in operations_of(operations, allowed=allowed):
        if operation["op"] == "test":
            if not ignore_tests and not _holds(documents[1], operation):
                raise FailedTest(f"The patch test failed: {operation}")
            continue
        try:
            documents = [_apply_operation(document, operation) for document in documents]
        except (KeyError, IndexError, TypeError):
            raise InapplicablePatch(f"Cannot apply the patch operation {operation}") from None
    return documents[0]


def operations_of(
    operations: object, *, allowed: Collection[str] = OPERATIONS
) -> list[Mapping[str, Any]]:
    """Return the operations of a patch, each of them well formed."""
    if not isinstance(operations, list):
        raise MalformedPatch("A JSON Patch is an array of operations")
    for one in operations:
        if not isinstance(one, Mapping) or one.get("op") not in allowed:
            raise MalformedPatch(f"Not one of {sorted(allowed)}: {one}")
        if one["op"] in ("add", "replace", "test") and "value" not in one:
            raise MalformedPatch(f"The patch operation has no value: {one}")
        for pointer in pointers(one):
            steps_of(pointer)
    return operations


def pointers(operation: Mapping[str, Any]) -> list[Any]:
    """Return the pointers of an operation: its path, and where it copies or moves from."""
    source = [operation.get("from")] if operation["op"] in ("copy", "move") else []
    return [operation.get("path"), *source]


def changed_pointers(operations: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield where a patch writes or removes something."""
    for one in operations:
        if one["op"] != "test":
            yield one["path"]
        if one["op"] == "move":
            yield one["from"]


def asserted(shown: Mapping[str, Any], operations: object) -> frozenset[str]:
    """Return the pointers whose value the tests of a patch name as it is now."""
    try:
        tests = [one for one in operations_of(operations) if one["op"] == "test"]
    except MalformedPatch:
        return frozenset()
    return frozenset(one["path"] for one in tests if _holds(shown, one))


def steps_of(pointer: object) -> list[str]:
    """Return the steps of a JSON Pointer."""
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise MalformedPatch(f"Not a JSON Pointer: {pointer}")
    if not _ESCAPED.fullmatch(pointer):
        raise MalformedPatch(f"A wrong escape in the JSON Pointer {pointer}")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _holds(document: Mapping[str, Any], test: Mapping[str, Any]) -> bool:
    found = value_at(document, steps_of(test["path"]))
    return found is not ABSENT and same(found, test["value"])


def _apply_operation(document: Any, operation: Mapping[str, Any]) -> Any:
    path = steps_of(operation["path"])
    match operation["op"]:
        case "add":
            return _with_value(document, path, deepcopy(operation["value"]))
        case "replace":
            return _with_value(_without_value(document, path), path, deepcopy(operation["value"]))
        case "remove":
            return _without_value(document, path)
        case "copy":
            return _with_value(
                document, path, deepcopy(_existing_value(document, steps_of(operation["from"])))
            )
        case _:  # move
            source = steps_of(operation["from"])
            if path[: len(source)] == source and path != source:
                raise KeyError(operation["path"])  # into itself
            moved = _existing_value(document, source)
            return _with_value(_without_value(document, source), path, moved)


def _existing_value(document: Any, steps: list[str]) -> Any:
    found = value_at(document, steps)
    if found is ABSENT:
        raise KeyError("/".join(steps))
    return found


def _with_value(document: Any, steps: list[str], value: Any) -> Any:
    if not steps:
        return value
    parent = _existing_value(document, steps[:-1])
    if isinstance(parent, list):
        parent.insert(len(parent) if steps[-1] == "-" else _place(parent, steps[-1], end=1), value)
    else:
        _object(parent)[steps[-1]] = value
    return document


def _without_value(document: Any, steps: list[str]) -> Any:
    if not steps:
        return None
    parent = _existing_value(document, steps[:-1])
    if isinstance(parent, list):
        del parent[_place(parent, steps[-1])]
    else:
        del _object(parent)[steps[-1]]
    return document


def _object(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise TypeError(found)
    return found


def _place(parent: list[Any], step: str, *, end: int = 0) -> int:
    """Return an index; `end`: 1 where the place after the last one counts too."""
    if not _INDEX.fullmatch(step) or int(step) >= len(parent) + end:
        raise IndexError(step)
    return int(step)
