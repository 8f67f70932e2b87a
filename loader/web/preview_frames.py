"""What an offer shows, as a page of its own for a sandboxed frame.

It comes from a spreadsheet, so it may hold anything: it has no scripts, no forms, no origin and no
network; images of others only where the person allows it.
"""

import html
import re
from typing import Final

from loader.validation.editing import Face

_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src {images}; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'"
)
_NO_PLACE_IN_CONTENT: Final = re.compile(r"<(?=/?(?:link|meta|base)\b)", re.IGNORECASE)
_PAGE: Final = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="color-scheme" content="only light">
<title>{title}</title>
<style>body {{ margin: 12px; font: 16px/1.5 system-ui, sans-serif; color: #111; background: #fff;
overflow-wrap: anywhere }} img {{ max-width: 100%; height: auto }}</style>
<body>{content}"""


def frame_page(face: Face) -> str:
    """Return the page of a face that is markup or an image."""
    if face.kind == "image":
        source = html.escape(face.image)
        content = f'<img src="{source}" alt="{html.escape(face.placement)}">'
    else:
        # A <link> could open a connection, which no policy forbids.
        content = _NO_PLACE_IN_CONTENT.sub("<not-", face.content)
    return _PAGE.format(
        language=html.escape(face.language.partition(";")[0] or "en"),
        title=html.escape(face.placement),
        content=content,
    )


def frame_headers(*, with_images: bool) -> dict[str, str]:
    """Return the headers of such a page."""
    return {
        "Content-Security-Policy": _POLICY.format(images="https:" if with_images else "'none'"),
        "Referrer-Policy": "no-referrer",
        "X-DNS-Prefetch-Control": "off",
    }
