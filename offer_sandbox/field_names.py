"""The two dialects' words for the same things, so that one set of rules checks both."""

from dataclasses import dataclass
from typing import Final

from offer_sandbox.seeds import COMPONENT


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldNames:
    """How one dialect names the fields of an offer."""

    prefix: str  # before the name of most fields
    type: str
    format: str
    language: str
    statuses: frozenset[str]
    kinds: dict[str, str]  # the value of `type` -> kind of component

    def of(self, field: str) -> str:
        """Name a field."""
        return self.prefix + field


_STATUSES: Final = frozenset({"draft", "approved", "archived"})
DPS: Final = FieldNames(
    prefix="",
    type="type",
    format="format",
    language="language",
    statuses=_STATUSES,
    kinds={
        "html": "html",
        "imagelink": "imagelink",
        "text": "text",
        "component-text": "text",
        "json": "json",
    },
)
XCORE: Final = FieldNames(
    prefix="xdm:",
    type="@type",
    format="dc:format",
    language="dc:language",
    statuses=_STATUSES | {"pending", "rejected"},
    kinds={COMPONENT + kind: kind for kind in ("html", "imagelink", "text", "json")},
)
FIELD_NAMES: Final = {"dps": DPS, "xcore": XCORE}
KNOWN_FIELDS: Final = (
    *("name", "description", "status", "representations", "tags", "characteristics", "labels"),
    *("selectionConstraint", "rank"),
)
