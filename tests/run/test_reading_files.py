"""Several files, sheets and title lines, as check and load read them."""

import os
import re
from pathlib import Path

import openpyxl
import pytest

from loader.errors import UnreadableSource, WrongColumns
from tests.corpus.books import book, row, sheet_xml
from tests.corpus.texts import SURE_FRENCH
from tests.support.forked import Life
from tests.support.run_checks import HEAD, checked, counted, line, notices
from tests.support.workbooks import PLACEMENT, Loader

HEADER = row(1, "name", "placement", "type", "content")
OFFERS = sheet_xml(HEADER + row(2, "One", PLACEMENT, "html", "Hello"))
COVER = sheet_xml(row(1, "How to fill in this workbook") + row(2, "Ask Ann"))


def test_title_and_comment_lines_above_the_header_are_passed_over_and_said(tmp_path: Path) -> None:
    path = tmp_path / "titled.csv"
    path.write_text(f'Offers of spring; "final"\n# exported by Ann, 3 rows\n\n{HEAD}{line("One")}')

    report = checked(path)

    assert counted(report) == [("", 1, 0)]
    assert "row 4" in notices(report)["lines-above-header"]


def test_titles_above_a_header_of_unknown_words_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "foreign.csv"
    path.write_text("Angebote\n\nStand: heute\nNr;Kampagne;Inhalt der Seite\n1;Sommer;x\n")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("Angebote;\nNr;Kampagne\n1;Sommer\n")

    with pytest.raises(WrongColumns, match="Kampagne"):
        checked(path)
    with pytest.raises(WrongColumns, match="Angebote"):
        checked(pairs)


def test_of_two_header_rows_the_one_with_the_names_is_the_header(tmp_path: Path) -> None:
    path = tmp_path / "grouped.csv"
    path.write_text(
        "Offer,English,,,French,,\nname,placement,type,content,placement_2,type_2,content_2\n"
        f"One,{PLACEMENT},html,a,x:2,text,b\n"
    )

    report = checked(path)

    assert counted(report) == [("", 1, 0)]
    assert "row 2" in notices(report)["lines-above-header"]


def test_two_header_rows_that_repeat_names_are_refused_with_both_places(tmp_path: Path) -> None:
    path = tmp_path / "grouped.csv"
    path.write_text(
        "Offer,English,,,French,,\nname,placement,type,content,placement,type,content\n"
        f"One,{PLACEMENT},html,a,x:2,text,b\n"
    )

    with pytest.raises(WrongColumns, match=r"twice: placement, in columns B .* and E") as caught:
        checked(path)

    assert "placement_2" in str(caught.value)


def test_a_header_nobody_knows_is_not_looked_for_among_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "foreign.csv"
    path.write_text("nam,typ?,where\nA,html,web\nname,x,y\n")

    with pytest.raises(WrongColumns, match="'nam'"):
        checked(path)


def test_what_may_be_the_reason_is_said_where_the_columns_do_not_fit(tmp_path: Path) -> None:
    text = tmp_path / "titled.csv"
    text.write_bytes(SURE_FRENCH.encode("cp1252"))
    book_of_two = tmp_path / "two.xlsx"
    book_of_two.write_bytes(book(sheet_xml(row(1, "x", "y") + row(2, "1", "2")), OFFERS))

    with pytest.raises(WrongColumns) as of_text:
        checked(text)
    with pytest.raises(WrongColumns) as of_book:
        checked(book_of_two)

    assert "note: the text is not UTF-8 and was read as cp1252" in str(of_text.value)
    assert re.search('note: .*"More" has columns of offers', str(of_book.value))


def test_the_list_of_runs_says_why_the_columns_of_a_file_did_not_fit(tmp_path: Path) -> None:
    """The reason itself comes before what may explain it, and the file is named once."""
    workbook = openpyxl.Workbook()
    spring = workbook.active
    spring.title = "Spring"
    spring.append(["name", "placement", "type", "content", "Owner"])
    spring.append(["One", PLACEMENT, "html", "a", "me"])
    workbook.create_sheet("Notes").append(["x"])
    path = tmp_path / f"{'long ' * 20}name.xlsx"
    workbook.save(path)
    loader = Loader(folder=tmp_path)

    refused = loader.run("load", str(path), "--sandbox", "--yes")
    listed = loader.run("runs")

    assert re.search(r"unknown: E \('Owner'\)\n.*note: not read: \"Notes\"", refused.err)
    assert "unknown: E ('Owner')" in listed.out
    assert listed.out.count(path.name) == 1


@pytest.mark.parametrize(
    "header", ["Offer nmae,placement,type,content,Notes", "Nom_x,Bild_x,Notes", ",Owner,name"]
)
def test_an_option_about_dates_leaves_the_words_about_wrong_columns_as_they_are(
    header: str, tmp_path: Path
) -> None:
    (tmp_path / "wrong.csv").write_text(f"{header}\n{','.join('abcde')}\n")
    loader = Loader(folder=tmp_path)

    plain = loader.run("check", "wrong.csv")
    with_dates = loader.run("check", "wrong.csv", "--date-format", "DD.MM.YY")

    assert "the columns do not match" in plain.err
    assert "loader mapping" in plain.err
    said = with_dates.err.replace(" --date-format DD.MM.YY", "")  # a command to type repeats it
    assert sorted(said.splitlines()) == sorted(plain.err.splitlines())


def test_a_heading_that_is_a_whole_text_is_cut_in_messages(tmp_path: Path) -> None:
    long = "x" * 4_000
    loader = Loader(folder=tmp_path)
    (tmp_path / "cell.csv").write_text(f"{HEAD.strip()},attr:{long}\n{line('One').strip()},#REF!\n")
    (tmp_path / "twice.csv").write_text(f"{HEAD.strip()},attr:{long},attr:{long}\n{line('One')}")
    (tmp_path / "other.csv").write_text(f"{HEAD.strip()},{long}\n{line('One')}")

    for name, *more in (("cell",), ("twice",), ("other",), ("other", "--ignore-column", "*")):
        ran = loader.run("check", f"{name}.csv", "--no-annotate", *more)
        assert "x" * 40 in ran.out + ran.err
        assert "x" * 100 not in ran.out + ran.err


def test_every_sheet_reads_those_with_offers_and_names_the_others(tmp_path: Path) -> None:
    path = tmp_path / "offers.xlsx"
    path.write_bytes(
        book(COVER, OFFERS, OFFERS, names=[(n, "visible") for n in ("Cover", "May", "June")])
    )

    report = checked(path, sheet="*")

    assert counted(report) == [("May", 1, 0), ("June", 1, 0)]
    assert "Cover" in notices(report)["sheet-without-offers"]
    with pytest.raises(WrongColumns, match=r'sheet "Cover"(.|\n)*note: not read: "May", "June"'):
        checked(path)


def test_hidden_rows_are_loaded_or_left_out_by_choice_and_said(tmp_path: Path) -> None:
    hidden = row(2, "One", PLACEMENT, "html", "a", attributes=' hidden="1"')
    path = tmp_path / "offers.xlsx"
    path.write_bytes(book(sheet_xml(HEADER + hidden + row(3, "Two", PLACEMENT, "html", "a"))))

    loaded, left = checked(path), checked(path, skip_hidden_rows=True)

    assert counted(loaded) == [("Offers", 2, 0)]
    assert counted(left) == [("Offers", 1, 0)]
    assert "loaded like the others" in notices(loaded)["hidden-rows"]
    assert "left out" in notices(left)["hidden-rows"]


def test_standard_input_is_checked_and_loaded(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)
    text = (HEAD + line("One") + line("Two", "htm")).encode()

    def run(*arguments: str) -> Life:
        given, ours = os.pipe()
        with os.fdopen(given), os.fdopen(ours, "wb") as typed:
            process = loader.start(*arguments, stdin=given)
            typed.write(text)
        return process.life()

    first, second = run("check", "-", "--no-annotate"), run("load", "-", "--sandbox")

    assert (first.code, second.code) == (1, 1), (first, second)
    assert "C3" in first.out
    assert "1 created" in second.out
    assert (tmp_path / "stdin.results.xlsx").exists()


def test_files_with_the_same_contents_are_said(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(HEAD + line("One"))

    report = checked(tmp_path / "*.csv", tmp_path / "b.csv")

    assert len(report.sheets) == 2
    assert "a.csv" in notices(report)["same-contents"]
    assert "read once" in notices(report)["named-twice"]


@pytest.mark.parametrize("api", ["dps", "xcore"])
def test_columns_without_effect_and_lost_last_days_are_said_once_per_file(
    tmp_path: Path, api: str
) -> None:
    path = tmp_path / "dated.csv"
    head = HEAD.replace("content\n", "content,end_date,priority\n")
    rows = "".join(line(name).replace("</p>\n", "</p>,2099-12-31,1\n") for name in ("One", "Two"))
    path.write_text(head + rows)

    report = checked(path, settings={"LOADER_API": api})
    chosen = checked(path, settings={"LOADER_END_DATES": "end-of-day"})

    said = [notice.code for notice in report.findings.notices]
    assert said.count("no-effect") == said.count("ends-at-midnight") == 1
    assert notices(report)["no-effect"].startswith("end_date, priority: ")
    assert ("not sent" in notices(report)["no-effect"]) == (api == "xcore")
    assert report.findings.counts == ()
    assert "ends-at-midnight" not in notices(chosen)


def test_a_sheet_without_channels_is_said_where_no_placement_tells_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEAD + line("One"))

    assert "column-not-sent" not in notices(checked(path))
    untold = checked(path, settings={"LOADER_PLACEMENTS": "ids-only"})
    assert "no column channel" in notices(untold)["column-not-sent"]


def test_more_offers_than_a_sandbox_takes_are_said(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text(HEAD + "".join(line(f"Offer {number}") for number in range(10_001)))

    assert "10,001 fallback offers" in notices(checked(path))["too-many-for-sandbox"]


def test_results_of_ours_are_recognised_as_such(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + line("One"))
    loader = Loader(folder=tmp_path)
    loader.run("load", "a.csv", "--sandbox", "--placements", "ids-only", "--results", "r.csv")

    again = loader.run("check", "r.csv")
    ignoring = loader.run("check", "r.csv", "--ignore-column", "*")

    assert again.code == 2
    assert "results-not-offers" in again.err
    assert "--failed-only" in again.err
    assert ignoring.code == 2
    assert "results-not-offers" in ignoring.err


def test_a_pulled_sheet_is_no_list_of_new_offers_unless_its_columns_are_left_out_by_name(
    tmp_path: Path,
) -> None:
    path = tmp_path / "kept.csv"
    path.write_text(f"action,{HEAD.strip()},id,etag\n,{line('One').strip()},dps:x:1,2\n")

    with pytest.raises(WrongColumns) as refused:
        checked(path, ignored=("*",))
    copied = checked(path, ignored=("action", "ID", "etag"))

    assert refused.value.code == "pulled-not-new"
    assert counted(copied) == [("", 1, 0)]


def test_another_sheet_with_columns_of_offers_is_named(tmp_path: Path) -> None:
    path = tmp_path / "two.xlsx"
    names = [(name, "visible") for name in ("Spring", "Cover", "Summer")]
    path.write_bytes(book(OFFERS, COVER, OFFERS, names=names))
    cover = tmp_path / "cover.xlsx"
    cover.write_bytes(book(sheet_xml(row(1, "Hello")), OFFERS, names=names[1:]))

    assert '"Summer" has columns of offers' in notices(checked(path))["other-sheets"]
    with pytest.raises(UnreadableSource, match='"Summer" has columns of offers'):
        checked(cover)


def test_a_cell_that_cannot_be_read_is_not_called_blank_as_well(tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    sheet = openpyxl.Workbook()
    sheet.active.append(["name", "placement", "type", "content"])
    for name in ("One", "Two"):
        sheet.active.append([name, PLACEMENT, "html", "=A1"])
    sheet.active.merge_cells("A2:A3")
    sheet.save(path)

    errors = [each.error for each in checked(path).findings.first]

    assert sorted((each.cell, each.code) for each in errors) == [
        ("Sheet!A3", "merged-cells"),
        ("Sheet!D2", "formula-no-value"),
        ("Sheet!D3", "formula-no-value"),
    ]
    assert {each.suggestion for each in errors if each.code == "formula-no-value"} == {
        "open the file in Excel or LibreOffice and save it: that stores the values"
    }
