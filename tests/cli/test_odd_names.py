"""Names of files that no one expects: every one works, or is refused in words."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

import loader
from loader.errors import UnreadableSource
from loader.source.paths import named_files
from tests.support.hostile_names import PATHS, UNREADABLE
from tests.support.run_checks import checked
from tests.support.workbooks import Loader, write_offers

NOT_TEXT = os.fsdecode(b"lat\xe9")
WORK = [name for name in UNREADABLE if name.decode("utf-8", "replace").encode() == name]
NAMES = [
    *WORK,
    b"C:x.csv",
    b"-x.csv",
    b"*x?.csv",
    b"[a].csv",
    b"=1+1.csv",
    b" .csv",
    b"x" * 251 + b".csv",
]


def test_a_file_is_read_and_has_its_workbook_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    names = [os.fsdecode(name) for name in NAMES]
    for number, name in enumerate(names):
        given = write_offers(tmp_path / "offers", [f"Offer {number}"]).read_text()
        (tmp_path / name).write_text(f"{given}Invalid {number},nowhere,nothing,,,\n")
    loader = Loader(folder=tmp_path)

    ran = loader.run("check", *(f"./{name}" for name in names), "--annotate", "out")
    long = loader.run("load", names[-1], "--sandbox", "--dry-run")

    assert (ran.code, long.code) == (1, 1), ran.err + long.err
    assert "\x1b" not in ran.out + ran.err
    copies = [*tmp_path.glob("out/*"), *tmp_path.glob("xxx*.xlsx")]
    assert len(copies) == len(names) + 1
    for copy in copies:
        load_workbook(copy)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", f"{NOT_TEXT}/offers.csv"),
        ("load", f"{NOT_TEXT}.csv", "--sandbox", "--yes"),
        ("load", "offers.csv", "--results", f"{NOT_TEXT}.xlsx"),
        ("watch", NOT_TEXT, "--once"),
        ("inbox", "status", NOT_TEXT),
        ("doctor", "--config", NOT_TEXT),
    ],
)
def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / NOT_TEXT).mkdir()
    ran = Loader(folder=tmp_path).run(*arguments)

    assert ran.code in (1, 2)
    assert "is not UTF-8" in ran.err
    assert "lat\\udce9" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "circle.csv"),
        ("load", "circle.csv", "--sandbox", "--yes"),
        ("load", "offers.csv", "--sandbox", "--yes", "--results", "circle.csv"),
    ],
)
def test_a_link_that_leads_to_itself_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write_offers(tmp_path / "offers.csv", ["One"])
    (tmp_path / "circle.csv").symlink_to("other.csv")
    (tmp_path / "other.csv").symlink_to("circle.csv")
    ran = Loader(folder=tmp_path).run(*arguments)

    assert (ran.code in (1, 2), "leads to itself" in ran.err) == (True, True), ran.err


def test_a_current_folder_that_was_removed_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = ["sh", "-c", 'rmdir "$PWD" && exec "$0" -m loader check offers.csv', sys.executable]
    environment = {**os.environ, "PYTHONPATH": str(Path(loader.__file__).parents[1])}
    ran = subprocess.run(
        command, cwd=gone, env=environment, capture_output=True, text=True, check=False
    )

    assert (ran.returncode, "the current folder was removed" in ran.stderr) == (2, True), ran.stderr


def test_a_line_break_in_a_name_breaks_no_line(tmp_path: Path) -> None:
    write_offers(tmp_path / "two\nlines.csv", ["One"])
    ran = Loader(folder=tmp_path).run("load", "two\nlines.csv", "--sandbox", "--yes")

    assert ran.code == 0, ran.err
    assert "results  two\\nlines.results.xlsx\n" in ran.out


def test_a_pattern_that_hits_such_a_name_says_so(tmp_path: Path) -> None:
    write_offers(tmp_path / f"{NOT_TEXT}.csv", ["One"])

    with pytest.raises(UnreadableSource, match="not UTF-8"):
        named_files([str(tmp_path / "*.csv")])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("load", "offers.csv", "--results", "y" * 251 + ".xlsx"), "has more than"),
        (("check", "offers.csv", "--profile-file", "folder"), "is not a file"),
        (("doctor", "--config", "folder"), "is not a file"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "folder").mkdir()
    write_offers(tmp_path / "offers.csv", ["One"])

    ran = Loader(folder=tmp_path).run(*arguments, *(["--sandbox"] if "load" in arguments else []))

    assert ran.code == 2, ran.err
    assert said in ran.err


def test_a_member_of_an_archive_is_never_written_under_its_name(tmp_path: Path) -> None:
    given = write_offers(tmp_path / "offers", ["One"]).read_bytes()
    (tmp_path / "in" / "side").mkdir(parents=True)
    for number, name in enumerate((PATHS[1], PATHS[2], PATHS[5], b"line\n.csv")):
        archive = tmp_path / "in" / "side" / f"{number}.zip"
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr(name.decode(), given)

        assert checked(archive).exit_code == 0

    assert {path.name for path in tmp_path.rglob("*") if path.suffix == ".csv"} == set()
