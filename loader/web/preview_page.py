"""Look: each offer as a customer would see it, what would be sent, and whether its links work."""

import asyncio
from typing import Final

from aiohttp import web

from loader.api.trust import tls_context
from loader.run.drafting import Draft
from loader.run.drafting.customer_preview import Preview, preview
from loader.run.drafting.row_payload import RowPayload
from loader.run.wiring import entity_or_offer
from loader.validation.editing import Names
from loader.web.app_state import DRAFTS, draft_of
from loader.web.column_form import title_of
from loader.web.link_tester import LinkResult, LinkTester, Verdict
from loader.web.page_words import say
from loader.web.preview_frames import frame_headers, frame_page
from loader.web.rendering import Refused, as_json, body, render, settings_of_user

TESTER: Final = web.AppKey("link tester", LinkTester)  # another one in tests
_ON: Final = "1"
_IN_FRAMES: Final = frozenset({"html", "image"})
_KINDS: Final = {
    Verdict.WORKS: "good",
    Verdict.NOT_WEB: "care",  # an address that opens an app may be meant
    Verdict.PLACEHOLDER: "",
    Verdict.TOO_MANY: "",
}
_UNITS: Final = ("B", "kB", "MB")


async def preview_offer(request: web.Request) -> web.Response:
    """Show one offer."""
    draft = await draft_of(request)
    row, with_images = _row(request), request.query.get("images") == _ON
    found, shown = await asyncio.to_thread(_row_and_preview, request, draft, row)
    facts = shown.facts if shown else ()
    fields = entity_or_offer(None).fields
    return render(
        request,
        "preview.html",
        draft=draft.draft_id,
        row=row,
        number=found.number,
        preview=shown,
        why=found.why,
        errors=found.errors,
        before=found.before,
        after=found.after,
        with_images=with_images,
        has_pictures=shown is not None and _has_pictures(shown),
        query="?images=1" if with_images else "",
        titles={field: title_of(field, fields) for field in facts},
    )


async def frame(request: web.Request) -> web.Response:
    """Give what one face shows, for a sandboxed frame."""
    draft = await draft_of(request)
    _, shown = await asyncio.to_thread(_row_and_preview, request, draft, _row(request))
    faces = shown.faces if shown else ()
    at = int(request.match_info["face"])
    if at >= len(faces) or faces[at].kind not in _IN_FRAMES:
        raise Refused("not-here", status=404)
    return web.Response(
        text=frame_page(faces[at]),
        content_type="text/html",
        headers=frame_headers(with_images=request.query.get("images") == _ON),
    )


async def links(request: web.Request) -> web.Response:
    """Test the links of one offer: those that its row holds, and no others."""
    draft = await draft_of(request)
    row = (await body(request)).get("row")
    if not isinstance(row, int):
        raise Refused("bad-request", status=400)
    _, shown = await asyncio.to_thread(_row_and_preview, request, draft, row)
    wanted = shown.links if shown else ()
    tester = request.app.get(TESTER) or LinkTester(
        tls=tls_context(str(settings_of_user(request).ca_file or ""))
    )
    images = {each.url for each in wanted if each.is_image}
    tested = await tester.test([each.url for each in wanted])
    return as_json({"links": [_link_values(each, is_image=each.url in images) for each in tested]})


def _link_values(found: LinkResult, *, is_image: bool) -> dict[str, str]:
    """Return the result for a link in words."""
    is_wrong_kind = (
        is_image
        and found.verdict is Verdict.WORKS
        and not found.media_type.lower().startswith("image/")
    )
    name = "no-image" if is_wrong_kind else str(found.verdict)
    kind = "bad" if is_wrong_kind else _KINDS.get(found.verdict, "bad")
    details = [found.media_type, _size(found)] if found.status else []
    if found.ended_at:
        details.append(say("preview.ended_at", url=found.ended_at))
    return {
        "url": found.url,
        "kind": kind,
        "words": say(f"preview.verdict.{name}", status=found.status or ""),
        "details": " · ".join(filter(None, details)),
    }


def _size(found: LinkResult) -> str:
    if found.size is None:
        return say("preview.very_large")
    size, unit = float(found.size), 0
    while size >= 1000 and unit + 1 < len(_UNITS):
        size, unit = size / 1000, unit + 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"


def _row(request: web.Request) -> int:
    return int(request.match_info["row"])


def _row_and_preview(
    request: web.Request, draft: Draft, row: int
) -> tuple[RowPayload, Preview | None]:
    """Return a row and its preview."""
    found = draft.payload(row)
    shown = None
    if found.body is not None:
        listed = request.app[DRAFTS].names.names()
        names = Names(
            placements={each.id: each.name for each in listed.placements or ()},
            tags={each.id: each.name for each in listed.tags or ()},
        )
        shown = preview(found.body, draft.settings.api, names=names)
    return found, shown


def _has_pictures(shown: Preview) -> bool:
    return any(face.kind == "image" for face in shown.faces) or any(
        link.is_image for link in shown.links
    )


ROUTES: Final = (
    web.get(r"/drafts/{draft}/look/{row:\d{1,9}}", preview_offer),
    web.get(r"/drafts/{draft}/look/{row:\d{1,9}}/frame/{face:\d{1,4}}", frame),
    web.post("/drafts/{draft}/links", links),
)
