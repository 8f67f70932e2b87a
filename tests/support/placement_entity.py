"""A second kind of entity, a placement: all that the loader must be told to load some."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson
import pyarrow.compute as pc

from loader.model import Dialect
from loader.tables.arrow import filled, mask_of, text_of
from loader.validation import cell_checks as cells
from loader.validation.entity import Endpoints, Entity, Row, RowCheck, RowRules, TemplateText
from loader.validation.fields import Facts, Fields, Form, field_column
from loader.validation.header import Columns

_NAMESPACE: Final = "https://ns.adobe.com/experience/offer-management/"
_CHANNELS: Final = "https://ns.adobe.com/xdm/channel-types/"
_TYPES: Final = ("html", "imagelink", "text", "json")
_NAMES: Final[Mapping[Dialect, Mapping[str, str]]] = {
    Dialect.DPS: {
        "name": "name",
        "description": "description",
        "content_type": "componentType",
        "channel": "channel",
    },
    Dialect.XCORE: {
        "name": "xdm:name",
        "description": "xdm:description",
        "content_type": "xdm:componentType",
        "channel": "xdm:channel",
    },
}


def _word(title: str, words: tuple[str, ...]) -> Any:
    facts = Facts(
        form=Form.WORD,
        expected=f"one of {', '.join(words)}",
        example=words[0],
        required=True,
        words=words,
    )
    return field_column(title, title, facts, cells.not_blank(), cells.one_of(words))


FIELDS: Final = Fields(
    columns=MappingProxyType(
        {
            "name": field_column(
                "Name",
                "What the placement is called.",
                Facts(form=Form.TEXT, expected="a name", example="Web banner", required=True),
                cells.not_blank(),
            ),
            "channel": _word("Channel", ("web", "email", "mobile")),
            "content_type": _word("Content type", _TYPES),
            "description": field_column(
                "Description", "Where it is.", Facts(form=Form.TEXT, expected="text", example="Top")
            ),
        }
    ),
    words={"name": ("placement name",), "content_type": ("media type",)},
)


def row_checks(columns: Columns, rules: RowRules) -> Iterator[RowCheck]:
    """A description that only repeats the name is missing."""
    if "description" in columns.positions:
        yield RowCheck(
            code="missing-value",
            field="description",
            faults=lambda rows: (
                filled(text_of(rows["name"]))
                & mask_of(pc.equal(text_of(rows["name"]), text_of(rows["description"])))
            ),
        )


def documents(
    dialect: Dialect, _columns: Columns, _external_id_attribute: str
) -> Callable[[Row], dict[str, str]]:
    """Return what makes the JSON object of a row."""
    base = "" if dialect is Dialect.DPS else f"{_NAMESPACE}content-component-"

    def document(row: Row) -> dict[str, str]:
        values = {
            **row,
            "channel": _CHANNELS + row["channel"],
            "content_type": base + row["content_type"],
        }
        return {
            theirs: values[ours] for ours, theirs in _NAMES[dialect].items() if values.get(ours)
        }

    return document


def differences(sent: bytes, remote: Mapping[str, Any], dialect: Dialect) -> list[str]:
    """Return the fields that differ."""
    ours = orjson.loads(sent)
    names = _NAMES[dialect].items()
    return [word for word, name in names if (ours.get(name) or "") != (remote.get(name) or "")]


PLACEMENT: Final = Entity(
    kind="offer-placement",
    plural="placements",
    fields=FIELDS,
    endpoints=Endpoints(
        dps_path="/placements", xcore_schema=f"{_NAMESPACE}offer-placement;version=0.4"
    ),
    row_checks=row_checks,
    documents=documents,
    differences=differences,
    template=TemplateText(
        sheet="Placements",
        steps=("One row is one placement.",),
        example={"name": "Web banner", "channel": "web", "content_type": "html"},
    ),
)
