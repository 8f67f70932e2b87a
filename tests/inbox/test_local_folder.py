"""The local folder: claims, ends and what a crash leaves, without a loader around it."""

import os
from pathlib import Path

import pytest

from loader.inbox.drops import Candidate, FinalFolder
from loader.inbox.local_folder import LocalFolder
from tests.support.inbox_reports import token

DAY = "2026-11-25"


def prepared(root: Path, *, markers: bool = False) -> LocalFolder:
    folder = LocalFolder(root, markers=markers, known=("crm",))
    folder.prepare()
    return folder


def only(folder: LocalFolder) -> Candidate:
    (candidate,) = folder.list_files().candidates
    return candidate


def files_of(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def test_a_claimed_file_goes_to_its_final_folder_with_its_side_files(tmp_path: Path) -> None:
    (tmp_path / "offers.csv").write_text("a")
    folder = prepared(tmp_path)

    claim = folder.claim(only(folder), token=token(1))
    sides = folder.fetch(claim).parent / "sides"
    (sides / "results.xlsx").write_text("r")
    (sides / "summary.json").write_text("s")
    assert folder.list_files().candidates == ()
    place = folder.place(claim, FinalFolder.DONE, day=DAY)
    folder.finish(claim, place)
    folder.finish(claim, place)

    assert files_of(tmp_path) == {
        f"done/{DAY}/offers.csv",
        f"done/{DAY}/offers.csv.results.xlsx",
        f"done/{DAY}/offers.csv.summary.json",
    }
    assert folder.claims() == ()


@pytest.mark.parametrize("other", ["Thumbs.db", "desktop.ini", "~$offers.csv", "offers.csv~"])
def test_what_others_put_beside_a_claimed_file_is_left_there(tmp_path: Path, other: str) -> None:
    (tmp_path / "offers.csv").write_text("a")
    folder = prepared(tmp_path)
    claim = folder.claim(only(folder), token=token(1))
    work = folder.fetch(claim).parent
    (work / other).write_text("b")

    assert folder.claims() == (claim,)
    folder.finish(claim, folder.place(claim, FinalFolder.DONE, day=DAY))

    assert folder.claims() == ()
    assert files_of(tmp_path) == {f"done/{DAY}/offers.csv", f"processing/{token(1)}/{other}"}


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    folder = prepared(tmp_path)
    for number, text in enumerate("abc"):
        (tmp_path / "offers.csv").write_text(text)
        claim = folder.claim(only(folder), token=token(number))
        folder.finish(claim, folder.place(claim, FinalFolder.FAILED, day=DAY))

    day = tmp_path / "failed" / DAY
    assert {path.name: path.read_text() for path in day.iterdir()} == {
        "offers.csv": "a",
        "offers-2.csv": "b",
        "offers-3.csv": "c",
    }


def test_a_file_that_is_put_back_overwrites_nothing(tmp_path: Path) -> None:
    folder = prepared(tmp_path)
    (tmp_path / "offers.csv").write_text("old")
    claim = folder.claim(only(folder), token=token(1))
    place = folder.place(claim, FinalFolder.FAILED, day=DAY)
    folder.finish(claim, place)
    (tmp_path / "offers.csv").write_text("new")

    stored_at = Path(folder.put_back(place, "offers.csv"))

    assert (stored_at.name, stored_at.read_text()) == ("offers-2.csv", "old")
    assert (tmp_path / "offers.csv").read_text() == "new"


def test_a_file_that_changed_since_the_look_is_not_claimed(tmp_path: Path) -> None:
    (tmp_path / "offers.csv").write_text("a")
    folder = prepared(tmp_path)
    candidate = only(folder)
    (tmp_path / "offers.csv").write_text("longer")

    assert folder.claim(candidate, token=token(1)) is None
    (tmp_path / "offers.csv").unlink()
    assert folder.claim(candidate, token=token(2)) is None
    assert folder.claims() == ()


def test_what_is_no_file_to_load_is_ignored(tmp_path: Path) -> None:
    folder = prepared(tmp_path)
    (tmp_path / "notes.md").write_text("secret")
    (tmp_path / "link.csv").symlink_to(tmp_path / "notes.md")
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "crm").mkdir()
    (tmp_path / "other").mkdir()

    listing = folder.list_files()

    assert listing.candidates == ()
    said = {each.name: each.reason for each in listing.ignored}
    assert set(said) == {"notes.md", "link.csv", "pipe.csv", "other"}
    assert "link" in said["link.csv"]
    assert "regular" in said["pipe.csv"]


def test_a_file_that_is_open_for_writing_is_known_to_be(tmp_path: Path) -> None:
    (tmp_path / "offers.csv").write_text("a")
    folder = prepared(tmp_path)
    candidate = only(folder)

    with (tmp_path / "offers.csv").open("a"):
        assert folder.is_being_written(candidate)
    assert not folder.is_being_written(candidate)


@pytest.mark.parametrize("cut", ["nothing", "marker", "file"])
def test_a_claim_that_a_crash_cut_short_is_completed_or_undone(tmp_path: Path, cut: str) -> None:
    folder = prepared(tmp_path, markers=True)
    (tmp_path / "offers.csv").write_text("a")
    assert not only(folder).is_marked
    (tmp_path / "offers.csv.done").touch()
    assert only(folder).is_marked
    work = tmp_path / "processing" / token(1)
    work.mkdir()
    if cut != "nothing":
        (tmp_path / "offers.csv.done").rename(work / "offers.csv.done")
    if cut == "file":
        (tmp_path / "offers.csv").rename(work / "offers.csv")

    claims = folder.claims()

    if cut == "nothing":
        assert claims == ()
        assert only(folder).is_marked
        assert not work.exists()
        return
    assert [claim.name for claim in claims] == ["offers.csv"]
    folder.finish(claims[0], folder.place(claims[0], FinalFolder.DONE, day=DAY))
    assert files_of(tmp_path) == {f"done/{DAY}/offers.csv", f"done/{DAY}/offers.csv.done"}
