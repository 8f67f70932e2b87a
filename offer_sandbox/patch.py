"""JSON Patch (RFC 6902), as far as the documentation names it: add, replace, remove, copy, test."""

from copy import deepcopy
from typing import Any

from offer_sandbox.messages import Refusal, problem


def patched(document: dict[str, Any], operations: object) -> dict[str, Any]:
    """Return the document with every operation applied, or raise; the original is untouched."""
    if not isinstance(operations, list):
        raise problem(400, "A JSON Patch is an array of operations")
    changed = deepcopy(document)
    for operation in operations:
        try:
            _apply(changed, operation)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError):
            raise problem(400, f"Cannot apply the patch operation {operation}") from None
    return changed


def _apply(document: dict[str, Any], operation: dict[str, Any]) -> None:
    path = _steps(operation["path"])
    match operation["op"]:
        case "add":
            _add(document, path, operation["value"])
        case "replace":
            _get(document, path)
            _remove(document, path)
            _add(document, path, operation["value"])
        case "remove":
            _remove(document, path)
        case "copy":
            _add(document, path, deepcopy(_get(document, _steps(operation["from"]))))
        case "test":
            if _get(document, path) != operation["value"]:
                raise _failed_test(operation)
        case _:
            raise ValueError(operation["op"])


def _failed_test(operation: dict[str, Any]) -> Refusal:
    return problem(409, f"The patch test failed: {operation}")


def _steps(pointer: str) -> list[str]:
    if not pointer.startswith("/"):
        raise ValueError(pointer)
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def _get(document: Any, steps: list[str]) -> Any:  # Any: JSON is whatever it is
    for step in steps:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def _add(document: Any, steps: list[str], value: Any) -> None:
    parent = _get(document, steps[:-1])
    if isinstance(parent, list):
        parent.insert(len(parent) if steps[-1] == "-" else int(steps[-1]), value)
    else:
        parent[steps[-1]] = value


def _remove(document: Any, steps: list[str]) -> None:
    parent = _get(document, steps[:-1])
    if isinstance(parent, list):
        del parent[int(steps[-1])]
    else:
        del parent[steps[-1]]
