"""What a marketer does without knowing an id: list the names, write them, load."""

from pathlib import Path

from tests.support.workbooks import Loader, results_of

SAMPLE = Path(__file__).parents[2] / "samples/placements-by-name.csv"


def test_names_are_listed_and_a_sheet_of_names_is_loaded(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)

    listed = loader.run("placements", "--sandbox")
    checked = loader.run("check", str(SAMPLE), "--show-payload", "2")
    loaded = loader.run("load", str(SAMPLE), "--sandbox", "--results", "results.csv")

    assert listed.code == 0, listed.err
    assert "Web banner   html   web" in listed.out
    assert "Loyalty  dps:tag:" in listed.out
    assert checked.code == 0, checked.err
    assert f"`loader check {SAMPLE} --online`" in checked.out
    assert "would send:\n  known when the names" in checked.out
    assert loaded.code == 0, loaded.out + loaded.err
    assert [row["status"] for row in results_of(tmp_path / "results.csv")] == ["created"] * 4


def test_names_are_errors_where_only_ids_are_taken(tmp_path: Path) -> None:
    (tmp_path / "offers.csv").write_text("name,placement,type,content\nA,Web banner,html,x\n")

    ran = Loader(folder=tmp_path).run("check", "offers.csv", "--placements", "ids-only")

    assert ran.code == 1
    assert "B2 placement: " in ran.out
    assert "[bad-placement]" in ran.out
