"""An apply that sends nothing still says of every row of its sheet what it is, in the results."""

import json
from pathlib import Path

import pytest

from tests.support.workbooks import HEADER, PLACEMENT, Loader, results_of, write_offers

ROW = f"{PLACEMENT},html,<p>Hello</p>,web,approved"


@pytest.fixture
def loader(tmp_path: Path) -> Loader:
    """A loader whose embedded sandbox has one offer, pulled into kept.csv."""
    loader = Loader(folder=tmp_path)
    loaded_and_pulled(loader, "One")
    return loader


def loaded_and_pulled(loader: Loader, *names: str) -> None:
    write_offers(loader.folder / f"{names[-1]}.csv", names)
    assert loader.run("load", f"{names[-1]}.csv", "--sandbox").code == 0
    (loader.folder / "kept.csv").unlink(missing_ok=True)
    assert loader.run("pull", "kept.csv", "--sandbox").code == 0


def test_the_results_have_the_unchanged_the_gone_and_the_invalid_row(
    loader: Loader, tmp_path: Path
) -> None:
    loaded_and_pulled(loader, "One", "Two")
    newest = loader.newest_run()
    assert loader.run("undo", newest, "--yes").code == 0  # it created Two alone
    header, one, two = (tmp_path / "kept.csv").read_text("utf-8-sig").splitlines()
    columns, two, wrong = header.split(","), two.replace("Hello", "Edited"), one.split(",")
    wrong[columns.index("id")] = wrong[columns.index("etag")] = ""
    wrong[columns.index("name")], wrong[columns.index("type")] = "Three", "hmtl"
    (tmp_path / "kept.csv").write_text("\n".join((header, one, two, ",".join(wrong), "")), "utf-8")

    ran = loader.run("apply", "kept.csv", "--sandbox", "--results", "r.csv")

    assert ran.code == 1, ran.err
    found = {row["row"]: row["status"] for row in results_of(tmp_path / "r.csv")}
    assert found == {"2": "unchanged", "3": "gone", "4": "invalid"}
    assert "results  r.csv" in ran.out


def test_an_unchanged_sheet_has_its_results_beside_it_and_asks_nobody(
    loader: Loader, tmp_path: Path
) -> None:
    ran = loader.run("apply", "kept.csv", "--sandbox", "--json")

    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["summary"]["unchanged"] == 1
    assert (tmp_path / "kept.results.xlsx").exists()


def test_a_load_that_sends_nothing_has_results_too(loader: Loader, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text(
        f"{','.join(HEADER)}\nOne,{ROW}\nBad,{ROW.replace('html', 'hmtl')}\n", "utf-8"
    )

    ran = loader.run("load", "more.csv", "--sandbox", "--results", "r.csv")

    assert ran.code == 1, ran.err
    found = {row["row"]: row["status"] for row in results_of(tmp_path / "r.csv")}
    assert found == {"2": "duplicate", "3": "invalid"}


def test_the_file_of_a_plan_names_the_plan_to_approve(loader: Loader, tmp_path: Path) -> None:
    kept = (tmp_path / "kept.csv").read_text("utf-8-sig")
    (tmp_path / "kept.csv").write_text(kept.replace("Hello", "Edited"), "utf-8")
    assert loader.run("plan", "kept.csv", "--sandbox", "--out", "plan.json").code == 0

    ran = loader.run("approve", "plan.json", "--target", "demo")

    assert "somebody else must approve it [own-plan]" in ran.err
