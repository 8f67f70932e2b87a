"""Typed files of systems and other programs: JSON Lines, Parquet."""

import io
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from loader.source import ReadOptions
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


def parquet_of(name: str, column: pa.Array, *, text: str, code: str, kind: CellKind) -> Case:
    """Return the case of a column with one value that cannot be kept, or only just."""
    out = io.BytesIO()
    pq.write_table(pa.table({"name": ["a"], "content": column}), out)
    return Case(name=f"parquet: {name}", suffix=".parquet", data=out.getvalue(),
                rows={2: ("a", text)}, kinds={} if kind is K.TEXT else {(2, 1): kind},
                problems=frozenset({(2, "B2", code)} if code else ()))  # fmt: skip


def with_blank_row() -> bytes:
    """Return a Parquet file whose second row is blank."""
    out = io.BytesIO()
    pq.write_table(pa.table({"name": ["a", None, "b"], "content": ["x", " ", "y"]}), out)
    return out.getvalue()


def far_future() -> bytes:
    """Return what Spark writes for "no end": a time of 96 bits, beyond nanoseconds of 64."""
    out = io.BytesIO()
    end = pa.array([datetime(9999, 12, 31)], pa.timestamp("us"))  # noqa: DTZ001  # as Spark's
    table = pa.table({"name": ["a"], "content": end})
    pq.write_table(table, out, use_deprecated_int96_timestamps=True)
    return out.getvalue()


FLOATS = pa.struct([("a", pa.float32()), ("b", pa.float64())])
STRUCT = pa.array([{"a": b"\x01"}], pa.struct([("a", pa.binary())]))
TYPED = (
    parquet_of("bytes", pa.array(["Caf\u00e9".encode("latin-1")], pa.binary()), text="Caf\\xe9",
               code="bytes-not-text", kind=K.TEXT),
    parquet_of("bytes of text", pa.array(["Caf\u00e9".encode()], pa.binary()), text="Caf\u00e9",
               code="", kind=K.TEXT),
    parquet_of("bytes in a structure", STRUCT, text='{"a":"b\'\\\\x01\'"}', code="bytes-not-text",
               kind=K.TEXT),
    parquet_of("a number of 32 bits", pa.array([4.6], pa.float32()), text="4.6", code="",
               kind=K.NUMBER),
    parquet_of("a number of 64 bits", pa.array([0.1 + 0.2]), text="0.30000000000000004", code="",
               kind=K.NUMBER),
    parquet_of("a date after 9999", pa.array([3_000_000], pa.date32()), text="3000000",
               code="bad-date", kind=K.DATE),
    parquet_of("a duration with a part of a second", pa.array([1_500_000], pa.duration("us")),
               text="00:00:01.5", code="", kind=K.TIME),
    parquet_of("a number of 16 bits", pa.array([1.5], pa.float16()), text="1.5", code="",
               kind=K.NUMBER),
    parquet_of("numbers of 32 bits in a list", pa.array([[4.6, 0.1]], pa.list_(pa.float32())),
               text="4.6;0.1", code="", kind=K.TEXT),
    parquet_of("a number of 32 bits in a structure", pa.array([{"a": 4.6, "b": 0.5}], FLOATS),
               text='{"a":4.6,"b":0.5}', code="", kind=K.TEXT),
    parquet_of("no number in a structure", pa.array([{"a": 4.6, "b": float("nan")}], FLOATS),
               text='{"a": 4.6, "b": NaN}', code="", kind=K.ERROR),
    parquet_of("no number in a list", pa.array([[1.5, float("inf")]]), text="1.5;inf", code="",
               kind=K.ERROR),
    parquet_of("a date after 9999 in a list", pa.array([[3_000_000]], pa.list_(pa.date32())),
               text="3000000", code="bad-date", kind=K.DATE),
    parquet_of("a billionth of a second", pa.array([36_000_000_000_001], pa.time64("ns")),
               text="10:00:00.000000001", code="", kind=K.TIME),
    parquet_of("a billionth of a second after midnight",
               pa.array([1_769_817_600_000_000_001], pa.timestamp("ns")),
               text="2026-01-31T00:00:00.000000001", code="", kind=K.DATE),
    parquet_of("midnight in billionths", pa.array([1_769_817_600_000_000_000], pa.timestamp("ns")),
               text="2026-01-31", code="", kind=K.DATE),
    parquet_of("a duration of billionths", pa.array([-1_000_000_001], pa.duration("ns")),
               text="-00:00:01.000000001", code="", kind=K.TIME),
    parquet_of("a control character", pa.array(["a\x01b"]), text="a\x01b", code="control-character",
               kind=K.TEXT),
    Case(name="parquet: no end, as Spark writes it", suffix=".parquet", data=far_future(),
         rows={2: ("a", "9999-12-31")}, kinds={(2, 1): K.DATE}),
    Case(name="parquet: a blank row", suffix=".parquet", data=with_blank_row(),
         rows={2: ("a", "x"), 4: ("b", "y")}),
    Case(name="json lines, blanks before the colons", suffix=".json",
         data=b'{"name" : "a", "content" : "b"}\n', rows={1: ("a", "b")}),
    Case(name="json lines, half of a character", suffix=".jsonl",
         data=b'{"name": "a\\ud83d", "content": "\\ud83c\\udf1e"}\n',
         rows={1: ("a\ufffd", "\U0001f31e")},
         problems=frozenset({(1, "A1", "control-character")})),
    Case(name="json lines, read in the wrong encoding before", suffix=".jsonl",
         data='{"name": "No\u00c3\u00abl", "content": "a\\u00e2\\u20ac\\u2122b"}\n'.encode(),
         rows={1: ("No\u00c3\u00abl", "a\u00e2\u20ac\u2122b")},
         problems=frozenset({(1, "A1", "mojibake"), (1, "B1", "mojibake")})),
    Case(name="json lines, mojibake, meant", suffix=".jsonl",
         data='{"name": "No\u00c3\u00abl", "content": "b"}\n'.encode(),
         rows={1: ("No\u00c3\u00abl", "b")},
         options=ReadOptions(isolated=False, encoding="utf-8")),
    Case(name="json lines, errors of spreadsheets", suffix=".jsonl",
         data=b'{"name": "#REF!", "content": "Err:502"}\n', rows={1: ("#REF!", "Err:502")},
         kinds={(1, 0): K.ERROR, (1, 1): K.ERROR}),
    Case(name="json lines, a number that a spreadsheet shortened", suffix=".jsonl",
         data=b'{"name": "4.00638E+12", "content": 4.00638E+12}\n',
         rows={1: ("4.00638E+12", "4006380000000")}, kinds={(1, 1): K.NUMBER},
         problems=frozenset({(1, "A1", "shortened-number")})),
    Case(name="json lines, numbers beyond any", suffix=".jsonl",
         data=b'{"name": 1e400, "content": 1e-400}\n', rows={1: ("1e400", "1e-400")}),
    Case(name="json lines, numbers digit for digit", suffix=".jsonl",
         header=("name", "content", "n"),
         data=b'{"name": 12345678901234567890123, "content": {"rate": 0.1234567890123456789},'
              b' "n": 1.50}\n',
         rows={1: ("12345678901234567890123", '{"rate":0.1234567890123456789}', "1.5")},
         kinds={(1, 2): K.NUMBER}),
    Case(name="json lines, a key twice", suffix=".jsonl",
         data=b'{"name": "a", "content": "b", "name": "c"}\n', rows={1: ("c", "b")},
         problems=frozenset({(1, "A1", "repeated-cell")})),
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
         options=ReadOptions(isolated=False, encoding="cp1252")),
    Case(name="parquet", suffix=".parquet", data=parquet(),
         header=("name", "priority", "start", "share", "tags", "cost"),
         rows={2: ("NA", "1", "2026-01-31", "0.5", "a;b", "1.10"), 3: ("", "", "", "2", "", "")},
         kinds={(2, 1): K.NUMBER, (2, 2): K.DATE, (2, 3): K.NUMBER, (2, 5): K.NUMBER,
                (3, 3): K.NUMBER}),
)  # fmt: skip
