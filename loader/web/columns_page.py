"""Match columns: shown only where a heading is not known. What the person says is kept as a
mapping, the same as `loader mapping` writes, and recognised by the headings next time.
"""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

from loader.profile.inference.sample import SampledSheet
from loader.run.drafting import Draft
from loader.run.mapping.draft_mapping import sample_sheet
from loader.run.mapping.saved_mappings import Recalled, find_mapping, recall, save_mapping
from loader.web.app_state import STATE, draft_of
from loader.web.column_form import ColumnForm, column_form, field_choices, title_of
from loader.web.rendering import render, see_other

_NOT_ANSWERS: Final = "token"
_SOON_SECONDS: Final = 2.0  # in which most sheets are checked again


async def columns(request: web.Request) -> web.Response:
    """Ask what the columns are; use a saved mapping that fits, and show the rows."""
    draft = await draft_of(request)
    if await asyncio.to_thread(_is_recognised, request, draft):
        return see_other(request, f"/drafts/{draft.draft_id}")
    return await asyncio.to_thread(_save_or_ask_again, request, draft, None)


async def use_columns(request: web.Request) -> web.Response:
    """Use the answers of the form, and show the rows; or ask again."""
    draft = await draft_of(request)
    form_data = {name: str(text) for name, text in (await request.post()).items()}
    form_data.pop(_NOT_ANSWERS, None)
    return await asyncio.to_thread(_save_or_ask_again, request, draft, form_data)


def _is_recognised(request: web.Request, draft: Draft) -> bool:
    """Use the mapping that was saved for these headings, unless the draft has one; say if so."""
    if draft.columns_file.exists():
        return False
    sheet = sample_sheet(draft.label, draft.reading, stored_at=draft.path)
    found = find_mapping(request.app[STATE].mappings, sheet.header, sheet.fields)
    if found is None:
        return False
    _use(draft, found, is_recognised=True)
    return True


def _use(draft: Draft, mapping: Path, *, is_recognised: bool) -> None:
    draft.use_mapping(mapping, is_recognised=is_recognised)
    draft.wait(_SOON_SECONDS)


def _save_or_ask_again(
    request: web.Request, draft: Draft, form_data: Mapping[str, str] | None
) -> web.Response:
    folder = request.app[STATE].mappings
    sheet = sample_sheet(draft.label, draft.reading, stored_at=draft.path)
    known = recall(folder, sheet)
    form = column_form(sheet, known, form_data)
    if form.is_complete:
        mapping = save_mapping(folder, sheet, form.presets, form.answers)
        _use(draft, mapping, is_recognised=False)
        return see_other(request, f"/drafts/{draft.draft_id}")
    return _form_page(request, draft, sheet, form, is_recalled=known != Recalled())


def _form_page(
    request: web.Request,
    draft: Draft,
    sheet: SampledSheet,
    form: ColumnForm,
    *,
    is_recalled: bool,
) -> web.Response:
    fields = sheet.fields
    named = {*form.missing, *form.constants, *(each.field for each in form.words)}
    return render(
        request,
        "columns.html",
        draft=draft.draft_id,
        name=draft.label,
        form=form,
        is_recalled=is_recalled,
        is_again=draft.columns_file.exists(),
        fields=field_choices(sheet),
        titles={field: title_of(field, fields) for field in named},
        expected={field: fields.facts_of(field).expected for field in named},
        id_of=control_id,
    )


def control_id(key: str) -> str:
    """Return the id of a control of the form."""
    return "c-" + re.sub(r"[^\w-]", "-", key)


ROUTES: Final = (
    web.get("/drafts/{draft}/columns", columns),
    web.post("/drafts/{draft}/columns", use_columns),
)
