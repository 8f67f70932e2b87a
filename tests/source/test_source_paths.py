"""Which files a command line names."""

from pathlib import Path

import pytest

from loader.errors import UnreadableSource
from loader.source import named_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("b.csv", "a.csv", "a.results.xlsx", "~$a.csv", "sub/c.csv", "offers [1].csv"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("names", "paths"),
    [
        (["b.csv", "a.csv"], ("b.csv", "a.csv")),
        (["?.csv"], ("a.csv", "b.csv")),
        (["**/*.csv"], ("a.csv", "b.csv", "offers [1].csv", "sub/c.csv")),
        (["offers [1].csv"], ("offers [1].csv",)),
        (["b.csv", "?.csv"], ("b.csv", "a.csv")),
        (["-", "-"], ("-",)),
        (["missing.csv"], ("missing.csv",)),
    ],
)
def test_names_and_patterns(folder: Path, names: list[str], paths: tuple[str, ...]) -> None:
    assert named_files(names).paths == paths


def test_what_is_left_out_or_named_twice_is_said(folder: Path) -> None:
    found = named_files(["a*", "./a.csv", str(folder / "a.csv")])

    assert found.paths == ("a.csv",)
    assert [notice.code for notice in found.notices] == ["left-out", "named-twice", "named-twice"]
    assert "a.results.xlsx" in found.notices[0].message


def test_a_pattern_without_a_file_is_refused(folder: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"nothing\*\.csv: no file matches"):
        named_files(["a.csv", "nothing*.csv"])
    with pytest.raises(UnreadableSource, match=r"a\.results\.xlsx, which is no source"):
        named_files(["*.xlsx"])
