"""What a check says of the cells that people's files have, by real files."""

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.__main__ import main
from loader.model import Severity
from tests.corpus.books import book, row, sheet_xml
from tests.corpus.opendocument import ods
from tests.support.laws import tried
from tests.support.run_checks import HEAD, checked, line, notices
from tests.support.workbooks import PLACEMENT

OFFER = {"name": "A", "placement": PLACEMENT, "type": "html", "content": "x"}
COLUMNS = ("name", "placement", "type", "content", "start_date", "priority", "external_id")


def codes(path: Path) -> set[str]:
    """Return the codes that a check finds."""
    return {count.code for count in checked(path).findings.counts}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"type": "json", "content": "{“a”: 1}"}, {"typographic-quotes"}),
        ({"type": "json", "content": "{'a': 1}"}, {"bad-json"}),
        ({"type": "json", "content": "[1E308, 1e-400]"}, set()),
        ({"type": "json", "content": '{"a": [-1E400]}'}, {"json-number-too-large"}),
        ({"type": "json", "content": "1" + "0" * 400}, {"json-number-too-large"}),
        ({"type": "json", "content": "[1E400"}, {"bad-json"}),
        ({"type": "json", "content": "[1E400, NaN]"}, {"bad-json"}),
        ({"name": "NoÃ«l"}, {"mojibake"}),
        ({"name": "a\u200bb"}, {"invisible-character"}),
        ({"name": "a\u00a0b"}, {"invisible-character"}),
        ({"name": "\u00a0a "}, {"trimmed"}),
        ({"name": "a\0b"}, {"control-character"}),
        ({"name": "a\u202eb"}, {"control-character"}),
        ({"name": "🌞 שלום"}, set()),
        ({"start_date": "01/02/2024"}, {"date-ambiguous"}),
        ({"start_date": "2026-01-31T10:00+01:00"}, set()),
        ({"start_date": "2026-01-31 10:00:00+00"}, set()),  # PostgreSQL
        ({"start_date": "2026-01-31 10:00:00.0000000 +01:00"}, set()),  # SQL Server
        ({"start_date": "2026-01-31 10:00:00+0"}, {"bad-date"}),
        ({"start_date": "2026-02-30"}, {"bad-date"}),
        ({"external_id": "007"}, set()),
        ({"external_id": "1.23E+15"}, {"shortened-number"}),
        ({"name": "x" * 32_767}, {"representations-too-large"}),
        ({"name": "x" * 32_768}, {"cell-too-long", "representations-too-large"}),
        ({"priority": "1.5"}, {"bad-number"}),
    ],
)
def test_a_cell_of_a_text_file(tmp_path: Path, cells: dict[str, str], expected: set[str]) -> None:
    path = tmp_path / "offers.tsv"
    values = {column: {**OFFER, **cells}.get(column, "") for column in COLUMNS}
    path.write_text("\t".join(values) + "\n" + "\t".join(values.values()) + "\n", "utf-8")

    assert codes(path) == expected


TRACES = (
    ("NoÃ«l", "mojibake", "mojibake", Severity.ERROR),
    ("#REF!", "cell-error", "error-text", Severity.ERROR),
    ("########", "cell-error", "error-text", Severity.ERROR),
    ("4.00638E+12", "shortened-number", "shortened-number", Severity.WARNING),
)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".xlsx", ".ods", ".parquet"])
@pytest.mark.parametrize(("text", "in_text", "in_typed", "severity"), TRACES)
def test_what_a_spreadsheet_or_an_encoding_left_is_told_in_every_format(
    suffix: str, text: str, in_text: str, in_typed: str, severity: Severity, tmp_path: Path
) -> None:
    """A text file cannot say that the text is meant; other files say that it is a text."""
    path = tmp_path / f"offers{suffix}"
    path.write_bytes(written_as(suffix, {**OFFER, "name": text}))

    (found,) = checked(path).findings.first

    is_text_file = suffix in {".csv", ".jsonl"}
    assert found.error.code == (in_text if is_text_file else in_typed)
    assert found.error.severity is (severity if is_text_file else Severity.WARNING)
    assert found.error.value == text
    assert is_text_file or "--encoding" not in found.error.message + found.error.suggestion


def written_as(suffix: str, cells: dict[str, str]) -> bytes:
    """Return a file of one row."""
    header, values = list(cells), list(cells.values())
    match suffix:
        case ".csv":
            return (",".join(header) + "\n" + ",".join(values) + "\n").encode()
        case ".jsonl":
            return (json.dumps(cells) + "\n").encode()
        case ".xlsx":
            return book(sheet_xml(row(1, *header) + row(2, *values)))
        case ".ods":
            return ods(tuple(header), tuple(values))
    out = io.BytesIO()
    pq.write_table(pa.table({name: [value] for name, value in cells.items()}), out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="E2" t="e"><f>NA()</f><v>#N/A</v></c>', {"cell-error"}),
        ('<c r="E2"><f>1+1</f></c>', {"formula-no-value"}),
        ('<c r="E2"><v>1234567890123456</v></c>', {"number-precision"}),
        ('<c r="E2" s="2"><v>42</v></c>', set()),
    ],
)
def test_an_optional_cell_of_a_workbook_is_not_taken_for_blank(
    tmp_path: Path, cell: str, expected: set[str]
) -> None:
    header = row(1, "name", "placement", "type", "content", "external_id")
    path = tmp_path / "offers.xlsx"
    path.write_bytes(book(sheet_xml(header + row(2, "A", PLACEMENT, "html", "x", cell))))

    assert codes(path) == expected


def test_the_default_zone_is_said_where_it_matters(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    told = []
    for date in ("2026-01-31", "2026-01-31T10:00Z", ""):
        path.write_text(f"name,placement,type,content,start_date\nA,{PLACEMENT},html,x,{date}\n")
        told.append(notices(checked(path)).get("zone-default", ""))

    assert "UTC" in told[0]
    assert told[1:] == ["", ""]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


GOOD = (HEAD + line("One") + line("Two")).encode()


@settings(max_examples=tried(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    at=st.integers(0, len(GOOD)),
    put=st.one_of(st.binary(max_size=20), st.text(max_size=20).map(lambda t: t.encode("utf-8"))),
    removed=st.integers(0, 30),
)
def test_a_check_of_any_bytes_ends_with_a_documented_code(
    folder: Path, at: int, put: bytes, removed: int
) -> None:
    path = folder / "any.csv"
    path.write_bytes(GOOD[:at] + put + GOOD[at + removed :])
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", said)
        patch.setattr("sys.stderr", said)
        code = main(["check", str(path), "--no-annotate"])

    assert code in {0, 1, 2}, said.getvalue()
    assert "Traceback" not in said.getvalue()
    assert said.getvalue()
