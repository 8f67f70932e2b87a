"""The benchmarks run, and say the truth about what they ran."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.bench import Bench
from benchmarks.line import Against, Line, Peer, Ran
from benchmarks.page import page, renewed
from benchmarks.plot import Axis, plot
from benchmarks.rate_log import accepted_rate, held_rate, most_in_a_window, per_second, read_log
from benchmarks.server import compiler, running_server

ROOT = Path(__file__).parents[2]
LINE = Line(
    what="rows read",
    found=2.0,
    unit="CPU-s",
    target=4.0,
    peers=(Peer(name="csv", found=5.0), Peer(name="old", found=60.0, size=100)),
    ran=Ran(size=1_000, of=1_000_000, runs=3),
)


def test_a_line_says_what_was_run_and_what_others_cost() -> None:
    assert LINE.cells() == (
        "rows read", "2.00 CPU-s", "csv 5.00 (2.50 ×); old 60.0 (30.0 ×) with 100", "≤ 4", "met",
        "1,000 of 1,000,000 rows, median of 3",
    )  # fmt: skip
    assert str(Ran(size=50, runs=1)) == "50 rows, once"
    assert Peer(name="gone", found=None).words(2.0) == "gone: not installed"


@pytest.mark.parametrize(
    ("found", "at_least", "judged", "verdict"),
    [
        (3.0, False, True, "met"),
        (4.1, False, True, "not met"),
        (4.1, True, True, "met"),
        (3.0, True, True, "not met"),
        (3.0, False, False, "too small to tell"),
    ],
)
def test_a_target_is_met_or_not_or_cannot_be_told(
    found: float, verdict: str, *, at_least: bool, judged: bool
) -> None:
    line = Line(
        what="",
        found=found,
        unit="",
        target=4.0,
        at_least=at_least,
        judged=judged,
        ran=Ran(runs=1),
    )

    assert line.verdict == verdict


@pytest.mark.parametrize(
    ("peer", "most", "shown", "verdict"),
    [
        (2.0, 1.1, "≤ 1.1 × csv (1.00 ×)", "met"),
        (1.0, 1.5, "≤ 1.5 × csv (2.00 ×)", "not met"),
        (10.0, 0.25, "≥ 4 × faster than csv (0.20 ×)", "met"),
        (6.0, 0.25, "≥ 4 × faster than csv (0.33 ×)", "not met"),
        (None, 1.1, "≤ 1.1 × csv", "not compared"),
    ],
)
def test_a_target_can_be_a_ratio_to_somebody_else(
    peer: float | None, most: float, shown: str, verdict: str
) -> None:
    line = replace(
        LINE,
        target=None,
        peers=(Peer(name="csv", found=peer),),
        against=Against(name="csv", most=most),
    )

    assert line.verdict == verdict
    assert line.cells()[3:5] == (shown, verdict)


def test_a_pace_is_read_from_the_log_of_the_server(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("7.000 201\n7.500 201\n8.020 429\n8.010 201\n9.000 201\n")
    log = read_log(tmp_path / "log")
    times = [at for at, _ in log]

    assert [round(at, 3) for at in times] == [0.0, 0.5, 1.01, 1.02, 2.0]
    assert held_rate(times) == pytest.approx(2.0)
    assert most_in_a_window(times) == 3  # from 0.5 on, and from 1.01 on
    assert accepted_rate(log, since=0.0, until=2.0) == pytest.approx(1.5)
    assert per_second(log) == [(0.0, 2.0), (1.0, 1.0)]


def test_the_page_tells_what_is_not_met_and_the_machine(tmp_path: Path) -> None:
    slow = Line(what="writing", found=9.0, unit="s", target=1.0, ran=Ran(runs=1))
    bench = Bench(folder=tmp_path, plots={"growth": "<svg/>"}, yardsticks=[0.5, 0.9, 0.6])

    text = page([LINE, slow], bench, options="--full")

    assert "`benchmarks/run --full`" in text
    assert "1 of 2 targets are met. Not met: writing." in text
    assert "| rows read | 2.00 CPU-s |" in text
    assert "![growth](performance-growth.svg)" in text
    assert "cores" in text
    assert "took 0.60 CPU-seconds (0.50 to 0.90)" in text


def test_a_line_that_is_measured_again_takes_its_place_in_the_page(tmp_path: Path) -> None:
    slow = replace(LINE, what="writing", found=5.0)
    before = page([LINE, slow], Bench(folder=tmp_path, yardsticks=[0.5]), options="")

    after = renewed(before, [replace(slow, found=3.0)])

    assert "2 of 2 targets are met.\n" in after
    assert "| writing | 3.00 CPU-s |" in after
    assert "median of 3, again |" in after
    assert [row for row in after.splitlines() if "rows read" in row] == [
        row for row in before.splitlines() if "rows read" in row
    ]
    assert len(after.splitlines()) == len(before.splitlines())


def test_a_plot_is_a_picture_with_every_curve() -> None:
    x = Axis(title="rows", ticks=(1, 10, 100), least=1, most=100, is_log=True)
    y = Axis(title="seconds", ticks=(0, 5), least=0, most=5)

    picture = ET.fromstring(plot("a < b", x, y, {"one": [(1, 0), (10, 5)], "two": [(100, 5)]}))

    curves = picture.findall("{*}polyline")
    assert [curve.get("points") for curve in curves] == ["60.0,310.0 330.0,40.0", "600.0,40.0"]
    assert "a < b" in [text.text for text in picture.findall("{*}text")]


@pytest.mark.slow
def test_a_tiny_run_measures_stages() -> None:
    words = ["--scale", "0.0001", "--repeats", "1", "--no-peers"]

    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words, "mapping", "reading", "results"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stderr or ran.stdout
    assert ran.stdout.count(" CPU-s |") == 4


@pytest.mark.skipif(compiler() is None, reason="no C compiler for the server of the benchmark")
def test_a_load_is_measured_by_its_phases(tmp_path: Path) -> None:
    bench = Bench(folder=tmp_path, repeats=1)
    with running_server(tmp_path, log=tmp_path / "log") as address:
        found = bench.cost("load:load", address, bench.csv(50), str(tmp_path), "1000", "8")

    phases = [found.costs[f"cpu_{phase}"] for phase in ("reading", "sending", "writing")]
    assert all(phase > 0 for phase in phases)
    assert sum(phases) <= found.cpu + 0.01
    assert [status for _, status in read_log(tmp_path / "log")] == [201] * 50
