"""The placements and tags of a target, and which of them the text of a cell means.

Rules of this file: an id is an id and never a name; the exact name wins over one that differs in
case or spaces only; several are several and none is none: likeness is a suggestion, never an
answer.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from rapidfuzz import fuzz, process

ID: Final = r"(?:dps|xcore):[^\s:;]+:[^\s;]+"  # what is an id without being looked up
_ID: Final = re.compile(ID, re.ASCII)  # spaces as RE2 knows them, which reads columns
_MOST_NEAR: Final = 3
_LEAST_LIKENESS: Final = 60  # of 100
_LONGEST_COMPARED: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag (collection qualifier) of the target."""

    id: str
    name: str

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A placement of the target, in our words; "" and () where the target does not say."""

    id: str
    name: str
    kind: str = ""  # one of ContentType
    channel: str = ""  # a URI
    formats: tuple[str, ...] = ()  # the MIME types that it takes; none means any

    def __str__(self) -> str:
        told = ", ".join(filter(None, (self.kind, self.channel.rpartition("/")[2])))
        return f"{self.id} ({told})" if told else self.id


Entry = TypeVar("Entry", bound=Tag | Placement)


class Register(Generic[Entry]):
    """Entries by id and by name."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self._by_id = {entry.id: entry for entry in entries}
        self._by_name: dict[str, list[Entry]] = {}
        self._by_folded_name: dict[str, list[Entry]] = {}
        for entry in self._by_id.values():
            self._by_name.setdefault(_normal(entry.name), []).append(entry)
            self._by_folded_name.setdefault(folded(entry.name), []).append(entry)

    def with_id(self, text: str) -> Entry | None:
        """Return the entry of this id, or None."""
        return self._by_id.get(text)

    def named(self, text: str) -> Sequence[Entry]:
        """Return the entries that bear this name: exactly, or else but for case and spaces."""
        exact = self._by_name.get(_normal(text), ())
        return exact or self._by_folded_name.get(folded(text), ())

    def nearest(self, text: str) -> list[str]:
        """Return the names most like `text`, the nearest first."""
        near = process.extract(
            folded(text)[:_LONGEST_COMPARED],
            list(self._by_folded_name),
            scorer=fuzz.token_sort_ratio,
            limit=_MOST_NEAR,
            score_cutoff=_LEAST_LIKENESS,
        )
        return [self._by_folded_name[name][0].name for name, *_ in near]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What a target has to refer to, as far as it was listed."""

    placements: Register[Placement] = field(default_factory=Register)
    tags: Register[Tag] = field(default_factory=Register)


def is_id(text: str) -> bool:
    """Say whether the text has the shape of an id of the platform."""
    return _ID.fullmatch(text) is not None


def folded(name: str) -> str:
    """Return a name without what may differ: case and spaces."""
    plain = unicodedata.normalize("NFC", _normal(name).casefold())
    return " ".join(plain.split())


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name)
