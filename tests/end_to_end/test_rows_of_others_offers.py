"""A row that was skipped because somebody else's offer was there keeps the id of that offer."""

from pathlib import Path

from offer_sandbox import Sandbox, running_sandbox
from tests.support.busy_server import takes_no_more
from tests.support.workbooks import Loader, loader_for, results_of, write_offers

NOTHING_IS_TAKEN = takes_no_more("create")  # rows stay pending


def with_an_offer_of_others(sandbox: Sandbox, folder: Path, **variables: str) -> tuple[Loader, str]:
    """Return a loader, and the id of an offer One that its journal knows nothing of."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    write_offers(elsewhere / "offers.csv", ["One"])
    assert loader_for(sandbox, elsewhere).run("load", "offers.csv").code == 0
    (offer,) = sandbox.offers()
    return loader_for(sandbox, folder, LOADER_SETTLE_SECONDS="0", **variables), str(offer["id"])


def first_row(loader: Loader, run: str) -> dict[str, str]:
    """Return what the results of a run say now of its first row."""
    assert loader.run("results", run, "--results", "again.csv").code == 0
    return results_of(loader.folder / "again.csv")[0]


def test_a_skipped_row_keeps_its_id_when_a_later_load_creates_the_offer_and_is_undone(
    tmp_path: Path,
) -> None:
    with running_sandbox() as sandbox:
        loader, theirs = with_an_offer_of_others(sandbox, tmp_path)
        write_offers(tmp_path / "offers.csv", ["One"])
        assert loader.run("load", "offers.csv", "--on-existing", "skip").code == 0
        skipped = loader.newest_run()
        before = first_row(loader, skipped)

        write_offers(tmp_path / "offers.csv", ["One"], content="changed")
        assert loader.run("load", "offers.csv", "--on-existing", "duplicate").code == 0
        created = first_row(loader, loader.newest_run())
        assert loader.run("undo", loader.newest_run(), "--yes").code == 0

        assert (before["status"], before["instanceId"]) == ("duplicate", theirs)
        assert first_row(loader, skipped) == before
        assert (created["status"], created["instanceId"] != theirs) == ("created", True)
        assert [offer["id"] for offer in sandbox.offers()] == [theirs]


def test_a_waiting_file_with_a_skipped_row_is_done_whatever_became_of_a_later_load(
    tmp_path: Path,
) -> None:
    (tmp_path / "loader.toml").write_text("[inbox]\nsettle_seconds = 0\n", "utf-8")
    (tmp_path / "inbox").mkdir()
    with running_sandbox() as sandbox:
        loader, theirs = with_an_offer_of_others(sandbox, tmp_path, LOADER_ON_EXISTING="skip")
        write_offers(tmp_path / "inbox" / "offers.csv", ["One", "Two"])
        sandbox.set_faults(NOTHING_IS_TAKEN)
        loader.run("watch", "inbox", "--once")
        waiting = loader.newest_run()
        sandbox.set_faults("")

        write_offers(tmp_path / "later.csv", ["One"])
        assert loader.run("load", "later.csv", "--on-existing", "duplicate").code == 0
        assert loader.run("undo", loader.newest_run(), "--yes").code == 0
        looked = loader.run("watch", "inbox", "--once")

        assert looked.code == 0, looked.out + looked.err
        assert first_row(loader, waiting)["instanceId"] == theirs
        assert sorted(offer["name"] for offer in sandbox.offers()) == ["One", "Two"]


def test_a_row_that_is_skipped_again_and_again_says_so_each_time(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader, theirs = with_an_offer_of_others(sandbox, tmp_path)
        runs = []
        for content in ("first", "second", "second", "first"):
            write_offers(tmp_path / "offers.csv", ["One"], content=content)
            assert loader.run("load", "offers.csv", "--on-existing", "skip").code == 0
            runs.append(loader.newest_run())

        rows = [first_row(loader, run) for run in runs]
        assert [(row["status"], row["instanceId"]) for row in rows] == [("duplicate", theirs)] * 4
        assert [offer["id"] for offer in sandbox.offers()] == [theirs]


def test_a_file_whose_rows_were_skipped_is_loaded_again_once_those_offers_are_deleted(
    tmp_path: Path,
) -> None:
    (tmp_path / "loader.toml").write_text("[inbox]\nsettle_seconds = 0\n", "utf-8")
    (tmp_path / "inbox").mkdir()
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0", LOADER_ON_EXISTING="skip")
        plain = write_offers(tmp_path / "plain.csv", ["One"]).read_text("utf-8").splitlines()
        with_id = [
            f"{word},{line}" for word, line in zip(("external_id", "E1"), plain, strict=True)
        ]
        (tmp_path / "first.csv").write_text("\n".join(with_id), "utf-8")
        assert loader.run("load", "first.csv").code == 0
        first = loader.newest_run()
        write_offers(tmp_path / "inbox" / "same.csv", ["One"])
        assert "loaded: 1 duplicate" in loader.run("watch", "inbox", "--once").out
        skipped = loader.newest_run()

        assert loader.run("undo", first, "--yes").code == 0
        undo = loader.newest_run()
        row = first_row(loader, skipped)
        assert (row["status"], row["error_code"]) == ("duplicate", "deleted-since")
        assert f"deleted since, by run {undo}" in row["error"]

        write_offers(tmp_path / "inbox" / "again.csv", ["One"])
        assert "again.csv: loaded: 1 created" in loader.run("watch", "inbox", "--once").out
        assert [offer["name"] for offer in sandbox.offers()] == ["One"]
