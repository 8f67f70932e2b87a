"""How the cells of our workbooks look."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final


class Style(StrEnum):
    """The look of a cell. All but numbers are formatted as text: editing keeps them text."""

    TEXT = "text"
    NUMBER = "number"
    FRACTION = "fraction"  # a number, as BAD_FRACTION and WARNING_FRACTION
    BAD_FRACTION = "bad fraction"
    WARNING_FRACTION = "warning fraction"
    SOURCE_HEADER = "source header"  # the user's own columns
    OUR_HEADER = "our header"  # what we add
    GOOD = "good"
    BAD = "bad"
    WARNING = "warning"
    QUIET = "quiet"
    LINK = "link"


AUTHOR: Final = "loader"  # of comments
COMMENT: Final[Mapping[str, Any]] = {"author": AUTHOR, "x_scale": 2.4, "y_scale": 1.6}
_FRACTION: Final = {"num_format": "0.###############"}  # all digits that a spreadsheet keeps
_TEXT_FORMATS: Final[Mapping[Style, dict[str, Any]]] = {  # Any: XlsxWriter's own property values
    Style.TEXT: {"num_format": "@"},
    Style.NUMBER: {"num_format": "0"},
    Style.SOURCE_HEADER: {"num_format": "@", "bold": True, "bg_color": "#E7E6E6", "bottom": 1},
    Style.OUR_HEADER: {
        "num_format": "@",
        "bold": True,
        "bg_color": "#1F4E78",
        "font_color": "#FFFFFF",
        "bottom": 1,
    },
    Style.GOOD: {"num_format": "@", "bg_color": "#C6EFCE", "font_color": "#006100"},
    Style.BAD: {"num_format": "@", "bg_color": "#FFC7CE", "font_color": "#9C0006"},
    Style.WARNING: {"num_format": "@", "bg_color": "#FFEB9C", "font_color": "#7F6000"},
    Style.QUIET: {"num_format": "@", "font_color": "#7F7F7F"},
    Style.LINK: {"num_format": "@", "font_color": "#0563C1", "underline": 1},
}
FORMATS: Final[Mapping[Style, dict[str, Any]]] = {
    **_TEXT_FORMATS,
    Style.FRACTION: _FRACTION,
    Style.BAD_FRACTION: _TEXT_FORMATS[Style.BAD] | _FRACTION,
    Style.WARNING_FRACTION: _TEXT_FORMATS[Style.WARNING] | _FRACTION,
}
