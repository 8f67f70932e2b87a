"""Lists: sort, filter, cut into pages by the last value of the sort key, and link to the next.

`start` is exclusive and is a value of the sort key, so pages are exact only where that key is
unique (an id) - as with the real thing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from offer_sandbox.filters import Condition, Syntax, all_hold, conditions
from offer_sandbox.ids_and_times import moment_of
from offer_sandbox.messages import Call, problem
from offer_sandbox.settings import LinkForm, PageSizes, SandboxSettings
from offer_sandbox.state import State
from offer_sandbox.store import Entity, Selection, Shelf

_TIMES = ("created", "modified")
_SIZES: Final[Mapping[PageSizes, Callable[[int], int]]] = {
    "limit": int,
    "fewer": lambda limit: (limit + 1) // 2,
    "more": lambda limit: limit + 1,
}
_OTHER_ORIGIN = "http://elsewhere.example"


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
    """One page, and what is needed to link to the next and to the one before."""

    entities: list[Entity]
    total: int  # all that match, wherever the page begins
    remaining: int  # those that match from this page on
    order: str
    limit: int
    next_start: str | None
    has_before: bool = False
    before_start: str | None = None  # None: the page before is the first


@dataclass(frozen=True, slots=True, kw_only=True)
class _Query:
    """What a call asks for: the part that SQL decides, and the part that looks at documents."""

    state: State
    shelf: Shelf
    style: Style
    selection: Selection
    wanted: tuple[Condition, ...]
    keep: Callable[[Entity], bool] | None

    @property
    def is_plain(self) -> bool:
        """Whether SQL alone decides."""
        return not self.wanted and self.keep is None

    def run(self, **changed: Any) -> Iterator[Entity]:  # Any: the value of each field
        """Walk over what matches, with the selection changed."""
        for entity in self.state.store.select(self.shelf, replace(self.selection, **changed)):
            if self._matches(entity):
                yield entity

    def count(self) -> int:
        """Count all that match, wherever the page begins."""
        if self.is_plain:
            return self.state.store.count(self.shelf, self.selection)
        return sum(1 for _ in self.run(after=None))

    def _matches(self, entity: Entity) -> bool:
        if self.wanted and not all_hold(self.wanted, self.style.document(entity)):
            return False
        return self.keep is None or self.keep(entity)


def page(
    state: State,
    call: Call,
    shelf: Shelf,
    style: Style,
    *,
    keep: Callable[[Entity], bool] | None = None,
) -> Page:
    """Make the page that a call asks for; `keep` is a further condition."""
    order = (call.first("orderBy", "orderby") or style.order).strip()
    settings = state.settings
    limit = asked_limit(call, default=settings.default_limit, most=settings.max_limit)
    size = _SIZES[settings.page_sizes](limit)
    query = _query(state, call, shelf, style, order=order, keep=keep)
    found = list(islice(query.run(), size + 1))
    entities = found[:size]
    total = query.count()
    column = query.selection.order
    before, has_before, before_start = 0, query.selection.after is not None, None
    if has_before:
        before = total - sum(1 for _ in query.run()) if not query.is_plain else _count_before(query)
        before_start = _before_start(query, limit=size)
    return Page(
        entities=entities,
        total=total,
        remaining=total - before,
        order=order,
        limit=limit,
        next_start=style.key(entities[-1], column) if len(found) > size else None,
        has_before=has_before,
        before_start=before_start,
    )


def link(settings: SandboxSettings, call: Call, path: str, **parameters: str | list[str]) -> str:
    """Write a link as the settings say; what was repeated stays repeated; values are encoded."""
    pieces = []
    for name, value in parameters.items():
        values = value if isinstance(value, list) else [quote(value, safe="-._~")]
        pieces += [f"{name.replace('_', '-')}={one}" for one in values]
    return format_address(settings.next_links, call, f"{path}?{'&'.join(pieces)}")


def format_address(form: LinkForm, call: Call, relative: str) -> str:
    """Write an address below the base in one of the forms of a link."""
    base = "/".join(call.path.split("/")[:4])  # /data/core/dps
    match form:
        case "relative":
            return relative
        case "absolute-path":
            return base + relative
        case "absolute-url":
            return f"http://{call.headers.get('Host', '')}{base}{relative}"
        case "other-origin":
            return f"{_OTHER_ORIGIN}{base}{relative}"


def asked_limit(call: Call, *, default: int, most: int) -> int:
    """Return how many items a call wants on a page."""
    text = call.first("limit")
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise problem(400, f"limit must be a positive integer: {text}")
    return min(int(text), most)


def _query(
    state: State,
    call: Call,
    shelf: Shelf,
    style: Style,
    *,
    order: str,
    keep: Callable[[Entity], bool] | None,
) -> _Query:
    """Split the query of a call into what SQL can decide and what is left."""
    first = order.split(",", maxsplit=1)[0].strip()
    field = first.lstrip("+- ")
    if field not in style.columns:
        raise problem(400, f"Cannot order by {field}")
    asked = _conditions(state, call)
    is_lookup = any(one.equals(*style.names, *style.ids) is not None for one in asked)
    wanted = _interpret(state.settings, asked, style)
    names = [name for one in wanted if (name := one.equals(*style.names)) is not None]
    ids = [key for one in wanted if (key := one.equals(*style.ids)) is not None]
    column = style.columns[field]
    name = names[0] if names else None
    if state.active.several_pending(wanted_name=name):
        name, wanted = None, _loosen(wanted, style)
    selection = Selection(
        order=column,
        descending=first.startswith("-"),
        after=_after(column, call.first("start")),
        name=name,
        id=ids[0] if ids else None,
        as_of=state.visible_until(lookup=is_lookup),
    )
    return _Query(
        state=state, shelf=shelf, style=style, selection=selection, wanted=tuple(wanted), keep=keep
    )


def _conditions(state: State, call: Call) -> list[Condition]:
    settings = state.settings
    syntax = Syntax(
        comma_splits=settings.encoded_comma_splits,
        quotes_are_syntax=settings.encoded_quotes_are_syntax,
        wildcards=settings.wildcards_in_equality,
    )
    return conditions(call, syntax)


def _interpret(settings: SandboxSettings, asked: list[Condition], style: Style) -> list[Condition]:
    """Return the conditions as this server understands them."""
    match settings.property_filter:
        case "ignored":
            return []
        case "nothing" if asked:
            return [Condition(path="no such field", operator="", value="", negated=False)]
        case _:
            pass
    if settings.name_filter == "exact":
        return asked
    return [
        replace(one, operator="folds to") if one.equals(*style.names) is not None else one
        for one in asked
    ]


def _after(column: str, start: str | None) -> str | int | None:
    if start is None:
        return None
    if column in _TIMES:
        moment = moment_of(start.replace(" ", "+"))
        if moment is None:
            raise problem(400, f"start must be a time: {start}")
        return moment
    return int(start) if column == "etag" and start.isdigit() else start


def _count_before(query: _Query) -> int:
    """Count what is on the pages before this one, where SQL alone decides."""
    return query.state.store.count(query.shelf, query.selection, until=True)


def _before_start(query: _Query, *, limit: int) -> str | None:
    """Return where the page before begins: after the entity that is one page further back."""
    descending = not query.selection.descending
    back = list(islice(query.run(descending=descending), limit))
    return query.style.key(back[-1], query.selection.order) if len(back) == limit else None


def _loosen(wanted: list[Condition], style: Style) -> list[Condition]:
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
