"""A draft shows the rows of a file and what is wrong; edits are checked at once, and undone."""

import csv
import io
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import openpyxl
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.errors import DraftError, EditRefused, JournalError, TooMuch, UnreadableSource
from loader.events import silent
from loader.journal.sqlite.write_lock import WriteLock
from loader.run.check.check import check_files
from loader.run.drafting import (
    Draft,
    Drafts,
    check_rows,
    database,
    drafts_folder,
    read_in_background,
)
from loader.run.drafting.shown_values import Filter, Only, Search
from loader.run.drafting.undoable_edits import Change
from loader.run.requests import CheckRequest
from loader.settings import load_settings
from loader.source.edited_cells import Cell
from tests.support import long_form
from tests.support.laws import tried
from tests.support.workbooks import HEADER, PLACEMENT

GOOD = ("A", PLACEMENT, "html", "<p>Hello</p>", "web", "approved")
STATUS = HEADER.index("status")
ONCE = settings(
    max_examples=tried(20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TEXTS = st.sampled_from(("", "A", "a", "B", "html", "htm", "#N/A", "aproved", "approved", "web"))


def rows_of(*changes: Mapping[str, str]) -> list[list[str]]:
    """Return good rows, each with a name of its own and some cells changed."""
    return [
        [dict(each).get(field, f"Offer {at}" if field == "name" else good)
         for field, good in zip(HEADER, GOOD, strict=True)]
        for at, each in enumerate(changes)
    ]  # fmt: skip


def as_csv(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


@contextmanager
def drafting(
    folder: Path, content: bytes, name: str = "offers.csv", *, waits: bool = True
) -> Iterator[Draft]:
    """Give a draft of a file, read and checked."""
    drafts = Drafts(folder / "drafts", load_settings(environment={}), sandbox=False)
    try:
        draft = drafts.take(io.BytesIO(content), name)
        if waits:
            draft.wait()
        yield draft
    finally:
        drafts.close()


def all_rows(draft: Draft) -> Filter:
    return Filter(sheet_id=draft.sheets()[0].sheet_id)


def open_files() -> list[Path]:
    """Return the files that this process has open."""
    found = []
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            found.append(path.readlink())
    return found


def told(draft: Draft) -> list[tuple[object, ...]]:
    """Return what is wrong, by the draft, which also knows in which cells two rows differ."""
    window = draft.rows(all_rows(draft), start=0, count=500)
    return sorted(
        (row.number, each.code, each.message.partition(": they differ in ")[0], each.suggestion)
        for row in window.rows
        for each in row.findings
    )


def checked(draft: Draft) -> list[tuple[object, ...]]:
    """Return what is wrong, by a check of the file with the edits of the draft."""
    request = CheckRequest(sources=(str(draft.path),), edits=draft.edits(), max_errors_shown=1_000)
    try:
        report = check_files(request, draft.settings, listener=silent)
    except UnreadableSource:
        return []  # every row is blank by now
    errors = [found.error for found in report.findings.first]
    return sorted((each.row_number, each.code, each.message, each.suggestion) for each in errors)


def change(draft: Draft, at: int, column: str, text: str, was: str | None = None) -> Change:
    row = draft.rows(all_rows(draft), start=at, count=1).rows[0]
    return Change(row_id=row.row_id, position=HEADER.index(column), text=text, was=was)


def cells(draft: Draft, column: str) -> list[str]:
    rows = draft.rows(all_rows(draft), start=0, count=500).rows
    return [row.cells[HEADER.index(column)] for row in rows]


def test_rows_of_two_sheets_are_compared_by_column_whatever_the_headings_are(
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Offer name", "Placement", "Type", "Content"])
    book.active.append(["A", GOOD[HEADER.index("placement")], "html", "<p>x</p>"])
    second = book.create_sheet("Second")
    second.append(["content", "name", "type", "PLACEMENT"])
    second.append(["<p>y</p>", "A", "html", GOOD[HEADER.index("placement")]])
    book.save(tmp_path / "offers.xlsx")
    content = (tmp_path / "offers.xlsx").read_bytes()

    with drafting(tmp_path, content, "offers.xlsx") as draft:
        last = Filter(sheet_id=draft.sheets()[1].sheet_id)
        (row,) = draft.rows(last, start=0, count=1).rows

    (found,) = row.findings
    assert 'they differ in content ("<p>x</p>" there, "<p>y</p>" here)' in found.message
    assert "blank" not in found.message


@ONCE
@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5),
    steps=st.lists(
        st.sampled_from(["undo", "redo"])
        | st.dictionaries(st.tuples(st.integers(0, 4), st.sampled_from([0, 2, 3, 5])), TEXTS),
        max_size=6,
    ),
)
def test_after_every_edit_the_findings_are_those_of_a_check_of_all_rows(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    steps: list[str | dict[tuple[int, int], str]],
) -> None:
    content = as_csv(rows_of(*({"name": name, "type": kind} for name, kind in rows)))
    with drafting(tmp_path_factory.mktemp("draft"), content) as draft:
        assert told(draft) == checked(draft)
        for step in steps:
            if isinstance(step, str):
                with suppress(EditRefused):
                    getattr(draft, step)()
            else:
                at = {place: text for place, text in step.items() if place[0] < len(rows)}
                changes = [
                    Change(row_id=row + 1, position=position, text=text)
                    for (row, position), text in at.items()
                ]
                draft.edit(changes, words="edited")
            assert told(draft) == checked(draft)


def test_what_is_edited_while_all_rows_are_checked_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_rows, "ROWS_AT_ONCE", 1)  # so that it takes a while
    with drafting(tmp_path, as_csv(rows_of(*[{}] * 60)), waits=False) as draft:
        while not draft.state().is_read:
            pass
        for text in ("htm", "tex"):
            draft.edit([Change(row_id=60, position=2, text=text)], words="edited")
        assert not draft.state().is_checked
        draft.wait()

        assert [each[1] for each in told(draft)] == ["not-allowed"]
        assert told(draft) == checked(draft)


def test_undoing_everything_gives_the_file_and_redoing_gives_the_edits(tmp_path: Path) -> None:
    with drafting(tmp_path, as_csv(rows_of({}, {}))) as draft:
        draft.edit([change(draft, 0, "name", "X"), change(draft, 1, "name", "Y")], words="pasted")
        draft.edit([change(draft, 0, "name", "Z")], words="edited")
        edited = draft.edits()

        assert draft.undo().words == "edited"
        assert draft.undo().words == "pasted"
        assert not draft.edits()
        assert cells(draft, "name") == ["Offer 0", "Offer 1"]
        with pytest.raises(EditRefused, match="nothing to undo"):
            draft.undo()

        draft.redo()
        assert draft.redo().words == "edited"
        assert draft.edits().digest == edited.digest
        assert cells(draft, "name") == ["Z", "Y"]


def test_after_a_new_edit_nothing_can_be_redone(tmp_path: Path) -> None:
    with drafting(tmp_path, as_csv(rows_of({}))) as draft:
        draft.edit([change(draft, 0, "name", "X")], words="one")
        draft.undo()
        draft.edit([change(draft, 0, "name", "Y")], words="two")

        with pytest.raises(EditRefused, match="nothing to redo"):
            draft.redo()
        assert (draft.state().undo, draft.state().redo) == ("two", "")


def test_each_person_undoes_and_redoes_what_she_did_herself(tmp_path: Path) -> None:
    with drafting(tmp_path, as_csv(rows_of({}, {}))) as draft:
        draft.edit([change(draft, 0, "name", "X")], words="of Kim", who="Kim")
        draft.edit([change(draft, 1, "name", "Y")], words="of Ben", who="Ben")
        assert (draft.state(who="Kim").undo, draft.state(who="Ben").undo) == ("of Kim", "of Ben")

        assert draft.undo(who="Kim").words == "of Kim"
        assert cells(draft, "name") == ["Offer 0", "Y"]
        with pytest.raises(EditRefused, match="nothing to undo"):
            draft.undo(who="Kim")
        draft.edit([change(draft, 1, "name", "Z")], words="again of Ben", who="Ben")

        assert (draft.state(who="Kim").redo, draft.state(who="Ben").redo) == ("of Kim", "")
        assert draft.redo(who="Kim").words == "of Kim"
        assert cells(draft, "name") == ["X", "Z"]


def test_a_cell_that_somebody_else_changed_since_stays_where_a_step_is_undone(
    tmp_path: Path,
) -> None:
    with drafting(tmp_path, as_csv(rows_of({}, {}))) as draft:
        pasted = [change(draft, 0, "name", "X"), change(draft, 1, "name", "Y")]
        draft.edit(pasted, words="pasted", who="Kim")
        draft.edit([change(draft, 0, "name", "Ben's")], words="edited", who="Ben")

        undone = draft.undo(who="Kim")

        assert undone.words == "pasted; 1 cell stays, because somebody else has changed it since"
        assert (undone.cells, cells(draft, "name")) == (1, ["Ben's", "Offer 1"])
        draft.redo(who="Kim")
        assert cells(draft, "name") == ["Ben's", "Y"]
        draft.undo(who="Ben")
        assert cells(draft, "name") == ["X", "Y"]


def test_a_cell_that_is_written_back_is_not_edited(tmp_path: Path) -> None:
    with drafting(tmp_path, as_csv(rows_of({}))) as draft:
        draft.edit([change(draft, 0, "name", "X")], words="one")
        draft.edit([change(draft, 0, "name", "Offer 0")], words="back")

        assert not draft.edits()
        assert draft.edit([change(draft, 0, "name", "Offer 0")], words="same").words == ""


def test_the_later_of_two_windows_sees_what_the_earlier_did(tmp_path: Path) -> None:
    """An edit of a cell that holds something else by now is refused, and changes nothing."""
    with drafting(tmp_path, as_csv(rows_of({}))) as draft:
        late = change(draft, 0, "name", "late", was="Offer 0")
        before = draft.state().revision
        draft.edit([change(draft, 0, "name", "early", was="Offer 0")], words="edited")

        with pytest.raises(EditRefused, match='it holds "early" now'):
            draft.edit([late], words="edited")
        assert cells(draft, "name") == ["early"]
        assert draft.state().revision == before + 1


@pytest.mark.parametrize(
    ("typed", "meant"), [('="007"', "007"), (' "Late"', "Late"), ("=1+1", "=1+1"), ('"A"', '"A"')]
)
def test_a_cell_shows_the_text_that_is_sent_of_it(tmp_path: Path, typed: str, meant: str) -> None:
    with drafting(tmp_path, as_csv(rows_of({}))) as draft:
        draft.edit([change(draft, 0, "name", typed)], words="edited")

        body = draft.payload(draft.sheets()[0].first).body
        assert body is not None
        sent = orjson.loads(body)["name"]
        assert (cells(draft, "name"), sent) == ([meant], meant)
        assert next(iter(draft.edits().cells.values())) == meant


def test_nothing_can_be_edited_while_the_rows_are_sent(tmp_path: Path) -> None:
    with drafting(tmp_path, as_csv(rows_of({}))) as draft:
        wanted = change(draft, 0, "name", "X")
        with draft.held("the rows are being sent"):
            for attempt in (lambda: draft.edit([wanted], words="edited"), draft.undo):
                with pytest.raises(EditRefused, match="being sent"):
                    attempt()
        draft.edit([wanted], words="edited")

        assert cells(draft, "name") == ["X"]


def test_the_same_mistake_in_many_cells_is_fixed_at_once_and_undone_at_once(tmp_path: Path) -> None:
    wrong = [{"status": "aproved"}] * 5 + [{"status": "soon"}, {}]
    with drafting(tmp_path, as_csv(rows_of(*wrong))) as draft:
        group, other = draft.groups(draft.sheets()[0].sheet_id)
        assert (group.cells, group.value, group.offers) == (5, "aproved", ("approved",))
        assert (other.cells, other.value, other.offers) == (1, "soon", ())

        done = draft.fix_group(group, group.offers[0], who="Kim")

        assert done.cells == 5
        assert draft.state().wrong_rows == 1
        assert cells(draft, "status") == ["approved"] * 5 + ["soon", "approved"]
        draft.undo(who="Kim")
        assert draft.state().wrong_rows == 6


def test_long_texts_that_begin_alike_are_not_changed_to_one(tmp_path: Path) -> None:
    start = f"shop.example.com/{'x' * 200}"
    ends = ("shoes", "hats")
    rows = [[*row, f"{start}/{end}"] for row, end in zip(rows_of({}, {}), ends, strict=True)]
    with drafting(tmp_path, as_csv(rows, header=(*HEADER, "link_url"))) as draft:
        groups = draft.groups(draft.sheets()[0].sheet_id)
        (group,) = (each for each in groups if each.code == "bad-url")
        shown = draft.rows(all_rows(draft), start=0, count=9).rows
        of_cells = [row.findings[0].offers for row in shown]

        assert (group.cells, group.offers, group.suggestion) == (2, (), "")
        with pytest.raises(EditRefused, match="change each by itself"):
            draft.fix_group(group, "https://shop.example.com/hats")
        assert of_cells == [(f"https://{start}/shoes",), (f"https://{start}/hats",)]


def test_a_row_that_is_fixed_stays_in_sight_until_the_filter_is_used_again(tmp_path: Path) -> None:
    with drafting(tmp_path, as_csv(rows_of({"type": "htm"}, {}, {"type": "htm"}))) as draft:
        wrong = Filter(sheet_id=draft.sheets()[0].sheet_id, only=Only.WRONG)
        shown = draft.rows(wrong, start=0, count=9)
        assert [row.number for row in shown.rows] == [2, 4]

        draft.edit([change(draft, 0, "type", "html")], words="edited")

        again = draft.rows(wrong, start=0, count=9, kept=shown.list)
        assert [row.number for row in again.rows] == [2, 4]
        assert [row.number for row in draft.rows(wrong, start=0, count=9).rows] == [4]


def test_the_next_wrong_cell_is_found_and_begins_again_at_the_first(tmp_path: Path) -> None:
    with drafting(
        tmp_path, as_csv(rows_of({}, {"type": "x", "status": "y"}, {}, {"type": "z"}))
    ) as d:
        shown, at, seen = all_rows(d), (0, 0), []
        for _ in range(4):
            place = d.next_cell(Search(shown=shown, row_id=at[0], position=at[1]))
            assert place is not None
            at = (place.row_id, place.position)
            seen.append((place.at, HEADER[place.position]))
        assert seen == [(1, "type"), (1, "status"), (3, "type"), (1, "type")]
        back = d.next_cell(Search(shown=shown, row_id=at[0], position=at[1], backwards=True))
        assert back is not None
        assert (back.at, HEADER[back.position]) == (3, "type")


@pytest.mark.parametrize(
    ("text", "found"), [("OFFER 2", [(2, 0)]), ('"q', [(0, 3)]), ("ü", [(1, 3)]), ("nowhere", [])]
)
def test_text_is_found_whatever_its_case(
    tmp_path: Path, text: str, found: list[tuple[int, int]]
) -> None:
    rows = rows_of({"content": 'say "Q"'}, {"content": "GRÜN"}, {})
    with drafting(tmp_path, as_csv(rows)) as draft:
        place = draft.next_cell(Search(shown=all_rows(draft), text=text))
        filtered = Filter(sheet_id=draft.sheets()[0].sheet_id, text=text)

        assert ([(place.at, place.position)] if place else []) == found
        assert draft.rows(filtered, start=0, count=9).total == len(found)


def test_a_draft_that_is_closed_and_opened_again_has_lost_nothing(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts", load_settings(environment={}), sandbox=False)
    draft = drafts.take(io.BytesIO(as_csv(rows_of({"type": "htm"}, {}))), "offers.csv")
    draft.wait()
    draft.edit([change(draft, 1, "type", "htm")], words="edited", who="Kim")
    before = (draft.edits().digest, draft.state().wrong_rows, told(draft))
    drafts.close()

    drafts = Drafts(tmp_path / "drafts", load_settings(environment={}), sandbox=False)
    again = drafts.get(draft.draft_id)
    again.wait()

    assert (again.edits().digest, again.state().wrong_rows, told(again)) == before
    assert again.label == "offers.csv"
    again.undo(who="Kim")
    assert not again.edits()
    drafts.close()


def test_a_file_that_was_not_read_to_its_end_is_read_again(tmp_path: Path) -> None:
    content = as_csv(rows_of(*[{"type": "htm"}] * 3_000))
    drafts = Drafts(tmp_path / "drafts", load_settings(environment={}), sandbox=False)
    draft = drafts.take(io.BytesIO(content), "offers.csv")
    drafts.close()  # at once: as if the server had been stopped

    drafts = Drafts(tmp_path / "drafts", load_settings(environment={}), sandbox=False)
    again = drafts.get(draft.draft_id)
    again.wait()

    assert (again.state().rows, again.state().wrong_rows) == (3_000, 3_000)
    drafts.close()


def test_a_damaged_draft_and_what_an_upload_left_stop_nothing(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, load_settings(environment={}), sandbox=False)
    damaged, left = tmp_path / ("a" * 16), tmp_path / ("b" * 16)
    for folder in (damaged, left):
        folder.mkdir()
    (damaged / "draft.sqlite3").write_bytes(b"no database at all, but long enough" * 99)
    os.utime(left, (0, 0))

    drafts.take(io.BytesIO(as_csv(rows_of({}))), "offers.csv").wait()

    assert [state.label for state in drafts.listed()] == ["offers.csv"]
    assert not left.exists()
    with pytest.raises(JournalError, match="cannot be used"):
        drafts.get(damaged.name)
    assert [each for each in open_files() if damaged in each.parents] == []
    drafts.close()


def test_a_row_whose_cells_were_all_cleared_is_no_offer(tmp_path: Path) -> None:
    with drafting(tmp_path, as_csv(rows_of({}, {"type": "htm"}))) as draft:
        draft.edit([change(draft, 1, each, "") for each in HEADER], words="cleared")

        assert told(draft) == []
        assert [row.is_blank for row in draft.rows(all_rows(draft), start=0, count=9).rows] == [
            False,
            True,
        ]


def test_in_the_long_form_an_edit_checks_all_rows_of_the_offer(tmp_path: Path) -> None:
    rows = [long_form.row("1", "One"), long_form.row("1", "One"), long_form.row("2", "Two")]
    with drafting(tmp_path, as_csv(rows, header=long_form.HEADER)) as draft:
        assert draft.state().headings
        (tmp_path / "long.toml").write_text(long_form.PROFILE, "utf-8")
        draft.use_mapping(tmp_path / "long.toml", is_recognised=False)
        draft.wait()
        assert told(draft) == checked(draft)

        body = long_form.HEADER.index("Slot")
        draft.edit([Change(row_id=2, position=body, text=long_form.EMAIL)], words="edited")
        draft.wait()
        fixed = told(draft)
        draft.edit([Change(row_id=2, position=1, text="Another")], words="edited")
        draft.wait()

        assert fixed == []
        assert told(draft) == checked(draft) != []


def test_a_sheet_with_foreign_headings_shows_its_rows_and_says_what_is_missing(
    tmp_path: Path,
) -> None:
    content = as_csv([["Summer", "5"]], header=["Titel", "Zahl"])
    with drafting(tmp_path, content) as draft:
        state = draft.state()

        assert "the columns do not match" in state.headings
        assert draft.rows(all_rows(draft), start=0, count=9).rows[0].cells == ["Summer", "5"]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.csv", "empty"),
        (b"%PDF-1.7 something", "offers.xlsx", "PDF"),
        (b"name,placement,type\n", "offers.csv", "no row below"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, content: bytes, name: str, words: str
) -> None:
    with drafting(tmp_path, content, name) as draft:
        assert words in draft.state().trouble
        assert draft.state().trouble.startswith(f"{name}: ")


def test_the_columns_tell_what_they_take(tmp_path: Path) -> None:
    with drafting(tmp_path, as_csv(rows_of({}))) as draft:
        columns = {column.field: column for column in draft.sheets()[0].columns}

    assert columns["status"].words == ("draft", "approved")
    assert columns["placement"].names == "placements"
    assert columns["name"].is_required


def test_edits_are_at_the_addresses_of_the_file(tmp_path: Path) -> None:
    with drafting(tmp_path, as_csv(rows_of({}, {}))) as draft:
        draft.edit([change(draft, 1, "name", "X")], words="edited")

        assert draft.edits().cells == {Cell("", 3, 0): "X"}


def test_there_are_limits_on_drafts_and_old_ones_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts_folder, "MOST_DRAFTS", 1)
    days = [0.0]
    drafts = Drafts(
        tmp_path,
        load_settings(environment={}),
        sandbox=False,
        clock=lambda: time.time() + days[0] * 86_400,
    )
    first = drafts.take(io.BytesIO(as_csv(rows_of({}))), "offers.csv")
    first.wait()
    with pytest.raises(TooMuch, match="1 open files"):
        drafts.take(io.BytesIO(b"x"), "offers.csv")

    days[0] = 31
    second = drafts.take(io.BytesIO(as_csv(rows_of({}))), "offers.csv")
    second.wait()

    assert [state.draft_id for state in drafts.listed()] == [second.draft_id]
    with pytest.raises(DraftError, match="drop it again"):
        drafts.get(first.draft_id)
    drafts.close()


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "x" * 16, "0123456789abcdef", ""])
def test_an_id_is_never_a_path(tmp_path: Path, name: str) -> None:
    drafts = Drafts(tmp_path, load_settings(environment={}), sandbox=False)

    with pytest.raises(DraftError):
        drafts.get(name)


def test_a_file_that_two_pages_open_is_read_and_checked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_in_background, "_ROWS_AT_ONCE", 50)  # so that it takes a while
    rows = rows_of(*[{"status": "aproved"}] * 3_000)
    with drafting(tmp_path, as_csv(rows), waits=False) as one:
        while not one.state().rows:
            pass
        others = Drafts(tmp_path / "drafts", load_settings(environment={}), sandbox=False)
        try:
            other = others.get(one.draft_id)
            assert not one.state().is_read
            one.wait()
            other.wait()
            states = [one.state(), other.state()]
        finally:
            others.close()
    assert [each.trouble for each in states] == ["", ""]
    assert {(each.is_read, each.is_checked) for each in states} == {(True, True)}
    assert {(each.rows, each.wrong_rows) for each in states} == {(3_000, 3_000)}


def test_an_edit_comes_before_the_next_rows_that_another_page_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_rows, "ROWS_AT_ONCE", 200)
    rows = rows_of(*[{"status": "aproved"}] * 10_000)
    with drafting(tmp_path, as_csv(rows), waits=False) as one:
        others = Drafts(tmp_path / "drafts", load_settings(environment={}), sandbox=False)
        try:
            other = others.get(one.draft_id)
            while not one.state().checked:
                pass
            checked_meanwhile = []
            for text in ("X", "Y", "Z"):
                before = one.state().checked
                other.edit([change(other, 0, "name", text)], words="edited")
                checked_meanwhile.append((one.state().checked - before) // 200)
            one.wait()
        finally:
            others.close()
        assert max(checked_meanwhile) <= 4, checked_meanwhile
        assert one.edits().cells == {Cell("", 2, 0): "Z"}
        assert one.state().wrong_rows == 10_000


def test_a_draft_in_which_another_process_writes_for_long_is_said_to_be_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_MOST_SECONDS", 0.05)
    with drafting(tmp_path, as_csv(rows_of({}))) as draft:
        with closing(sqlite3.connect(draft.folder / "draft.sqlite3", isolation_level=None)) as held:
            held.execute("BEGIN IMMEDIATE")
            with pytest.raises(EditRefused, match="another page is reading or checking"):
                draft.edit([change(draft, 0, "name", "X")], words="edited")
        draft.edit([change(draft, 0, "name", "Y")], words="edited")


def test_a_page_that_is_closed_does_not_wait_for_another_that_reads(tmp_path: Path) -> None:
    with drafting(tmp_path, as_csv(rows_of({}))) as draft:
        database = draft.folder / "draft.sqlite3"
    with closing(WriteLock(database)) as held:
        assert held.try_take()
        drafts = Drafts(tmp_path / "drafts", load_settings(environment={}), sandbox=False)
        assert drafts.get(draft.draft_id).state().rows == 1

        drafts.close()
