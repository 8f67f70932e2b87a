"""What an offer shows, changed in its list of representations; all else in the list stays.

An undo also restores what no column showed: other fields of a content that was removed, and a
representation without contents. Where nobody changed the list since, it is written as it was.
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
_JsonObject: TypeAlias = dict[str, Any]


def change_representations(
    remote: Object,
    dialect: Dialect,
    changes: Sequence[Change],
    *,
    back_to: Object | None = None,
    left_by_run: Any = None,
) -> Any:
    """Return the representations with the changes of contents made.

    `back_to` is the older state that the changes lead back to; `left_by_run` the representations
    as the run that is undone left them.
    """
    name = NAMES[dialect]["representations"]
    is_as_left = left_by_run is not None and _in_one_form(
        remote.get(name) or [], dialect
    ) == _in_one_form(left_by_run, dialect)
    if back_to is not None and is_as_left:
        return _as_documented(deepcopy(back_to.get(name)), dialect)
    made = _Representations(remote, dialect, back_to=back_to or {})
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

    def __init__(self, remote: Object, dialect: Dialect, *, back_to: Object) -> None:
        self._dialect, self._names = dialect, NAMES[dialect]
        self._shown, self._shown_before = shown(remote, dialect), shown(back_to, dialect)
        representations = remote.get(self._names["representations"])
        self._all: list[Any] = (
            deepcopy(representations) if isinstance(representations, list) else []
        )
        self._original = list(self._all)
        old_representations = back_to.get(self._names["representations"])
        self._old: list[Any] = old_representations if isinstance(old_representations, list) else []
        self._empty_contents: list[tuple[str, _JsonObject]] = []  # with their placements
        self._emptied: list[_JsonObject] = []  # representations whose last content was removed
        self._filled: list[_JsonObject] = []  # representations that got a content

    def set_contents(self, contents: Mapping[_Key, Mapping[str, Value | None]]) -> None:
        """Change, remove and add contents."""
        for key, values in contents.items():
            self._set_content(key, values)
        self._remove_empty()
        known = {content.key for content in self._shown.contents}
        new = [key for key in contents if key not in known]
        for key in new:
            self._add_content(key, contents[key], self._replaced_by(key, new))

    def _set_content(self, key: _Key, values: Mapping[str, Value | None]) -> None:
        """Change a content that is there."""
        for content in self._shown.contents:
            if content.key == key:
                place, position = content.at
                component = self._original[place][self._names["components"]][position]
                self._set(component, values)
                if not any(component.get(self._names[field]) for field in COMPONENT):
                    self._empty_contents.append((content.placement, component))

    def _remove_empty(self) -> None:
        """Take out the contents of which nothing is left."""
        name, empty = self._names["components"], [held for _, held in self._empty_contents]
        for each in self._original:
            held = each.get(name) if isinstance(each, dict) else None
            if not isinstance(held, list) or not any(_contains_object(one, empty) for one in held):
                continue
            each[name] = [one for one in held if not _contains_object(one, empty)]
            if not each[name]:
                self._emptied.append(each)

    def _replaced_by(self, key: _Key, new: Sequence[_Key]) -> _JsonObject:
        """Return what is left of the content that a new one replaces, in another language.

        That is so where one content of its placement was removed, and one added.
        """
        removed = [
            component for placement, component in self._empty_contents if placement == key[0]
        ]
        added = [placement for placement, _ in new if placement == key[0]]
        return removed[0] if len(removed) == len(added) == 1 else {}

    def _add_content(
        self, key: _Key, values: Mapping[str, Value | None], replaced: Mapping[str, Any]
    ) -> None:
        """Add a content that is not there; it keeps what no column shows of the one replaced."""
        placement, language = key
        old = next((each.at for each in self._shown_before.contents if each.key == key), None)
        if old is not None:
            component: _JsonObject = deepcopy(self._old[old[0]][self._names["components"]][old[1]])
        else:
            component = dict(deepcopy(replaced))
            component.pop(self._names["language"], None)
            component |= {self._names["language"]: language.split(";")} if language else {}
        self._set(component, values)
        representation = self._representation_for(placement, None if old is None else old[0])
        components = representation.get(self._names["components"]) or []
        components.insert(len(components) if old is None else old[1], component)
        representation[self._names["components"]] = components
        self._filled.append(representation)

    def set_channel(self, placement: str, channel: Value | None) -> None:
        """Change the channel of a placement, in the representations that show it."""
        name = self._names["channel"]
        old = next(
            (each.channel for each in self._shown_before.contents if each.placement == placement),
            "",
        )
        for each in self._at_placement(placement, self._all):
            if not self._shows_contents(each):
                continue
            before = self._older_version(each)
            new = before.get(name) if before is not None else old
            new_text = str(new or "")
            if channel is not None and bare_channel(new_text) != channel:
                new = channel_uri(str(channel))
            if new is None or (channel is None and not new_text):
                each.pop(name, None)
            else:
                each[name] = new

    def all(self) -> list[Any]:
        """Return the representations, without those whose last content was removed."""
        name, found = self._names["components"], list[Any]()
        for each in self._all:
            if _contains_object(each, self._emptied) and not each[name]:
                before = self._older_version(each) or self._empty_older_version(each)
                if before is None or before.get(name):
                    continue
                del each[name]
                if name in before:
                    each[name] = before[name]
            found.append(each)
        return found

    def _representation_for(self, placement: str, old: int | None) -> _JsonObject:
        """Return the representation that a new content belongs in; `old` is where it was."""
        name, some = self._names["components"], list(self._at_placement(placement, self._all))
        if old is not None:
            for each in some:
                if self._older_version(each) is self._old[old] and _takes_contents(each, name):
                    return each
        for each in some:
            if self._shows_contents(each):
                return each
        if old is not None:
            new: _JsonObject = {**deepcopy(self._old[old]), name: []}
            self._all.insert(old, new)
            return new
        for each in some:
            if not each.get(name) and _takes_contents(each, name):
                return each
        new = {self._names["placement"]: placement}
        self._all.append(new)
        return new

    def _shows_contents(self, each: _JsonObject) -> bool:
        """Say whether columns show a representation, or would if they knew its contents.

        So it is also with one that these changes filled or emptied.
        """
        if _contains_object(each, self._filled) or _contains_object(each, self._emptied):
            return True
        placement, channel = each[self._names["placement"]], each.get(self._names["channel"]) or ""
        components = each.get(self._names["components"])
        return (
            isinstance(components, list)
            and bool(components)
            and self._shown.channels.get(placement) == channel
        )

    def _older_version(self, each: _JsonObject) -> _JsonObject | None:
        """Return a representation as it was in the older state, if it can be identified there."""
        placement = each[self._names["placement"]]
        some, old = (
            list(self._at_placement(placement, all_)) for all_ in (self._original, self._old)
        )
        if len(some) == len(old):
            for one, before in zip(some, old, strict=True):
                if one is each:
                    return before
        return None

    def _empty_older_version(self, each: _JsonObject) -> _JsonObject | None:
        """Return a representation of the older state that had this placement, and no contents."""
        old = self._at_placement(each[self._names["placement"]], self._old)
        return next((one for one in old if not one.get(self._names["components"])), None)

    def _at_placement(self, placement: str, some: Sequence[Any]) -> Iterator[_JsonObject]:
        """Yield the representations of a placement."""
        name = self._names["placement"]
        return (each for each in some if isinstance(each, dict) and each.get(name) == placement)

    def _set(self, component: _JsonObject, values: Mapping[str, Value | None]) -> None:
        for field, value in values.items():
            if value is None:
                component.pop(self._names[field], None)
            else:
                is_type = field == "type"
                text = COMPONENT_TYPES[self._dialect][str(value)] if is_type else value
                component[self._names[field]] = text


def _as_documented(made: Any, dialect: Dialect) -> Any:
    """Write known types as documented: a server may return them in a form that it refuses."""
    name = NAMES[dialect]["type"]
    for component in _components(made, dialect):
        kind = component.get(name)
        known = known_type(kind) if isinstance(kind, str) else ""
        if known:
            component[name] = COMPONENT_TYPES[dialect][known]
    return made


def _in_one_form(held: Any, dialect: Dialect) -> Any:
    """Return a copy in one form, in whatever form a server returns representations."""
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


def _components(made: Any, dialect: Dialect) -> Iterator[_JsonObject]:
    """Yield the contents of representations, as far as they have the documented shape."""
    name = NAMES[dialect]["components"]
    for each in made if isinstance(made, list) else ():
        held = each.get(name) if isinstance(each, dict) else None
        yield from (one for one in held if isinstance(one, dict)) if isinstance(held, list) else ()


def _takes_contents(each: _JsonObject, name: str) -> bool:
    return each.get(name) is None or isinstance(each[name], list)


def _contains_object(one: object, some: Sequence[object]) -> bool:
    """Say whether this very object is among `some`: an equal one may be another object."""
    return any(one is each for each in some)
