"""Changes of an offer as a JSON Patch (RFC 6902) against the object that the server has.

A patch is applied whole or not at all. With `test` steps in front it is applied only to what it was
made against, so sent twice it cannot apply twice, and nobody's edit is overwritten (documented for
updates of fallback offers in DPS; XCORE documents `If-Match` in its place).
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from loader.merge.part import Part, Value
from loader.merge.three_way import Change
from loader.model import Dialect
from loader.offer.documents import channel_uri
from loader.offer.names import COMPONENT_TYPES, NAMES
from loader.offer.shown import COMPONENT, known_type, shown
from loader.validation.editing import Object, PatchStep
from loader.validation.fields import ATTRIBUTE_PREFIX

_ROOT: Final = {Dialect.DPS: "", Dialect.XCORE: "/_instance"}
ARCHIVED: Final = "archived"


def patch(
    there: Object,
    dialect: Dialect,
    changes: Sequence[Change],
    *,
    back_to: Object | None = None,
) -> list[PatchStep]:
    """Return what makes the changes, each after a test of the value that is there.

    `back_to` is the older state that the changes lead back to: where it had no attributes at all,
    no empty map of them is left.
    """
    names, root = NAMES[dialect], _ROOT[dialect]
    steps = _Steps(there=there, root=root)
    contents = [change for change in changes if change.part.placement]
    attributes = {
        change.part.field.removeprefix(ATTRIBUTE_PREFIX): change.after
        for change in changes
        if change.part.field.startswith(ATTRIBUTE_PREFIX)
    }
    for change in changes:
        field = change.part.field
        if change in contents or field.startswith(ATTRIBUTE_PREFIX):
            continue
        after = change.after
        if isinstance(after, tuple):
            after = tuple(_in_order(there.get(names[field]), after))
        steps.put(names[field], list(after) if isinstance(after, tuple) else after)
    if attributes:
        name = names["attributes"]
        had_none = back_to is not None and not isinstance(back_to.get(name), Mapping)
        steps.put_inside(name, attributes, is_removed_when_empty=had_none)
    if contents:
        steps.put(names["representations"], _represented(there, dialect, contents) or None)
    return steps.all()


def archived(there: Object, dialect: Dialect) -> Sequence[Change]:
    """Return the change that archives an offer; none where it is archived."""
    status = shown(there, dialect).texts.get("status")
    if status == ARCHIVED:
        return ()
    return (Change(part=Part(field="status"), before=status, after=ARCHIVED),)


class _Steps:
    """Collects tests and changes of the fields of one object."""

    def __init__(self, *, there: Object, root: str) -> None:
        self._there, self._root = there, root
        self._tests: list[PatchStep] = []
        self._changes: list[PatchStep] = []

    def put(self, name: str, value: Any) -> None:
        """Set a field of the object; None removes it."""
        self._put((name,), value, is_there=name in self._there, held=self._there.get(name))

    def put_inside(
        self, name: str, values: Mapping[str, Any], *, is_removed_when_empty: bool
    ) -> None:
        """Set fields of an object inside the object; None removes one."""
        held = self._there.get(name)
        if not isinstance(held, Mapping) or not held:
            filled = {key: value for key, value in values.items() if value is not None}
            if filled:
                self.put(name, filled)
            return
        left = {key for key in held if key not in values} | {
            key for key, value in values.items() if value is not None
        }
        if is_removed_when_empty and not left:
            self.put(name, None)
            return
        if any(key not in held for key in values):  # a test cannot name what is not there
            self._test((name,), held)
        for key, value in values.items():
            self._put((name, key), value, is_there=key in held, held=held.get(key))

    def all(self) -> list[PatchStep]:
        """Return the tests, then the changes."""
        return [*self._tests, *self._changes]

    def _put(self, keys: tuple[str, ...], value: Any, *, is_there: bool, held: Any) -> None:
        if is_there:
            self._test(keys, held)
        path = self._path(keys)
        if value is None:
            if is_there:
                self._changes.append({"op": "remove", "path": path})
            return
        self._changes.append({"op": "replace" if is_there else "add", "path": path, "value": value})

    def _test(self, keys: tuple[str, ...], held: Any) -> None:
        self._tests.append({"op": "test", "path": self._path(keys), "value": held})

    def _path(self, keys: tuple[str, ...]) -> str:
        return self._root + "".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in keys)


def _in_order(held: Any, after: tuple[str, ...]) -> list[str]:
    """Return the items as the server has them, in its order and spelling, then the new ones."""
    there = [each for each in (held if isinstance(held, list) else [held]) if isinstance(each, str)]
    wanted = {each.lower(): each for each in after}
    kept = [each for each in there if wanted.pop(each.lower(), None) is not None]
    return [*kept, *wanted.values()]


def _represented(there: Object, dialect: Dialect, changes: Sequence[Change]) -> list[Any]:
    """Return the representations with the changes made, and all else as it is."""
    names = NAMES[dialect]
    held = there.get(names["representations"])
    made: list[Any] = deepcopy(held) if isinstance(held, list) else []
    places = {content.key: content.at for content in shown(there, dialect).contents}
    by_content: dict[tuple[str, str], dict[str, Value | None]] = {}
    channels: dict[str, Value | None] = {}
    for change in changes:
        part = change.part
        if part.field == "channel":
            channels[part.placement] = change.after
        else:
            by_content.setdefault((part.placement, part.language), {})[part.field] = change.after
    for (placement, language), values in by_content.items():
        raw = {names[field]: _raw(dialect, field, value) for field, value in values.items()}
        at = places.get((placement, language))
        if at is not None:
            component = made[at[0]][names["components"]][at[1]]
            _set(component, raw)
            if not any(component.get(names[field]) for field in COMPONENT):
                component.clear()
            continue
        component = {name: value for name, value in raw.items() if value is not None}
        if language:
            component[names["language"]] = language.split(";")
        _representation(made, names, placement)[names["components"]].append(component)
    for placement, channel in channels.items():
        for each in made:
            if isinstance(each, dict) and each.get(names["placement"]) == placement:
                _set(each, {names["channel"]: channel_uri(str(channel)) if channel else None})
    _as_documented(made, dialect)
    return _without_empty(made, names, {placement for placement, _ in by_content})


def _as_documented(made: list[Any], dialect: Dialect) -> None:
    """Write known types as documented: a server may return them in a form that it refuses."""
    names = NAMES[dialect]
    for each in made:
        components = each.get(names["components"]) if isinstance(each, dict) else None
        for component in components if isinstance(components, list) else ():
            kind = component.get(names["type"]) if isinstance(component, dict) else None
            known = known_type(kind) if isinstance(kind, str) else ""
            if known:
                component[names["type"]] = COMPONENT_TYPES[dialect][known]


def _representation(made: list[Any], names: Mapping[str, str], placement: str) -> dict[str, Any]:
    """Return the representation for a placement, a new one where there is none."""
    for each in made:
        if isinstance(each, dict) and each.get(names["placement"]) == placement:
            each.setdefault(names["components"], [])
            return each
    new: dict[str, Any] = {names["placement"]: placement, names["components"]: []}
    made.append(new)
    return new


def _set(held: dict[str, Any], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if value is None:
            held.pop(name, None)
        else:
            held[name] = value


def _without_empty(made: list[Any], names: Mapping[str, str], touched: set[str]) -> list[Any]:
    """Return the representations without contents, and without those, that were removed."""
    found = []
    for each in made:
        if isinstance(each, dict) and each.get(names["placement"]) in touched:
            each[names["components"]] = [one for one in each[names["components"]] if one != {}]
            if not each[names["components"]]:
                continue
        found.append(each)
    return found


def _raw(dialect: Dialect, field: str, value: Value | None) -> Any:
    return COMPONENT_TYPES[dialect][str(value)] if field == "type" and value else value
