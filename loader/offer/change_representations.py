"""What an offer shows, changed in its list of representations; all else in the list stays.

A way back also brings back what no column showed: other fields of a content that was taken away,
and a representation that stood there without contents. Where nobody touched the list since, it is
written as it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeAlias

from loader.merge.part import Value
from loader.merge.three_way import Change
from loader.model import Dialect
from loader.offer.dialect_names import COMPONENT_TYPES, NAMES, bare_channel
from loader.offer.payload_document import channel_uri
from loader.offer.shown_in_columns import COMPONENT, canonical_tag, known_type, shown
from loader.validation.editing import Object

_Key: TypeAlias = tuple[str, str]  # placement and language
_Held: TypeAlias = dict[str, Any]


def represented(
    there: Object,
    dialect: Dialect,
    changes: Sequence[Change],
    *,
    back_to: Object | None = None,
    left: Any = None,
) -> Any:
    """Return the representations with the changes of contents made.

    `back_to` is the older state that the changes lead back to; `left` the representations as a run
    left them that is taken back whole.
    """
    name = NAMES[dialect]["representations"]
    is_as_left = left is not None and _plain(there.get(name) or [], dialect) == _plain(
        left, dialect
    )
    if back_to is not None and is_as_left:
        return _as_documented(deepcopy(back_to.get(name)), dialect)
    made = _Representations(there, dialect, back_to=back_to or {})
    contents: dict[_Key, dict[str, Value | None]] = {}
    for change in changes:
        part = change.part
        if part.field != "channel":
            contents.setdefault((part.placement, part.language), {})[part.field] = change.after
    made.set_contents(contents)
    for change in changes:
        if change.part.field == "channel":
            made.set_channel(change.part.placement, change.after)
    return _as_documented(made.all(), dialect)


class _Representations:
    """A list of representations that is being changed."""

    def __init__(self, there: Object, dialect: Dialect, *, back_to: Object) -> None:
        self._dialect, self._names = dialect, NAMES[dialect]
        self._shown, self._was = shown(there, dialect), shown(back_to, dialect)
        held = there.get(self._names["representations"])
        self._all: list[Any] = deepcopy(held) if isinstance(held, list) else []
        self._held = list(self._all)
        old = back_to.get(self._names["representations"])
        self._old: list[Any] = old if isinstance(old, list) else []
        self._cleared: list[tuple[str, _Held]] = []  # contents that went, with their placements
        self._emptied: list[_Held] = []  # representations whose last content went
        self._filled: list[_Held] = []  # representations that got a content

    def set_contents(self, contents: Mapping[_Key, Mapping[str, Value | None]]) -> None:
        """Change, remove and add contents."""
        for key, values in contents.items():
            self._set_content(key, values)
        self._remove_cleared()
        there = {content.key for content in self._shown.contents}
        new = [key for key in contents if key not in there]
        for key in new:
            self._add_content(key, contents[key], self._replaced_by(key, new))

    def _set_content(self, key: _Key, values: Mapping[str, Value | None]) -> None:
        """Change a content that is there."""
        for content in self._shown.contents:
            if content.key == key:
                place, position = content.at
                held = self._held[place][self._names["components"]][position]
                self._set(held, values)
                if not any(held.get(self._names[field]) for field in COMPONENT):
                    self._cleared.append((content.placement, held))

    def _remove_cleared(self) -> None:
        """Take out the contents of which nothing is left."""
        name, cleared = self._names["components"], [held for _, held in self._cleared]
        for each in self._held:
            held = each.get(name) if isinstance(each, dict) else None
            if not isinstance(held, list) or not any(_is_in(one, cleared) for one in held):
                continue
            each[name] = [one for one in held if not _is_in(one, cleared)]
            if not each[name]:
                self._emptied.append(each)

    def _replaced_by(self, key: _Key, new: Sequence[_Key]) -> _Held:
        """Return what is left of the content that a new one replaces, in another language.

        That is so where one content of its placement went, and one came.
        """
        went = [held for placement, held in self._cleared if placement == key[0]]
        came = [placement for placement, _ in new if placement == key[0]]
        return went[0] if len(went) == len(came) == 1 else {}

    def _add_content(
        self, key: _Key, values: Mapping[str, Value | None], replaced: Mapping[str, Any]
    ) -> None:
        """Add a content that is not there; it keeps what no column shows of the one replaced."""
        placement, language = key
        old = next((each.at for each in self._was.contents if each.key == key), None)
        if old is not None:
            made: _Held = deepcopy(self._old[old[0]][self._names["components"]][old[1]])
        else:
            made = dict(deepcopy(replaced))
            made.pop(self._names["language"], None)
            made |= {self._names["language"]: language.split(";")} if language else {}
        self._set(made, values)
        home = self._home(placement, None if old is None else old[0])
        held = home.get(self._names["components"]) or []
        held.insert(len(held) if old is None else old[1], made)
        home[self._names["components"]] = held
        self._filled.append(home)

    def set_channel(self, placement: str, channel: Value | None) -> None:
        """Change the channel of a placement, in the representations that show it."""
        name = self._names["channel"]
        old = next((each.channel for each in self._was.contents if each.placement == placement), "")
        for each in self._of(placement, self._all):
            if not self._shows_contents(each):
                continue
            before = self._before(each)
            held = before.get(name) if before is not None else old
            raw = str(held or "")
            if channel is not None and bare_channel(raw) != channel:
                held = channel_uri(str(channel))
            if held is None or (channel is None and not raw):
                each.pop(name, None)
            else:
                each[name] = held

    def all(self) -> list[Any]:
        """Return the representations; without those whose last content went."""
        name, found = self._names["components"], list[Any]()
        for each in self._all:
            if _is_in(each, self._emptied) and not each[name]:
                before = self._before(each) or self._empty_before(each)
                if before is None or before.get(name):
                    continue
                del each[name]
                if name in before:
                    each[name] = before[name]
            found.append(each)
        return found

    def _home(self, placement: str, old: int | None) -> _Held:
        """Return the representation that a new content belongs in; `old` is where it was."""
        name, some = self._names["components"], list(self._of(placement, self._all))
        if old is not None:
            for each in some:
                if self._before(each) is self._old[old] and _takes_contents(each, name):
                    return each
        for each in some:
            if self._shows_contents(each):
                return each
        if old is not None:
            new: _Held = {**deepcopy(self._old[old]), name: []}
            self._all.insert(old, new)
            return new
        for each in some:
            if not each.get(name) and _takes_contents(each, name):
                return each
        new = {self._names["placement"]: placement}
        self._all.append(new)
        return new

    def _shows_contents(self, each: _Held) -> bool:
        """Say whether columns show a representation, or would if they knew its contents.

        So it is also with one that these changes filled or emptied.
        """
        if _is_in(each, self._filled) or _is_in(each, self._emptied):
            return True
        placement, channel = each[self._names["placement"]], each.get(self._names["channel"]) or ""
        held = each.get(self._names["components"])
        return (
            isinstance(held, list) and bool(held) and self._shown.channels.get(placement) == channel
        )

    def _before(self, each: _Held) -> _Held | None:
        """Return what a representation was in the older state, as far as that can be told."""
        placement = each[self._names["placement"]]
        some, old = (list(self._of(placement, all_)) for all_ in (self._held, self._old))
        if len(some) == len(old):
            for one, before in zip(some, old, strict=True):
                if one is each:
                    return before
        return None

    def _empty_before(self, each: _Held) -> _Held | None:
        """Return a representation of the older state that had this placement, and no contents."""
        old = self._of(each[self._names["placement"]], self._old)
        return next((one for one in old if not one.get(self._names["components"])), None)

    def _of(self, placement: str, some: Sequence[Any]) -> Iterator[_Held]:
        """Yield the representations of a placement."""
        name = self._names["placement"]
        return (each for each in some if isinstance(each, dict) and each.get(name) == placement)

    def _set(self, held: _Held, values: Mapping[str, Value | None]) -> None:
        for field, value in values.items():
            if value is None:
                held.pop(self._names[field], None)
            else:
                is_type = field == "type"
                text = COMPONENT_TYPES[self._dialect][str(value)] if is_type else value
                held[self._names[field]] = text


def _as_documented(made: Any, dialect: Dialect) -> Any:
    """Write known types as documented: a server may return them in a form that it refuses."""
    name = NAMES[dialect]["type"]
    for component in _components(made, dialect):
        kind = component.get(name)
        known = known_type(kind) if isinstance(kind, str) else ""
        if known:
            component[name] = COMPONENT_TYPES[dialect][known]
    return made


def _plain(held: Any, dialect: Dialect) -> Any:
    """Return representations in one form, in whatever form a server returns them."""
    names, made = NAMES[dialect], deepcopy(held)
    for each in made if isinstance(made, list) else ():
        if isinstance(each, dict) and isinstance(each.get(names["channel"]), str):
            each[names["channel"]] = bare_channel(each[names["channel"]])
    for component in _components(_as_documented(made, dialect), dialect):
        tags = component.get(names["language"])
        some = [tags] if isinstance(tags, str) else tags
        if isinstance(some, list) and all(isinstance(tag, str) for tag in some):
            component[names["language"]] = sorted({canonical_tag(tag) for tag in some})
    return made


def _components(made: Any, dialect: Dialect) -> Iterator[_Held]:
    """Yield the contents of representations, as far as they have the documented shape."""
    name = NAMES[dialect]["components"]
    for each in made if isinstance(made, list) else ():
        held = each.get(name) if isinstance(each, dict) else None
        yield from (one for one in held if isinstance(one, dict)) if isinstance(held, list) else ()


def _takes_contents(each: _Held, name: str) -> bool:
    return each.get(name) is None or isinstance(each[name], list)


def _is_in(one: object, some: Sequence[object]) -> bool:
    """Say whether this very object is among some: equal ones may be others."""
    return any(one is each for each in some)
