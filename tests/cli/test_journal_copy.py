"""`loader journal copy` between files: what it says of the copy is true in every folder."""

from dataclasses import replace
from pathlib import Path

from offer_sandbox import running_sandbox
from tests.support.workbooks import loader_for, write_offers


def test_the_copy_is_named_by_its_whole_path(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_JOURNAL=str(tmp_path / "first.sqlite3"))
        write_offers(tmp_path / "offers.csv", ["One", "Two"])
        assert loader.run("load", "offers.csv").code == 0
        copied = loader.run("journal", "copy", "first.sqlite3", "copy.sqlite3")
        elsewhere = replace(loader, folder=tmp_path / "elsewhere")
        elsewhere.folder.mkdir()

        refused = elsewhere.run("load", "../offers.csv", "--on-existing", "duplicate")

        place = tmp_path / "copy.sqlite3"
        assert f"from now on use --journal {place} (or set journal)" in copied.out
        assert refused.code == 4
        assert f"was moved to {place}" in refused.err


def test_a_moved_journal_says_so_and_a_refused_copy_leaves_nothing(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_JOURNAL=str(tmp_path / "first.sqlite3"))
        write_offers(tmp_path / "offers.csv", ["One", "Two"])
        assert loader.run("load", "offers.csv").code == 0
        assert loader.run("journal", "copy", "first.sqlite3", "copy.sqlite3").code == 0
        before = set(tmp_path.iterdir())

        again = loader.run("journal", "copy", "first.sqlite3", "other.sqlite3")
        resumed = loader.run("resume")

    assert (again.code, resumed.code) == (4, 4), resumed.err
    assert f"was moved to {tmp_path / 'copy.sqlite3'}" in again.err
    assert f"was moved to {tmp_path / 'copy.sqlite3'}" in resumed.err
    assert set(tmp_path.iterdir()) == before
