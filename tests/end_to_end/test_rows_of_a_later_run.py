"""A later run whose file has open rows of an earlier one goes on with them; both runs say so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.support.workbooks import Loader, loader_for, results_of, write_offers

NAMES = [f"Offer {number}" for number in range(6)]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def stopped_twice(
    loader: Loader, sandbox: Sandbox, *, more: tuple[str, ...], fewer: int = 0
) -> tuple[str, str]:
    """Stop a load, and that of a longer copy of its file; give both runs."""
    write_offers(loader.folder / "a.csv", NAMES)
    write_offers(loader.folder / "b.csv", [*NAMES[fewer:], *more])
    runs = []
    for name, sent in (("a", 1), ("b", 1)):
        fault = f"status-before status=429 on=create skip={sent} times=1"
        sandbox.set_faults(f"{fault} retry-after=seconds retry-seconds=4000")
        ran = loader.run("load", f"{name}.csv", "--results", f"{name}.results.csv")
        assert ran.code == 5, ran.out + ran.err
        runs.append(loader.newest_run())
    sandbox.set_faults("")
    return runs[0], runs[1]


@pytest.mark.parametrize("more", [(), ("One more",)])
def test_a_run_whose_rows_went_over_to_another_one_names_it(
    tmp_path: Path, sandbox: Sandbox, more: tuple[str, ...]
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
    first, second = stopped_twice(loader, sandbox, more=more)

    resumed = loader.run("resume", first, "--results", "a.results.csv")

    assert resumed.code == 6, resumed.err
    assert "went over to another run" in resumed.out
    assert f"to go on: loader resume {second}" in resumed.out
    assert f"loader resume {first}" not in resumed.out
    assert "after all attempts" not in resumed.out

    rest = loader.run("resume", second, "--results", "b.results.csv")
    again = loader.run("resume", first, "--results", "a.results.csv")

    assert (rest.code, again.code) == (0, 0), rest.out + again.out
    assert {row["status"] for row in results_of(tmp_path / "a.results.csv")} == {"created"}
    assert len(sandbox.offers()) == len(NAMES) + len(more)


def test_a_run_with_rows_of_its_own_left_says_of_both(tmp_path: Path, sandbox: Sandbox) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
    first, second = stopped_twice(loader, sandbox, more=(), fewer=3)

    resumed = loader.run("resume", first)

    assert resumed.code == 6, resumed.err
    assert f"to go on: loader resume {second}" in resumed.out
    assert len(sandbox.offers()) == 4  # one of each stopped run, and the two that were left


def test_a_later_run_that_was_not_read_to_its_end_takes_nothing_over(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
    write_offers(tmp_path / "a.csv", NAMES)
    write_offers(tmp_path / "b.csv", [*NAMES, "One more"])
    (tmp_path / "broken.csv").write_text("who,what\n1,2\n", "utf-8")
    fault = "status-before status=429 on=create skip=1 times=1"
    sandbox.set_faults(f"{fault} retry-after=seconds retry-seconds=4000")
    assert loader.run("load", "a.csv").code == 5
    first = loader.newest_run()
    sandbox.set_faults("")
    refused = loader.run("load", "b.csv", "broken.csv", "--results", "both.csv")
    assert refused.code == 2, refused.out + refused.err

    resumed = loader.run("resume")

    assert resumed.code == 0, resumed.out
    assert f"run {first}" in resumed.out
    assert len(sandbox.offers()) == len(NAMES)

    assert loader.run("load", "b.csv").code == 0
    assert len(sandbox.offers()) == len(NAMES) + 1
