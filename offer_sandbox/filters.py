"""`property` filters: [!]field[op]value, where op is one of == != <= >= < > ~ (both dialects).

Rules of this file: pure. `~` matches the whole value without regard to case; every other operator
is case-sensitive. A field alone asks whether there is one. Expressions are joined by AND.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

from offer_sandbox.exchange import Call, problem
from offer_sandbox.stamps import moment_of

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
        """Give the value where this says that one of these fields equals it."""
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
}


def conditions(call: Call, *, encoded_comma_splits: bool) -> list[Condition]:
    """Read every `property` parameter of a call."""
    found = []
    for raw in call.raw_values("property"):
        if encoded_comma_splits:
            found += [_condition(piece) for piece in unquote_plus(raw).split(",") if piece]
        else:
            found += [_condition(unquote_plus(piece)) for piece in raw.split(",") if piece]
    return found


def all_hold(wanted: Sequence[Condition], document: Mapping[str, Any]) -> bool:
    """Say whether a document satisfies every condition."""
    return all(condition.holds(document) for condition in wanted)


def _condition(text: str) -> Condition:
    match = _EXPRESSION.fullmatch(text)
    if match is None:
        raise problem(400, f"Invalid property filter: {text}")
    negated, path, operator, value = match.groups()
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
