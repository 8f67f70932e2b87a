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
from loader.offer.change_representations import change_representations
from loader.offer.dialect_names import NAMES
from loader.offer.shown_in_columns import shown
from loader.validation.editing import Object, PatchStep
from loader.validation.fields import ATTRIBUTE_PREFIX

_ROOT: Final = {Dialect.DPS: "", Dialect.XCORE: "/_instance"}
ARCHIVED: Final = "archived"


def patch(
    remote: Object,
    dialect: Dialect,
    changes: Sequence[Change],
    *,
    back_to: Object | None = None,
    undone: Sequence[Mapping[str, Any]] = (),
) -> list[PatchStep]:
    """Return what makes the changes, each after a test of the value that is there.

    `back_to` is the older state that the changes lead back to: what no column showed of it comes
    back, too, and what it did not have at all is removed, not left empty. `undone` is the patch
    that an undo reverts: contents that are as it left them come back exactly as they were.
    """
    names, root = NAMES[dialect], _ROOT[dialect]
    steps = _Steps(remote=remote, root=root)
    old_offer: Object = back_to or {}
    old_parts = shown(old_offer, dialect).parts()
    contents = [change for change in changes if change.part.placement]
    attributes: dict[str, Any] = {}
    for change in changes:
        field = change.part.field
        if change.part.placement:
            continue
        if field.startswith(ATTRIBUTE_PREFIX):
            key = field.removeprefix(ATTRIBUTE_PREFIX)
            old_attributes = old_offer.get(names["attributes"])
            old = old_attributes.get(key) if isinstance(old_attributes, Mapping) else None
            attributes[key] = _value_to_write(change, old, old_parts)
            continue
        value = _value_to_write(change, old_offer.get(names[field]) or None, old_parts)
        if isinstance(value, tuple):
            value = _in_remote_order(remote.get(names[field]), value)
        steps.put(names[field], value)
    if attributes:
        name = names["attributes"]
        old = old_offer.get(name) or None
        had_none = back_to is not None and not isinstance(old_offer.get(name), Mapping)
        steps.put_inside(name, attributes, left_empty=old if had_none else {})
    if contents:
        name = names["representations"]
        left_by_run = _value_set_by(undone, f"{root}/{name}")
        new = change_representations(
            remote, dialect, contents, back_to=back_to, left_by_run=left_by_run
        )
        had_none = not old_offer.get(name)
        steps.put(name, new or (old_offer.get(name) if had_none else None))
    return steps.all()


def _value_to_write(change: Change, old: Any, old_parts: Parts) -> Any:
    """Return what to write: where the change restores the `old` value, that in its own form."""
    is_back = old is not None and old_parts.get(change.part) == change.after
    return old if is_back else change.after


def _value_set_by(patch_steps: Sequence[Mapping[str, Any]], path: str) -> Any:
    """Return what a patch writes at a path, [] where it removes it, None where it does neither."""
    for step in patch_steps:
        if step["op"] != "test" and step["path"] == path:
            return step.get("value", [])
    return None


def archive_changes(remote: Object, dialect: Dialect) -> Sequence[Change]:
    """Return the change that archives an offer; none where it is archived."""
    status = shown(remote, dialect).texts.get("status")
    if status == ARCHIVED:
        return ()
    return (Change(part=Part(field="status"), before=status, after=ARCHIVED),)


class _Steps:
    """Collects tests and changes of the fields of one object."""

    def __init__(self, *, remote: Object, root: str) -> None:
        self._remote, self._root = remote, root
        self._tests: list[PatchStep] = []
        self._changes: list[PatchStep] = []

    def put(self, name: str, value: Any) -> None:
        """Set a field of the object; None removes it."""
        self._put((name,), value, is_there=name in self._remote, current=self._remote.get(name))

    def put_inside(self, name: str, values: Mapping[str, Any], *, left_empty: Any) -> None:
        """Set fields of an object inside the object; None removes one.

        `left_empty` replaces the object where no field is left.
        """
        current = self._remote.get(name)
        if not isinstance(current, Mapping) or not current:
            new = {key: value for key, value in values.items() if value is not None}
            if new:
                self.put(name, new)
            return
        remaining = {key for key in current if key not in values} | {
            key for key, value in values.items() if value is not None
        }
        if left_empty != {} and not remaining:
            self.put(name, left_empty)
            return
        if any(key not in current for key in values):  # a test cannot name what is not there
            self._test((name,), current)
        for key, value in values.items():
            self._put((name, key), value, is_there=key in current, current=current.get(key))

    def all(self) -> list[PatchStep]:
        """Return the tests, then the changes."""
        return [*self._tests, *self._changes]

    def _put(self, keys: tuple[str, ...], value: Any, *, is_there: bool, current: Any) -> None:
        if is_there:
            self._test(keys, current)
        path = self._path(keys)
        if value is None:
            if is_there:
                self._changes.append({"op": "remove", "path": path})
            return
        self._changes.append({"op": "replace" if is_there else "add", "path": path, "value": value})

    def _test(self, keys: tuple[str, ...], current: Any) -> None:
        self._tests.append({"op": "test", "path": self._path(keys), "value": current})

    def _path(self, keys: tuple[str, ...]) -> str:
        return self._root + "".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in keys)


def _in_remote_order(current: Any, after: tuple[str, ...]) -> list[str]:
    """Return the items in the order and spelling of the server, then the new ones."""
    remote = [
        each
        for each in (current if isinstance(current, list) else [current])
        if isinstance(each, str)
    ]
    wanted = {each.lower(): each for each in after}
    kept = [each for each in remote if wanted.pop(each.lower(), None) is not None]
    return [*kept, *wanted.values()]
