"""axe, the usual checker of accessibility, over a page that is open in the browser."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page

_RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_OF_COLOURS: Final = ("color-contrast", "link-in-text-block")  # what a colour scheme can change
_LIGHT: Final = {"color_scheme": "light", "forced_colors": "none"}
# A sandboxed frame has no origin to address, of which browsers warn.
_TO_ANY_FRAME: Final = ";axe.configure({allowedOrigins: ['<unsafe_all_origins>']})"
_OTHER_SCHEMES: Final = (
    {"color_scheme": "dark", "forced_colors": "none"},
    {"color_scheme": "light", "forced_colors": "active"},
)


def violations(page: "Page") -> list[str]:
    """Return what axe finds: everything in light; of dark and forced colours, the colours."""
    page.evaluate(_script())
    page.emulate_media(**_LIGHT)
    found = _run(page, {"type": "tag", "values": _RULES}, "light")
    for scheme in _OTHER_SCHEMES:
        page.emulate_media(**scheme)
        found += _run(page, {"type": "rule", "values": _OF_COLOURS}, str(scheme))
    page.emulate_media(**_LIGHT)
    return found


def _run(page: "Page", only: dict[str, Any], scheme: str) -> list[str]:
    said = page.evaluate(
        "only => axe.run({runOnly: only, resultTypes: ['violations']})",
        {**only, "values": list(only["values"])},
    )
    return [
        f"{each['id']} ({each['impact']}, {scheme}): {node['target']} {node['failureSummary']}"
        for each in said["violations"]
        for node in each["nodes"]
    ]


@cache
def _script() -> str:
    script = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    return script + _TO_ANY_FRAME
