"""Changes of an offer as a JSON Patch (RFC 6902) against the object that the server has.

A patch is applied whole or not at all. With `test` steps in front it is applied only to what it was
made against, so sent twice it cannot apply twice, and nobody's edit is overwritten (documented for
updates of fallback offers in DPS; XCORE documents `If-Match` in its place).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from loader.merge.part import Part, Parts
from loader.merge.three_way import Change
from loader.model import Dialect
from loader.offer.change_representations import represented
from loader.offer.dialect_names import NAMES
from loader.offer.shown_in_columns import shown
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
    ours: Sequence[Mapping[str, Any]] = (),
) -> list[PatchStep]:
    """Return what makes the changes, each after a test of the value that is there.

    `back_to` is the older state that the changes lead back to: what no column showed of it comes
    back, too, and what it did not have at all is removed, not left empty. `ours` is the patch that
    an undo takes back: contents that are as it left them come back exactly as they were.
    """
    names, root = NAMES[dialect], _ROOT[dialect]
    steps = _Steps(there=there, root=root)
    back: Object = back_to or {}
    then = shown(back, dialect).parts()
    contents = [change for change in changes if change.part.placement]
    attributes: dict[str, Any] = {}
    for change in changes:
        field = change.part.field
        if change.part.placement:
            continue
        if field.startswith(ATTRIBUTE_PREFIX):
            key = field.removeprefix(ATTRIBUTE_PREFIX)
            held = back.get(names["attributes"])
            old = held.get(key) if isinstance(held, Mapping) else None
            attributes[key] = _written(change, old, then)
            continue
        after = _written(change, back.get(names[field]) or None, then)
        if isinstance(after, tuple):
            after = _in_order(there.get(names[field]), after)
        steps.put(names[field], after)
    if attributes:
        name = names["attributes"]
        old = back.get(name) or None
        had_none = back_to is not None and not isinstance(back.get(name), Mapping)
        steps.put_inside(name, attributes, left_empty=old if had_none else {})
    if contents:
        name = names["representations"]
        left = _left(ours, f"{root}/{name}")
        made = represented(there, dialect, contents, back_to=back_to, left=left)
        had_none = not back.get(name)
        steps.put(name, made or (back.get(name) if had_none else None))
    return steps.all()


def _written(change: Change, held: Any, then: Parts) -> Any:
    """Return what to write: where the change leads back to what was held, that in its own form."""
    is_back = held is not None and then.get(change.part) == change.after
    return held if is_back else change.after


def _left(ours: Sequence[Mapping[str, Any]], path: str) -> Any:
    """Return what a patch writes at a path, [] where it removes it, None where it does neither."""
    for step in ours:
        if step["op"] != "test" and step["path"] == path:
            return step.get("value", [])
    return None


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

    def put_inside(self, name: str, values: Mapping[str, Any], *, left_empty: Any) -> None:
        """Set fields of an object inside the object; None removes one.

        `left_empty` is what stands in its place where no field is left.
        """
        held = self._there.get(name)
        if not isinstance(held, Mapping) or not held:
            filled = {key: value for key, value in values.items() if value is not None}
            if filled:
                self.put(name, filled)
            return
        left = {key for key in held if key not in values} | {
            key for key, value in values.items() if value is not None
        }
        if left_empty != {} and not left:
            self.put(name, left_empty)
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
