"""`property` filters: [!]field[op]value, where op is one of == != <= >= < > ~ (both dialects).

`~` matches the whole value without regard to case; every other operator is case-sensitive. A field
alone asks whether there is one. Expressions are joined by AND. How a value is parsed is not
documented, so `Syntax` holds what a server may take for syntax inside of one.
"""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

from offer_sandbox.ids_and_times import moment_of
from offer_sandbox.kept_names import kept_name
from offer_sandbox.messages import Call, problem

_EXPRESSION: Final = re.compile(r"(!?)([^=!<>~]+)(?:(==|!=|<=|>=|<|>|~)(.*))?", re.DOTALL)
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One expression."""

    path: str
    operator: str  # "" asks whether the field is there
    value: str
    negated: bool

    def equals(self, *paths: str) -> str | None:
        """Return the value where this says that one of these fields equals it."""
        plain = self.operator == "==" and not self.negated
        return self.value if plain and self.path in paths else None

    def holds(self, document: Mapping[str, Any]) -> bool:
        """Say whether a document satisfies this."""
        found = _resolve(document, self.path)
        if not self.operator:
            return (found is not _ABSENT) != self.negated
        values = found if isinstance(found, list) else [found]
        return any(self._compare(one) for one in values) != self.negated

    def _compare(self, found: Any) -> bool:
        if found is _ABSENT:
            return self.operator == "!="
        if self.operator == "~":
            return re.fullmatch(self.value, str(found), re.IGNORECASE) is not None
        left, right = _comparable(found, self.value)
        return bool(_OPERATORS[self.operator](left, right))


_OPERATORS: Final[Mapping[str, Any]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "folds to": lambda left, right: kept_name(str(left), "folded") == kept_name(right, "folded"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """What is syntax inside a value, although it was encoded."""

    comma_splits: bool = False
    quotes_are_syntax: bool = False
    wildcards: bool = False


def conditions(call: Call, syntax: Syntax) -> list[Condition]:
    """Read every `property` parameter of a call."""
    found = []
    for raw in call.raw_values("property"):
        if syntax.comma_splits:
            pieces = unquote_plus(raw).split(",")
        else:
            pieces = [unquote_plus(piece) for piece in raw.split(",")]
        found += [_condition(piece, syntax) for piece in pieces if piece]
    return found


def all_hold(wanted: Sequence[Condition], document: Mapping[str, Any]) -> bool:
    """Say whether a document satisfies every condition."""
    return all(condition.holds(document) for condition in wanted)


def found_at(document: Mapping[str, Any], path: str) -> Any:  # Any: JSON is whatever it is
    """Return what is at a dotted path, or None."""
    found = _resolve(document, path)
    return None if found is _ABSENT else found


def _condition(text: str, syntax: Syntax) -> Condition:
    match = _EXPRESSION.fullmatch(text)
    if match is None:
        raise problem(400, f"Invalid property filter: {text}")
    negated, path, operator, value = match.groups()
    if syntax.quotes_are_syntax and operator != "~":
        value = re.sub(r"[\"'\\]", "", value or "")
    if syntax.wildcards and operator == "==" and set(value) & set("*?"):
        operator, value = "~", fnmatch.translate(value.replace("[", "[[]"))
    if operator == "~":
        try:
            re.compile(value)
        except re.error as error:
            raise problem(400, f"Invalid regular expression in {text}: {error}") from None
    return Condition(path=path, operator=operator or "", value=value or "", negated=negated == "!")


def _resolve(document: Any, path: str) -> Any:
    """Follow a dotted path; a field's own name may hold dots."""
    if not isinstance(document, Mapping):
        return _ABSENT
    if path in document:
        return document[path]
    head, dot, rest = path.partition(".")
    while dot:
        if head in document:
            return _resolve(document[head], rest)
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return _ABSENT


def _comparable(found: Any, text: str) -> tuple[Any, Any]:
    """Compare numbers as numbers, times as times, everything else as text."""
    if isinstance(found, bool):
        return str(found).lower(), text
    if isinstance(found, int | float):
        try:
            return found, float(text)
        except ValueError:
            return str(found), text
    if isinstance(found, str) and (left := moment_of(found)) is not None:
        right = moment_of(text)
        if right is not None:
            return left, right
    return str(found), text
