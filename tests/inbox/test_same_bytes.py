"""Bytes that an inbox was given before, after the run that loaded them was undone."""

import json
from pathlib import Path

import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.support.workbooks import loader_for, write_offers

SETTINGS = "[inbox]\nsettle_seconds = 0\nscan_seconds = 0.1\nretry_seconds = 0.1\n"
BAD_ROW = "Bad,nowhere,nothing,,,\n"


@pytest.mark.parametrize("more", ["", BAD_ROW])
def test_the_earlier_run_that_is_named_stands(tmp_path: Path, more: str) -> None:
    (tmp_path / "loader.toml").write_text(SETTINGS, "utf-8")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    given = write_offers(tmp_path / "offers.csv", ["One", "Two"]).read_text("utf-8") + more
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)

        def dropped(name: str) -> dict[str, str]:
            (inbox / name).write_text(given, "utf-8")
            loader.run("watch", "inbox", "--once")
            (summary,) = inbox.glob(f"done/*/{name}.summary.json")
            return dict(json.loads(summary.read_text("utf-8")))

        first = dropped("first.csv")
        assert loader.run("undo", first["run_id"], "--yes").code == 0
        second = dropped("second.csv")
        third = dropped("third.csv")

        assert len(sandbox.offers()) == 2
    assert "same bytes" not in second["reason"]
    assert second["earlier"] == ""
    assert f"the same bytes were loaded before, by run {second['run_id']}" in third["reason"]
    assert third["earlier"] == second["results"]


def test_duplicates_of_what_was_undone_since_are_created_again(tmp_path: Path) -> None:
    (tmp_path / "loader.toml").write_text(SETTINGS, "utf-8")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    offers = write_offers(tmp_path / "offers.csv", ["One", "Two"])
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        loader.run("load", "offers.csv")
        first = loader.newest_run()
        reordered = offers.read_text("utf-8").splitlines()
        text = "\n".join([reordered[0], *reversed(reordered[1:])]) + "\n"
        (inbox / "a.csv").write_text(text, "utf-8")
        duplicates = loader.run("watch", "inbox", "--once")
        loader.run("undo", first, "--yes")
        (inbox / "b.csv").write_text(text, "utf-8")
        again = loader.run("watch", "inbox", "--once")

        assert len(sandbox.offers()) == 2
    assert "a.csv: loaded: 2 duplicate" in duplicates.out
    assert "b.csv: loaded: 2 created" in again.out


def test_bytes_whose_offers_an_unfinished_undo_deletes_are_not_filed_as_loaded(
    tmp_path: Path,
) -> None:
    (tmp_path / "loader.toml").write_text(SETTINGS, "utf-8")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    offers = write_offers(tmp_path / "offers.csv", ["One", "Two"]).read_text("utf-8")
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        (inbox / "first.csv").write_text(offers, "utf-8")
        loader.run("watch", "inbox", "--once")
        run = loader.newest_run()
        sandbox.set_faults("status-before on=delete status=403")
        stopped = loader.run("undo", run, "--yes")
        sandbox.set_faults()
        (inbox / "again.csv").write_text(offers, "utf-8")
        again = loader.run("watch", "inbox", "--once")
        loader.run("undo", run, "--yes")

        assert sandbox.offers() == []
    assert stopped.code == 5, stopped.out
    assert "again.csv: failed" in again.out
    assert not list(inbox.glob("done/*/again.csv"))


@pytest.mark.parametrize("more", ["", BAD_ROW])
def test_the_earlier_results_are_of_a_run_into_the_same_target(tmp_path: Path, more: str) -> None:
    (tmp_path / "loader.toml").write_text(SETTINGS, "utf-8")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    given = write_offers(tmp_path / "offers.csv", ["One", "Two"]).read_text("utf-8") + more

    def dropped(name: str, sandbox: Sandbox) -> dict[str, str]:
        (inbox / name).write_text(given, "utf-8")
        loader_for(sandbox, tmp_path).run("watch", "inbox", "--once")
        (summary,) = inbox.glob(f"done/*/{name}.summary.json")
        return dict(json.loads(summary.read_text("utf-8")))

    with running_sandbox() as rehearsal, running_sandbox() as real:
        dropped("rehearsed.csv", rehearsal)
        first = dropped("first.csv", real)
        again = dropped("again.csv", real)

    assert first["earlier"] == ""
    assert again["earlier"] == first["results"]
    assert f"the same bytes were loaded before, by run {first['run_id']}" in again["reason"]
