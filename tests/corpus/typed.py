"""Typed files of systems and other programs: JSON Lines, Parquet, OpenDocument."""

import io
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from loader.sheet.chunk import CellKind
from tests.corpus.books import zipped
from tests.corpus.case import Case

K = CellKind
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"


def ods(*rows: tuple[str, ...], manifest: str = "<x/>") -> bytes:
    """Return an OpenDocument spreadsheet of texts and, where they begin with =, numbers."""
    made = "".join(
        f"<table:table-row>{''.join(map(_cell, cells))}</table:table-row>" for cells in rows
    )
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{OFFICE}" xmlns:table='
        f'"{TABLE}" xmlns:text="{TEXT}"><office:body><office:spreadsheet>'
        f'<table:table table:name="Offers">'
        f"{made}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest,
            "content.xml": content,
        }
    )


def _cell(text: str) -> str:
    if text.startswith("="):
        return f'<table:table-cell office:value-type="float" office:value="{text[1:]}"/>'
    return (
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    )


def parquet() -> bytes:
    """Return a Parquet file with a column of every usual type."""
    table = pa.table(
        {
            "name": ["NA", None],
            "priority": pa.array([1, None], pa.int64()),
            "start": [date(2026, 1, 31), None],
            "share": [0.5, 2.0],
            "tags": [["a", "b"], []],
            "cost": [Decimal("1.10"), None],
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


LESS = frozenset({"errors-look-blank"})
TYPED = (
    Case(name="json lines", suffix=".jsonl", header=("name", "n", "tags"),
         data=b'{"name": "NA", "n": 1}\n\n{"name": "b", "n": 1.5, "tags": ["x", "y"]}\n',
         rows={1: ("NA", "1", ""), 3: ("b", "1.5", "x;y")},
         kinds={(1, 1): K.NUMBER, (3, 1): K.NUMBER}),
    Case(name="json lines, nested", suffix=".jsonl",
         data=b'{"name": true, "content": {"a": [1]}}\n',
         rows={1: ("TRUE", '{"a":[1]}')}, kinds={(1, 0): K.BOOLEAN}),
    Case(name="parquet", suffix=".parquet", data=parquet(),
         header=("name", "priority", "start", "share", "tags", "cost"),
         rows={2: ("NA", "1", "2026-01-31", "0.5", "a;b", "1.10"), 3: ("", "", "", "2", "", "")},
         kinds={(2, 1): K.NUMBER, (2, 2): K.DATE, (2, 3): K.NUMBER, (2, 5): K.NUMBER,
                (3, 3): K.NUMBER}),
    Case(name="ods", suffix=".ods", data=ods(("name", "content"), ("", ""), ("NA", "=1")),
         rows={3: ("NA", "1")}, kinds={(3, 1): K.NUMBER}, notices=LESS),
)  # fmt: skip
