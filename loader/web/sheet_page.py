"""The sheet: all rows of a draft in a grid, what is wrong with them, and the edits.

The page is a frame; its script asks for windows of rows and sends what was edited. Every answer
has the revision of the draft, so that a page sees what another one did.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from loader.run.drafting import Draft
from loader.run.drafting.shown_rows import ListGone
from loader.run.drafting.shown_values import Filter, Group, Only, Search
from loader.run.drafting.undoable_edits import Change
from loader.web.app_state import DRAFTS, draft_of
from loader.web.page_words import words_of
from loader.web.rendering import Refused, as_json, body, render, session_of

_LONGEST_TEXT: Final = 1_000  # that is looked for
_LONGEST_WORDS: Final = 100  # of a step


async def sheet(request: web.Request) -> web.Response:
    """Show the page."""
    draft = await draft_of(request)
    state = await asyncio.to_thread(draft.state)
    return render(request, "sheet.html", draft=state, keys=tuple(words_of("sheet.key").items()))


async def describe_status(request: web.Request) -> web.Response:
    """Return what is read, checked and wrong; and the sheets with their columns if asked."""
    draft, who = await draft_of(request), session_of(request).person
    with_sheets = "sheets" in request.query
    return as_json(await asyncio.to_thread(_status, draft, who=who, with_sheets=with_sheets))


def _status(draft: Draft, *, who: str, with_sheets: bool) -> Mapping[str, Any]:
    state = draft.state(who=who)
    found = asdict(state)
    if with_sheets:
        found["sheets"] = draft.sheets()
    return found


async def rows(request: web.Request) -> web.Response:
    """Give a window of rows."""
    draft, query = await draft_of(request), request.query
    with _list_of_the_page():
        window = await asyncio.to_thread(
            draft.rows,
            _filter(query),
            start=_number(query, "start"),
            count=_number(query, "count"),
            kept=query.get("list", ""),
        )
    return as_json(window)


@contextmanager
def _list_of_the_page() -> Iterator[None]:
    """Refuse where the rows that the page shows are not known any more."""
    try:
        yield
    except ListGone:
        raise Refused("rows-changed") from None


async def groups(request: web.Request) -> web.Response:
    """Give what is wrong, the same thing in many cells once."""
    draft = await draft_of(request)
    return as_json(await asyncio.to_thread(draft.groups, _number(request.query, "sheet")))


async def next_cell(request: web.Request) -> web.Response:
    """Say where the next wrong cell is, or the next that holds a text."""
    draft, query = await draft_of(request), request.query
    search = Search(
        shown=_filter(query),
        kept=query.get("list", ""),
        row_id=_number(query, "row"),
        position=_number(query, "at"),
        backwards="back" in query,
        text=query.get("find", "")[:_LONGEST_TEXT],
        errors_only="warnings" not in query,
    )
    with _list_of_the_page():
        return as_json({"place": await asyncio.to_thread(draft.next_cell, search)})


async def names(request: web.Request) -> web.Response:
    """Give the placements or tags of the target, by name."""
    known = await asyncio.to_thread(request.app[DRAFTS].names.names)
    entries = known.placements if request.query.get("kind") == "placements" else known.tags
    found = [
        {"name": each.name, "id": each.id, "more": str(each).removeprefix(each.id).strip(" ()")}
        for each in entries or ()
    ]
    return as_json({"names": found, "trouble": known.trouble})


async def edit(request: web.Request) -> web.Response:
    """Change cells, as one step."""
    draft, data = await draft_of(request), await body(request)
    try:
        changes = [_change(*each) for each in data["changes"]]
        words = str(data.get("words", ""))[:_LONGEST_WORDS]
    except (KeyError, TypeError):
        raise Refused("bad-request", status=400) from None
    who = session_of(request).person
    return as_json(await asyncio.to_thread(draft.edit, changes, words=words, who=who))


def _change(row_id: object, position: object, text: object, was: object) -> Change:
    """Return a change that a script sent. Raises TypeError where it is of another form."""
    if not (isinstance(row_id, int) and isinstance(position, int) and isinstance(text, str)):
        raise TypeError
    if position < 0 or not (was is None or isinstance(was, str)):
        raise TypeError
    return Change(row_id=row_id, position=position, text=text, was=was)


async def confirm(request: web.Request) -> web.Response:
    """Confirm that the cells of a row are in the right columns."""
    draft, data = await draft_of(request), await body(request)
    row = data.get("row")
    if not isinstance(row, int):
        raise Refused("bad-request", status=400)
    who = session_of(request).person
    return as_json(await asyncio.to_thread(draft.confirm_row, row, who=who))


async def fix_group(request: web.Request) -> web.Response:
    """Give every cell of a group the same text."""
    draft, data = await draft_of(request), await body(request)
    try:
        sheet_id, position = int(data["sheet"]), int(data["position"])
        code, value, text = str(data["code"]), str(data["value"]), str(data["text"])
    except (KeyError, TypeError, ValueError):
        raise Refused("bad-request", status=400) from None
    known = await asyncio.to_thread(draft.groups, sheet_id)
    group = next((each for each in known if _is_group(each, code, position, value)), None)
    if group is None:
        raise Refused("group-gone")
    who = session_of(request).person
    return as_json(await asyncio.to_thread(draft.fix_group, group, text, who=who))


def _is_group(group: Group, code: str, position: int, value: str) -> bool:
    return (group.code, group.position, group.value) == (code, position, value)


async def undo(request: web.Request) -> web.Response:
    """Undo the last step of the person."""
    draft, who = await draft_of(request), session_of(request).person
    return as_json(await asyncio.to_thread(draft.undo, who=who))


async def redo(request: web.Request) -> web.Response:
    """Do the step again that the person undid last."""
    draft, who = await draft_of(request), session_of(request).person
    return as_json(await asyncio.to_thread(draft.redo, who=who))


async def corrected(request: web.Request) -> web.FileResponse:
    """Give the person's own file with the edits."""
    draft = await draft_of(request)
    made = await asyncio.to_thread(draft.corrected)
    name = quote(made.name, safe="")
    plain = "".join(c if (c.isascii() and c.isalnum()) or c in "-_. " else "-" for c in made.name)
    return web.FileResponse(
        made.path,
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}",
        },
    )


async def describe_corrected(request: web.Request) -> web.Response:
    """Return the name of the corrected file, and what of the original it lacks and why."""
    made = await asyncio.to_thread((await draft_of(request)).corrected)
    return as_json({"name": made.name, "lost": made.lost, "why": made.why})


def _filter(query: Mapping[str, str]) -> Filter:
    """Return which rows are shown."""
    try:
        return Filter(
            sheet_id=_number(query, "sheet"),
            only=Only(query.get("only", "")),
            code=query.get("code", "")[:_LONGEST_TEXT],
            position=int(query["position"]) if "position" in query else None,
            value=query.get("value"),
            text=query.get("text", "")[:_LONGEST_TEXT],
        )
    except ValueError:
        raise Refused("bad-request", status=400) from None


def _number(query: Mapping[str, str], name: str) -> int:
    try:
        number = int(query.get(name, "0"))
    except ValueError:
        raise Refused("bad-request", status=400) from None
    if not -1 <= number < 2**53:
        raise Refused("bad-request", status=400)
    return number


ROUTES: Final = (
    web.get("/drafts/{draft}", sheet),
    web.get("/drafts/{draft}/state", describe_status),
    web.get("/drafts/{draft}/rows", rows),
    web.get("/drafts/{draft}/groups", groups),
    web.get("/drafts/{draft}/next", next_cell),
    web.get("/drafts/{draft}/names", names),
    web.get("/drafts/{draft}/corrected", corrected),
    web.get("/drafts/{draft}/corrected/about", describe_corrected),
    web.post("/drafts/{draft}/edits", edit),
    web.post("/drafts/{draft}/confirm", confirm),
    web.post("/drafts/{draft}/fix-group", fix_group),
    web.post("/drafts/{draft}/undo", undo),
    web.post("/drafts/{draft}/redo", redo),
)
