"""Valid rows to payloads: canonical JSON, its digest, and the key of the row.

A digest tells whether two rows send the same, and journals keep it: what a row sends must never
change its bytes. What the JSON says is its entity's; here it only becomes bytes.
"""

import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

import orjson
import pandas as pd

from loader.model import Dialect, Payload
from loader.tables.arrow import text_of, texts_of
from loader.tables.iso_dates import timestamps, wire_text
from loader.validation.check import Checked
from loader.validation.entity import Document, Row, RowRules
from loader.validation.fields import NAME, Fields, Form

_ROWS_AT_ONCE: Final = 8_192


def payloads(
    checked: Checked, dialect: Dialect, *, external_id_attribute: str = ""
) -> Iterator[Payload]:
    """Yield the payload of every valid row, in order. Always the bare form; see `loader.api.xcore`.

    Rows that can be sent only after a look-up have none.

    `external_id_attribute`: the attribute that carries the external id, "" for none.
    """
    settled, keys = checked.settled, checked.columns.fields.keys
    document = checked.entity.documents(dialect, checked.columns, external_id_attribute)
    for begin in range(0, len(settled), _ROWS_AT_ONCE):
        rows = settled.iloc[begin : begin + _ROWS_AT_ONCE]
        cells = _cells(rows, checked.columns.fields, checked.rules)
        numbers: list[int] = rows.index.tolist()
        for number, row in zip(numbers, cells, strict=True):
            # A copy, because what orjson returns keeps its buffer of 4 kB for as long as it lives.
            body = bytes(memoryview(orjson.dumps(document(row), option=orjson.OPT_SORT_KEYS)))
            key = next(filter(None, map(row.get, keys)), "")
            yield Payload(
                row_number=number,
                row_key=unicodedata.normalize("NFC", key),
                name=row[NAME],
                digest=sha256(body).hexdigest(),
                body=body,
            )


def document_of(checked: Checked, row_number: int, dialect: Dialect) -> Document:
    """Return what a row says, though it may be invalid: for what else it holds that is not wrong.

    Raises `KeyError` for a type that the dialect has no word for.
    """
    rows = checked.rows.loc[[row_number]]
    (cells,) = _cells(rows, checked.columns.fields, checked.rules)
    return checked.entity.documents(dialect, checked.columns, "")(cells)


def _cells(rows: pd.DataFrame, fields: Fields, rules: RowRules) -> Iterator[Row]:
    """Yield the cells of every row by field, dates as they are sent."""
    columns = {str(field): text_of(rows[field]) for field in rows}
    for field, text in columns.items():
        facts = fields.facts_of(field)
        if facts.form is Form.DATE:
            times = timestamps(rules.date_text(text, facts), zone=rules.zone)
            columns[field] = wire_text(times)
    for cells in zip(*map(texts_of, columns.values()), strict=True):
        yield dict(zip(columns, cells, strict=True))
