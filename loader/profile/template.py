"""Content from several cells: a small, safe part of Jinja2.

A template may show cells, choose (`if`), loop over the items of a cell (`for`) and use the filters
below. It cannot call, assign, import or access attributes. Its steps and every text that it makes
on the way are bounded.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from itertools import islice
from typing import Any, Final

import orjson
from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, nodes
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from loader.profile.escape import Escape
from loader.validation.fields import LONGEST_CELL

MOST_STEPS: Final = 1_000  # of all loops of one row together
LONGEST_TEMPLATE: Final = 20_000
MOST_FILTERS: Final = 200
MOST_GROWING: Final = 3  # filters upon each other that may each double a text
_GROWING: Final = frozenset({"e", "escape", "join", "replace", "tojson", "urlencode"})
MOST_JOINED: Final = 200  # texts, by ~
FILTERS: Final = (
    "capitalize", "default", "e", "escape", "first", "items", "join", "last", "length", "lower",
    "replace", "striptags", "title", "tojson", "trim", "truncate", "upper", "urlencode",
)  # fmt: skip
_LOOP: Final = ("first", "last", "index", "index0", "length")
_NO_CELLS: Final = {
    "row": 'row["HEADING"]; that of a column called Row is row["Row"]',
    "loop": ", ".join(f"loop.{part}" for part in _LOOP),
}
_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.For,
    nodes.CondExpr, nodes.Filter, nodes.Keyword, nodes.Concat, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Getattr, nodes.Getitem,
)  # fmt: skip
_CONTEXTS: Final = (Context, EvalContext, Environment)  # what Jinja2 hands to some filters
Cells = Mapping[str, str]


class TemplateFailed(Exception):
    """A template cannot be rendered for a row; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledTemplate:
    """A template and the cells that it uses: `names` as variables, `headings` as row["…"]."""

    names: frozenset[str]
    headings: frozenset[str]
    render: Callable[[Cells, Cells], str]  # cells by name, cells by heading


@lru_cache(maxsize=64)
def compile_template(source: str, escape: Escape) -> CompiledTemplate:
    """Return the template of `source`, or raise ValueError that says what is not allowed."""
    if len(source) > LONGEST_TEMPLATE:
        raise ValueError(f"it is longer than {LONGEST_TEMPLATE} characters")
    if source.count("|") > MOST_FILTERS:
        raise ValueError(f"it has more than {MOST_FILTERS} filters")
    try:
        return _compile(source, escape)
    except TemplateSyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error}") from error
    except (RecursionError, SyntaxError, MemoryError) as error:  # of Python's own compiler
        raise ValueError("it is nested too deeply") from error


def _compile(source: str, escape: Escape) -> CompiledTemplate:
    environment = _environment(escape)
    tree = environment.parse(source)
    loop_names = _require_allowed(tree)
    names = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    _bound_loops(tree)
    code = environment.from_string(tree)
    variables = frozenset(names - loop_names - {*_NO_CELLS})
    headings = frozenset(
        str(node.arg.value)
        for node in tree.find_all(nodes.Getitem)
        if isinstance(node.arg, nodes.Const)
    )

    def render(cells: Cells, row: Cells) -> str:
        for text in (*(cells.get(n, "") for n in variables), *(row.get(h, "") for h in headings)):
            _bounded_text(text)
        return _render(code, cells, row)

    return CompiledTemplate(names=variables, headings=headings, render=render)


def _environment(escape: Escape) -> ImmutableSandboxedEnvironment:
    finalize = _json_text if escape is Escape.JSON else None
    environment = ImmutableSandboxedEnvironment(
        autoescape=escape is Escape.HTML,
        undefined=StrictUndefined,
        finalize=finalize,
        keep_trailing_newline=True,
    )
    known = {**environment.filters, "items": _items}
    environment.filters = {name: _bounded_filter(name, known[name]) for name in FILTERS}
    return environment


def _bounded_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that neither takes nor makes more than a cell holds."""

    @wraps(function)  # Jinja2 marks functions that want its context
    def bounded(*arguments: Any) -> Any:
        for each in arguments:
            _bounded_text(each)
        texts = [each for each in arguments if not isinstance(each, _CONTEXTS)]
        if name == "join":
            _refuse_long(_joined_length(*texts))
        elif name == "replace":
            _refuse_long(_replaced_length(*texts))
        return _bounded_text(function(*arguments))

    return bounded


def _bounded_text(value: Any) -> Any:
    if isinstance(value, str):
        _refuse_long(len(value))
    return value


def _refuse_long(characters: int) -> None:
    if characters > LONGEST_CELL:
        raise TemplateFailed(f"it makes more than {LONGEST_CELL} characters")


def _joined_length(items: Sequence[Any], separator: str = "", *_: Any) -> int:
    """Return how long a joined text is."""
    return sum(len(str(item)) for item in items) + max(0, len(items) - 1) * len(str(separator))


def _replaced_length(text: Any, old: str, new: str, *_: Any) -> int:
    """Return how long a text is in which one text was replaced by another."""
    found = str(text).count(str(old))
    return len(str(text)) + found * (len(str(new)) - len(str(old)))


def _count_growing(node: nodes.Filter) -> int:
    """Count the filters below and with this one that may make a text longer."""
    return sum(each.name in _GROWING for each in (node, *node.find_all(nodes.Filter)))


def _require_allowed(tree: nodes.Template) -> set[str]:
    """Raise ValueError for what a template may not do; return the names that loops define."""
    defined: set[str] = set()
    if sum(len(node.nodes) for node in tree.find_all(nodes.Concat)) > MOST_JOINED:
        raise ValueError(f"more than {MOST_JOINED} texts are joined by ~")
    for node in _all(tree):
        where = f"line {node.lineno}: "
        if not isinstance(node, _ALLOWED):
            raise ValueError(  # noqa: TRY004 - one kind of error for what a template may not do
                f"{where}{type(node).__name__.lower()} is not allowed; templates show cells with"
                " {{ … }}, if, for and filters"
            )
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            raise ValueError(
                f"{where}the filter {node.name} is not known; known: {', '.join(FILTERS)}"
            )
        if isinstance(node, nodes.Filter) and _count_growing(node) > MOST_GROWING:
            raise ValueError(
                f"{where}more than {MOST_GROWING} of {', '.join(sorted(_GROWING))} upon each other"
            )
        if isinstance(node, nodes.For):
            defined |= _loop_name(node)
        if isinstance(node, nodes.Getattr) and not (
            _is_name(node.node, "loop") and node.attr in _LOOP
        ):
            raise ValueError(f'{where}.{node.attr} is not allowed; use row["HEADING"] for a cell')
        if isinstance(node, nodes.Getitem) and not (
            _is_name(node.node, "row")
            and isinstance(node.arg, nodes.Const)
            and isinstance(node.arg.value, str)
        ):
            raise ValueError(f'{where}only row["HEADING"] may have brackets')
    _refuse_bare(tree, set(_NO_CELLS) - defined)
    return defined


def _refuse_bare(tree: nodes.Template, names: set[str]) -> None:
    """Raise ValueError where one of the names is shown itself: it is no cell and no text."""
    held = {
        *(id(each.node) for each in tree.find_all(nodes.Getattr)),
        *(id(each.node) for each in tree.find_all(nodes.Getitem)),
    }
    for node in tree.find_all(nodes.Name):
        if node.name in names and id(node) not in held:
            raise ValueError(
                f"line {node.lineno}: {node.name} is no cell; use {_NO_CELLS[node.name]}"
            )


def _all(tree: nodes.Template) -> Iterator[nodes.Node]:
    yield tree
    yield from tree.find_all(nodes.Node)


def _is_name(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == name


def _loop_name(node: nodes.For) -> set[str]:
    if node.recursive or not isinstance(node.target, nodes.Name):
        raise ValueError(f"line {node.lineno}: only plain loops, for ITEM in …, are allowed")
    if not isinstance(node.iter, nodes.Filter) or node.iter.name != "items":
        raise ValueError(
            f"line {node.lineno}: a loop goes through the items of a cell:"
            " for item in tags|items(',')"
        )
    return {node.target.name}


def _bound_loops(tree: nodes.Template) -> None:
    """Give the loops of one rendering a common number of steps."""
    for node in list(tree.find_all(nodes.For)):
        items = node.iter
        assert isinstance(items, nodes.Filter)  # noqa: S101 - anything else was refused
        separator = items.args or [nodes.Const(";")]
        items.args = [*separator, nodes.Name("_steps", "load")]


def _items(text: str, separator: str = ";", steps: Iterator[int] | None = None) -> list[str]:
    found = [item for part in str(text).split(separator or ";") if (item := part.strip())]
    room = MOST_STEPS if steps is None else len(list(islice(steps, len(found))))
    if len(found) > room:
        raise TemplateFailed(f"its loops take more than {MOST_STEPS} steps")
    return found


def _json_text(value: object) -> object:
    return orjson.dumps(str(value)).decode()[1:-1]


def _render(template: Any, cells: Cells, row: Cells) -> str:
    steps = iter(range(MOST_STEPS))
    try:
        return "".join(_bounded(template.generate({**cells, "row": row, "_steps": steps})))
    except TemplateFailed:
        raise
    except Exception as error:  # whatever a template does to a cell is its fault
        raise TemplateFailed(str(error)[:200] or type(error).__name__) from error


def _bounded(pieces: Iterable[str]) -> Iterator[str]:
    room = LONGEST_CELL
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            raise TemplateFailed(f"it makes more than {LONGEST_CELL} characters")
        yield piece
