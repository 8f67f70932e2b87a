"""The corrected file is the user's own, with the edited cells, and nothing else is touched."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart, Reference

from loader.annotate.correct_workbook import correct
from loader.errors import UnreadableSource
from loader.model import FoundError, RowError, Severity
from loader.run.check.check import check_files
from loader.run.drafting import Draft, Drafts
from loader.run.drafting.corrected_file import corrected_file
from loader.run.drafting.undoable_edits import Change
from loader.run.requests import CheckRequest
from loader.settings import load_settings
from loader.source import ReadOptions
from loader.source.edited_cells import Cell, CellEdits
from loader.source.options import DEFAULT_LIMITS
from tests.support.annotated import BLUE, GOOD, offer, write_workbook
from tests.support.checking import ANY_CELLS
from tests.support.laws import tried
from tests.support.workbooks import HEADER, PLACEMENT

HEAD = "name,placement,type,content,status"


def draft_of(folder: Path, content: bytes, name: str) -> tuple[Drafts, Draft]:
    drafts = Drafts(folder / "drafts", load_settings(environment={}), sandbox=False)
    draft = drafts.take(io.BytesIO(content), name)
    draft.wait()
    return drafts, draft


def corrected(
    folder: Path, content: bytes, name: str, *edits: tuple[int, int, str]
) -> tuple[bytes, str, str, tuple[str, ...]]:
    """Edit cells (row of the draft, position, text); return the file, its name, why, and losses."""
    drafts, draft = draft_of(folder, content, name)
    draft.edit([Change(row_id=row, position=at, text=text) for row, at, text in edits], words="x")
    made = draft.corrected()
    found = made.path.read_bytes()
    drafts.close()
    return found, made.name, made.why, made.lost


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        (b"A,P,htm,x,d\r\nB,P,t,y,\r\n", (1, 2, "html"), b"A,P,html,x,d\r\nB,P,t,y,\r\n"),
        (b'"A","P",htm,"x ""y""",d\n', (1, 0, 'B "b"'), b'"B ""b""","P",htm,"x ""y""",d\n'),
        (b"A,P,html,x,draft", (1, 3, "a,b"), b'A,P,html,"a,b",draft'),
        (b'A,P,html,"t\nl",d\n\nB,P,t,z,d\n', (2, 4, "e"), b'A,P,html,"t\nl",d\n\nB,P,t,z,e\n'),
        (b"A,P,html,x\n", (1, 4, "draft"), b"A,P,html,x,draft\n"),
        (b"A,P,html,x,draft\n", (1, 3, "one\ntwo"), b'A,P,html,"one\ntwo",draft\n'),
    ],
    ids=["line-ends", "quotes", "delimiter", "blank-line", "short-row", "new-line"],
)
def test_a_text_file_keeps_every_other_byte(
    tmp_path: Path, before: bytes, edit: tuple[int, int, str], after: bytes
) -> None:
    head = HEAD.encode() + b"\n"

    found, name, why, _ = corrected(tmp_path, head + before, "my offers.csv", edit)

    assert found == head + after
    assert (name, why) == ("my offers.corrected.csv", "")


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("cp1252", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe")],
)
def test_a_text_file_keeps_its_encoding_and_delimiter(
    tmp_path: Path, encoding: str, mark: bytes
) -> None:
    text = f"{HEAD.replace(',', ';')}\r\nGrüße aus Köln für alle;{PLACEMENT};html;schöne Grüße;\r\n"

    found, *_, why, _ = corrected(tmp_path, mark + text.encode(encoding), "a.csv", (1, 0, "Müller"))

    assert why == ""
    assert found == mark + text.replace("Grüße aus Köln für alle", "Müller").encode(encoding)


def test_a_text_that_the_encoding_lacks_makes_a_workbook_and_says_why(tmp_path: Path) -> None:
    text = f"{HEAD}\nGrüße aus Köln für alle,{PLACEMENT},html,schöne Grüße,\n".encode("cp1252")

    found, name, why, _ = corrected(tmp_path, text, "a.csv", (1, 0, "日本"))

    assert name == "a.corrected.xlsx"
    assert "日" in why
    assert openpyxl.load_workbook(io.BytesIO(found)).active["A2"].value == "日本"


CELLS = st.text(st.sampled_from('ab,;"\n \t=é'), max_size=6)


@settings(ANY_CELLS, max_examples=tried(30))
@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4),
    edit=st.tuples(st.integers(0, 3), st.sampled_from([0, 3]), CELLS),
    style=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_stands_in_it_a_text_file_reads_back_as_it_was_seen(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    edit: tuple[int, int, str],
    style: int,
    end: str,
) -> None:
    """Where it would not, the draft gives a workbook instead."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=style, lineterminator=end)  # type: ignore[arg-type]  # a style
    writer.writerow(HEAD.split(","))
    writer.writerows([(f"n{one}", PLACEMENT, "html", other, "draft") for one, other in rows])
    folder = tmp_path_factory.mktemp("corrected")
    (folder / "a.csv").write_text(text.getvalue(), "utf-8", newline="")
    row, position, new = edit
    edits = CellEdits(cells={Cell("", min(row, len(rows) - 1) + 2, position): new})
    try:
        made = corrected_file(
            folder / "a.csv", "a.csv", ReadOptions(), edits, folder=folder, unrepeatable=tuple
        )
    except UnreadableSource:
        return  # a file that is refused whole
    if made.name.endswith(".csv"):
        cells = list(csv.reader(io.StringIO(made.path.read_text("utf-8"), newline="")))
        assert {len(row) for row in cells if row} == {5}


def test_a_workbook_keeps_its_formatting_its_notes_and_its_other_sheets(tmp_path: Path) -> None:
    path = tmp_path / "offers.xlsx"
    write_workbook(path, [GOOD, offer(status="aproved"), offer(name="=1+1")])

    found, name, why, lost = corrected(
        tmp_path, path.read_bytes(), "offers.xlsx", (2, HEADER.index("status"), "approved")
    )

    before, after = openpyxl.load_workbook(path), openpyxl.load_workbook(io.BytesIO(found))
    assert (name, why, lost) == ("offers.corrected.xlsx", "", ())
    assert after.sheetnames == before.sheetnames
    sheet = after["My offers"]
    assert sheet["F3"].value == "approved"
    assert sheet["A2"].fill == BLUE
    assert sheet["F2"].comment.text == "ask Kim"
    assert sheet.freeze_panes == "B2"
    same = [
        c.coordinate
        for row in sheet
        for c in row
        if c.value != before["My offers"][c.coordinate].value
    ]
    assert same == ["F3"]


def test_a_number_stays_a_number_and_a_date_a_date(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append([*HEAD.split(","), "priority", "start_date"])
    book.active.append(["A", PLACEMENT, "html", "x", "draft", 5, None])
    book.active["G2"].value, book.active["G2"].number_format = 46_023, "yyyy-mm-dd"
    book.save(tmp_path / "a.xlsx")

    found, _, why, _ = corrected(
        tmp_path, (tmp_path / "a.xlsx").read_bytes(), "a.xlsx", (1, 5, "7"), (1, 6, "2026-02-03")
    )

    sheet = openpyxl.load_workbook(io.BytesIO(found)).active
    assert why == ""
    assert sheet["F2"].value == 7
    assert str(sheet["G2"].value) == "2026-02-03 00:00:00"


def test_without_an_edit_the_file_comes_back_byte_by_byte(tmp_path: Path) -> None:
    content = f"{HEAD}\nA,{PLACEMENT},html,x,draft\n".encode()

    assert corrected(tmp_path, content, "a.csv")[:2] == (content, "a.csv")


def test_a_format_that_is_not_written_comes_as_a_workbook(tmp_path: Path) -> None:
    line = f'{{"name": "A", "placement": "{PLACEMENT}", "type": "html", "content": "x"}}\n'

    found, name, why, _ = corrected(tmp_path, line.encode(), "a.jsonl", (1, 0, "B"))

    assert name == "a.corrected.xlsx"
    assert "of this kind" in why
    assert openpyxl.load_workbook(io.BytesIO(found)).active["A2"].value == "B"


def found_in(folder: Path, content: bytes) -> dict[int, list[str]]:
    """Return the codes of the errors of a file, by row number."""
    path = folder / "again.xlsx"
    path.write_bytes(content)
    seen: list[RowError] = []
    check_files(
        CheckRequest(sources=(str(path),)),
        load_settings(environment={}),
        listener=lambda event: seen.append(event.error) if isinstance(event, FoundError) else None,
    )
    rows: dict[int, list[str]] = {}
    for error in (each for each in seen if each.severity is Severity.ERROR):
        rows.setdefault(error.row_number, []).append(error.code)
    return rows


def test_a_row_that_had_shifted_is_refused_in_the_new_workbook_until_it_is_confirmed(
    tmp_path: Path,
) -> None:
    text = (
        f"{HEAD}\nPrêt – « à » porter,{PLACEMENT},html,x,draft\n"
        f"Two,{PLACEMENT},html,x,draft,surplus\nThree,{PLACEMENT},html,x,draft\n"
    ).encode("cp1252")

    found, name, *_ = corrected(tmp_path, text, "a.csv", (1, 3, "😀"))

    assert name == "a.corrected.xlsx"
    assert found_in(tmp_path, found) == {3: ["not-confirmed"]}


def test_a_row_that_was_confirmed_on_the_page_is_not_refused_in_the_new_workbook(
    tmp_path: Path,
) -> None:
    line = f"{HEAD}\nPrêt – « à » porter,{PLACEMENT},html,x,draft\n"
    text = f"{line}Two,{PLACEMENT},html,x,draft,surplus\n".encode("cp1252")
    drafts, draft = draft_of(tmp_path, text, "a.csv")
    draft.confirm_row(2)
    draft.edit([Change(row_id=1, position=3, text="😀")], words="x")

    found = draft.corrected().path.read_bytes()
    drafts.close()

    assert found_in(tmp_path, found) == {}


@pytest.mark.parametrize("character", ["x", "😀"])
def test_a_cell_that_a_workbook_cannot_hold_is_not_sent_as_it_was_cut(
    tmp_path: Path, character: str
) -> None:
    row = {"name": "A", "placement": PLACEMENT, "type": "html", "content": character * 40_000}
    if character != "x":
        row["content"] = character * 20_000  # may be sent, and takes two places each
    text = "\n".join(json.dumps({**row, **more}) for more in ({}, {"name": "B", "content": "x"}))

    found, name, *_ = corrected(tmp_path, text.encode(), "a.jsonl", (2, 0, "C"))

    assert name == "a.corrected.xlsx"
    assert found_in(tmp_path, found) == {2: ["not-confirmed"]}


def test_a_workbook_with_formulas_and_a_chart_keeps_them_and_their_values(tmp_path: Path) -> None:
    """LibreOffice is not asked: the values of formulas are written here as Excel writes them."""
    book = openpyxl.Workbook()
    book.active.append([*HEAD.split(","), "priority", "start_date"])
    for number in range(2, 5):
        book.active.append([f'=C{number}&"x"', PLACEMENT, "htm", "x", "draft", None, None])
    chart = BarChart()
    chart.add_data(Reference(book.active, min_col=6, min_row=1, max_row=4))
    book.active.add_chart(chart, "J2")  # type: ignore[call-arg]
    book.save(tmp_path / "plain.xlsx")
    path = with_values(tmp_path / "plain.xlsx", "Offer")

    found, name, why, _ = corrected(
        tmp_path, path.read_bytes(), "a.xlsx", (1, 2, "html"), (2, 0, "Now a text"), (3, 6, "=1")
    )

    assert (name, why) == ("a.corrected.xlsx", "")
    sheet = openpyxl.load_workbook(io.BytesIO(found)).active
    values = openpyxl.load_workbook(io.BytesIO(found), data_only=True).active
    assert [sheet[cell].value for cell in ("A2", "A3", "C2", "C3")] == [
        *('=C2&"x"', "Now a text", "html", "htm"),
    ]
    assert [values[cell].value for cell in ("A2", "A3", "A4", "G4")] == [
        *("Offer", "Now a text", "Offer", "=1"),
    ]
    before, after = zipfile.ZipFile(path), zipfile.ZipFile(io.BytesIO(found))
    both = set(before.namelist()) & set(after.namelist())
    changed = [name for name in both if before.read(name) != after.read(name)]
    assert "xl/worksheets/sheet1.xml" in changed
    assert not [name for name in changed if "chart" in name or "styles" in name]
    assert "xl/calcChain.xml" not in after.namelist()


def with_values(path: Path, value: str) -> Path:
    """Give each formula of a workbook a value, and the workbook a list of its formulas."""
    made = path.with_name("valued.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = re.sub(
                    rb"<c ([^>]*)><f>([^<]*)</f><v ?/?>(?:</v>)?</c>",
                    rb'<c \1 t="str"><f>\2</f><v>' + value.encode() + rb"</v></c>",
                    content,
                )
            if name == "xl/workbook.xml":
                content = content.replace(b' fullCalcOnLoad="1"', b"")
            new.writestr(name, content)
        new.writestr("xl/calcChain.xml", "<calcChain/>")
    return made


REFERENCES = st.tuples(st.integers(2, 4), st.integers(0, 6))


@settings(ANY_CELLS, max_examples=tried(25))
@given(
    filled=st.sets(REFERENCES, max_size=10),
    edits=st.dictionaries(
        REFERENCES, st.sampled_from(["", "a<b>&c", " x ", "7", "é\n2"]), min_size=1
    ),
)
def test_cells_are_written_among_those_that_are_there(
    tmp_path_factory: pytest.TempPathFactory,
    filled: set[tuple[int, int]],
    edits: dict[tuple[int, int], str],
) -> None:
    folder = tmp_path_factory.mktemp("patch")
    book = openpyxl.Workbook()
    book.active.append([*HEAD.split(","), "priority", "start_date"])
    for row in range(2, 5):
        book.active.cell(row, 1, f"Offer {row}")
    for row, at in filled:
        book.active.cell(row, at + 1, f"cell {row} {at}")
    book.save(folder / "a.xlsx")
    wanted = [("Sheet", row, at, text) for (row, at), text in edits.items()]
    (folder / "edits.json").write_text(json.dumps(wanted))

    said = correct(
        *(folder / name for name in ("a.xlsx", "edits.json", "out.xlsx")),
        macros=False,
        limits=DEFAULT_LIMITS,
    )

    assert said["refused"] == ""
    sheet = openpyxl.load_workbook(folder / "out.xlsx").active
    for row in range(2, 5):
        for at in range(7):
            was = f"cell {row} {at}" if (row, at) in filled else f"Offer {row}" if at == 0 else ""
            assert (sheet.cell(row, at + 1).value or "") == edits.get((row, at), was)
