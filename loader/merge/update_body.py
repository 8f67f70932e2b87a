"""What an update sends, and what a person is shown of it, as the journal keeps it: one JSON object.

{"patch": [JSON Patch], "kept": "…", "etag": "…", "changes": [
  {"field": …, "before": …, "after": …, "part": [field, placement, language], "was": …, "is": …}]}

"field", "before" and "after" are what a person reads; "part", "was" and "is" are the same change as
the patch makes it: the id of the placement and the values themselves. "kept" is there where an undo
leaves a part of what it takes back as it is; "etag" is the revision that the patch is made against.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import orjson

from loader.merge.part import NAME_PART, Part, Value
from loader.merge.three_way import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A change, and how a person reads it: "content (Web banner, en)".

    None: nothing was, or will be, there.
    """

    field: str
    before: str | None
    after: str | None
    change: Change

    def as_json(self) -> dict[str, Any]:
        """Return it for the journal."""
        part = self.change.part
        return {
            "field": self.field,
            "before": self.before,
            "after": self.after,
            "part": [part.field, part.placement, part.language],
            "was": self.change.before,
            "is": self.change.after,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return what `as_json` gave."""
        field, placement, language = data["part"]
        return cls(
            field=data["field"],
            before=data["before"],
            after=data["after"],
            change=Change(
                part=Part(field=field, placement=placement, language=language),
                before=_value(data["was"]),
                after=_value(data["is"]),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateBody:
    """A patch, the changes that it makes, and what an undo keeps of the offer, in words.

    `etag` is the revision that the patch was made against, "" where it is not known.
    """

    patch: Sequence[Mapping[str, Any]]
    changes: Sequence[FieldChange]
    kept: str = ""
    etag: str = ""

    def lines(self) -> tuple[str, ...]:
        """Return the changes as a person reads them."""
        kept = (f"not put back: {self.kept}",) if self.kept else ()
        return (*map(_line, self.changes), *kept)

    def dump(self) -> bytes:
        """Return it as canonical JSON."""
        data: dict[str, Any] = {
            "patch": list(self.patch),
            "changes": [each.as_json() for each in self.changes],
        }
        if self.kept:
            data["kept"] = self.kept
        if self.etag:
            data["etag"] = self.etag
        return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)


def _line(each: FieldChange) -> str:
    return f"{each.field}: {_quoted(each.before)} -> {_quoted(each.after)}"


def _quoted(text: str | None) -> str:
    return "(nothing)" if text is None else f'"{text}"'


def load_body(body: bytes) -> UpdateBody:
    """Return what `UpdateBody.dump` wrote."""
    data = orjson.loads(body)
    return UpdateBody(
        patch=data["patch"],
        changes=tuple(map(FieldChange.from_json, data["changes"])),
        kept=data.get("kept", ""),
        etag=data.get("etag", ""),
    )


def names_in(body: bytes) -> tuple[str, str] | None:
    """Return the names before and after an update that gives a new one, else None."""
    changes = load_body(body).changes if body else ()
    for each in changes:
        if each.change.part == NAME_PART:
            return str(each.change.before or ""), str(each.change.after or "")
    return None


def _value(data: Any) -> Value | None:
    return tuple(data) if isinstance(data, list) else data


def describe_changes(
    changes: Sequence[Change], names: Mapping[str, str]
) -> tuple[FieldChange, ...]:
    """Return changes for a person; `names` are those of placements and tags, by id."""
    return tuple(
        FieldChange(
            field=change.part.words(names),
            before=as_text(change.before, names),
            after=as_text(change.after, names),
            change=change,
        )
        for change in changes
    )


def as_text(value: Value | None, names: Mapping[str, str]) -> str | None:
    """Return a value as a cell would show it."""
    if isinstance(value, tuple):
        return "; ".join(names.get(item, item) for item in value)
    return value
