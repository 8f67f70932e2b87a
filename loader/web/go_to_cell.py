"""From the address of a cell, as messages name it, to that cell in the grid."""

import asyncio
import re
from bisect import bisect_left
from typing import Final

from aiohttp import web

from loader.run.drafting import Draft
from loader.run.drafting.shown_values import Filter
from loader.tables.addresses import column_position
from loader.web.app_state import draft_of
from loader.web.rendering import see_other

_CELL: Final = re.compile(
    r"(?:(?P<sheet>.*)!)?(?P<letters>[A-Z]{0,3})(?P<number>[0-9]{1,9})", re.DOTALL
)


async def go_to(request: web.Request) -> web.Response:
    """Send the browser to the grid, with the cell in focus if it is there."""
    draft = await draft_of(request)
    place = await asyncio.to_thread(_place, draft, request.query.get("at", ""))
    return see_other(request, f"/drafts/{draft.draft_id}{place}")


def _place(draft: Draft, address: str) -> str:
    found = _CELL.fullmatch(address)
    sheets = draft.sheets()
    name = _unquoted(found["sheet"] or "") if found else ""
    sheet = next((each for each in sheets if each.name == name), next(iter(sheets), None))
    if found is None or sheet is None:
        return ""
    shown = Filter(sheet_id=sheet.sheet_id)

    def number_at(at: int) -> int:
        return draft.rows(shown, start=at, count=1).rows[0].number

    at = bisect_left(range(sheet.rows), int(found["number"]), key=number_at)
    column = column_position(found["letters"]) if found["letters"] else 0
    return f"?row={sheet.first + min(at, sheet.rows - 1)}&at={column}"


def _unquoted(sheet: str) -> str:
    """Return the name in "'My offers'!F17" as the sheet has it."""
    return sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet


ROUTES: Final = (web.get("/drafts/{draft}/cell", go_to),)
