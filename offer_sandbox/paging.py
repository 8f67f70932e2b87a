"""Lists: sort, filter, cut into pages by the last value of the sort key, and link to the next.

Rules of this file: `start` is exclusive and is a value of the sort key, so pages are exact only
where that key is unique (an id) - as with the real thing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import quote

from offer_sandbox.exchange import Call, problem
from offer_sandbox.filters import Condition, all_hold, conditions
from offer_sandbox.stamps import moment_of
from offer_sandbox.state import State
from offer_sandbox.store import Entity, Selection, Shelf

_TIMES = ("created", "modified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What the dialects do differently."""

    columns: Mapping[str, str]  # a field as the caller names it -> our column
    order: str  # the default
    names: tuple[str, ...]  # paths of the name
    ids: tuple[str, ...]  # paths of the id
    document: Callable[[Entity], dict[str, Any]]
    key: Callable[[Entity, str], str]  # the value of a column as this dialect writes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, and what is needed to link to the next."""

    entities: list[Entity]
    total: int  # all that match, wherever the page begins
    remaining: int  # those that match from this page on
    order: str
    limit: int
    next_start: str | None


def page(state: State, call: Call, shelf: Shelf, style: Style) -> Page:
    """Make the page that a call asks for."""
    order = (call.first("orderBy", "orderby") or style.order).strip()
    limit = _limit(state, call)
    wanted = conditions(call, encoded_comma_splits=state.settings.encoded_comma_splits)
    selection = _selection(state, call, style, order=order, wanted=wanted)
    if state.weather.several_pending(wanted_name=selection.name):
        selection, wanted = replace(selection, name=None), _loosened(wanted, style)
    matching = (
        entity
        for entity in state.store.select(shelf, selection)
        if not wanted or all_hold(wanted, style.document(entity))
    )
    found = list(islice(matching, limit + 1))
    total = _total(state, shelf, style, selection=selection, wanted=wanted)
    more = len(found) > limit
    entities = found[:limit]
    before = 0 if selection.after is None else _before(state, shelf, style, selection, wanted)
    return Page(
        entities=entities,
        total=total,
        remaining=total - before,
        order=order,
        limit=limit,
        next_start=style.key(entities[-1], selection.order) if more else None,
    )


def link(path: str, **parameters: str | list[str]) -> str:
    """Write a relative link; what was repeated stays repeated; values are encoded by us."""
    pieces = []
    for name, value in parameters.items():
        values = value if isinstance(value, list) else [quote(value, safe="-._~")]
        pieces += [f"{name.replace('_', '-')}={one}" for one in values]
    return f"{path}?{'&'.join(pieces)}"


def _limit(state: State, call: Call) -> int:
    text = call.first("limit")
    if text is None:
        return state.settings.default_limit
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise problem(400, f"limit must be a positive integer: {text}")
    return min(int(text), state.settings.max_limit)


def _selection(
    state: State, call: Call, style: Style, *, order: str, wanted: list[Condition]
) -> Selection:
    """Turn what SQL can decide into a selection."""
    first = order.split(",", maxsplit=1)[0].strip()
    field = first.lstrip("+- ")
    if field not in style.columns:
        raise problem(400, f"Cannot order by {field}")
    names = [name for one in wanted if (name := one.equals(*style.names)) is not None]
    ids = [key for one in wanted if (key := one.equals(*style.ids)) is not None]
    column = style.columns[field]
    return Selection(
        order=column,
        descending=first.startswith("-"),
        after=_after(column, call.first("start")),
        name=names[0] if names else None,
        id=ids[0] if ids else None,
        created_until=state.visible_until(lookup=bool(names or ids)),
    )


def _after(column: str, start: str | None) -> str | int | None:
    if start is None:
        return None
    if column in _TIMES:
        moment = moment_of(start.replace(" ", "+"))
        if moment is None:
            raise problem(400, f"start must be a time: {start}")
        return moment
    return int(start) if column == "etag" and start.isdigit() else start


def _total(
    state: State, shelf: Shelf, style: Style, *, selection: Selection, wanted: list[Condition]
) -> int:
    if not wanted:
        return state.store.count(shelf, selection)
    everyone = state.store.select(shelf, replace(selection, after=None))
    return sum(all_hold(wanted, style.document(entity)) for entity in everyone)


def _before(
    state: State, shelf: Shelf, style: Style, selection: Selection, wanted: list[Condition]
) -> int:
    """Count those that match on the pages before this one."""
    after = selection.after
    count = 0
    for entity in state.store.select(shelf, replace(selection, after=None)):
        value = getattr(entity, selection.order)
        if (value < after) if selection.descending else (value > after):
            break
        count += not wanted or all_hold(wanted, style.document(entity))
    return count


def _loosened(wanted: list[Condition], style: Style) -> list[Condition]:
    """Match a name by its beginning and without regard to case: what a sloppy index would do."""
    loose = []
    for one in wanted:
        if (name := one.equals(*style.names)) is not None:
            beginning = name[: max(1, len(name) // 2)]
            pattern = "".join(f"\\x{ord(c):02x}" if ord(c) < 128 else c for c in beginning)
            loose.append(replace(one, operator="~", value=f"(?s:{pattern}.*)"))
        else:
            loose.append(one)
    return loose
