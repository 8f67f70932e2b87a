"""Typed files of systems and other programs: JSON Lines, Parquet."""

import io
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from loader.tables.chunk import CellKind
from tests.corpus.case import Case

K = CellKind


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


TYPED = (
    Case(name="json lines", suffix=".jsonl", header=("name", "n", "tags"),
         data=b'{"name": "NA", "n": 1}\n\n{"name": "b", "n": 1.5, "tags": ["x", "y"]}\n',
         rows={1: ("NA", "1", ""), 3: ("b", "1.5", "x;y")},
         kinds={(1, 1): K.NUMBER, (3, 1): K.NUMBER}),
    Case(name="json lines, nested", suffix=".jsonl",
         data=b'{"name": true, "content": {"a": [1]}}\n',
         rows={1: ("TRUE", '{"a":[1]}')}, kinds={(1, 0): K.BOOLEAN}),
    Case(name="json lines in cp1252", suffix=".jsonl",
         data='{"name": "No\u00ebl \u00e0 Orl\u00e9ans", "content": "5 \u20ac"}\n'.encode("cp1252"),
         rows={1: ("No\u00ebl \u00e0 Orl\u00e9ans", "5 \u20ac")},
         notices=frozenset({"encoding-guessed"})),
    Case(name="parquet", suffix=".parquet", data=parquet(),
         header=("name", "priority", "start", "share", "tags", "cost"),
         rows={2: ("NA", "1", "2026-01-31", "0.5", "a;b", "1.10"), 3: ("", "", "", "2", "", "")},
         kinds={(2, 1): K.NUMBER, (2, 2): K.DATE, (2, 3): K.NUMBER, (2, 5): K.NUMBER,
                (3, 3): K.NUMBER}),
)  # fmt: skip
