"""How the text of a cell is written into a template: known to the model without the templates."""

from enum import StrEnum


class Escape(StrEnum):
    """How a template writes the text of a cell."""

    HTML = "html"  # & and < become entities
    JSON = "json"  # quotes and line breaks are escaped for a JSON string
    NONE = "none"  # as it is
