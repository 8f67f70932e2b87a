"""Progress: honest rates, a time left only when it is known, and why it is slow."""

import os
import pty
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from loader.cli.output.progress import Progress
from loader.cli.output.terminal import echo, echo_table
from loader.delivery.bottleneck import RateStatus, explain_rate
from loader.events import Limited, PhaseBegan, PhaseEnded, RowsDone
from loader.time_left import Speed, per_second, time_left
from offer_sandbox import running_sandbox
from tests.support.terminals import HIDDEN, SHOWN, on_terminal
from tests.support.workbooks import Loader, connection_variables, write_offers


def rate_after(counts: Iterable[float], *, step: float = 1.0) -> float | None:
    """Return the rate after a look every `step` seconds, at which so many more were done."""
    speed, done = Speed(100.0), 0.0
    for number, count in enumerate(counts, start=1):
        done += count
        speed.add(100.0 + number * step, int(done))
    return speed.rate()


@pytest.mark.parametrize(
    ("counts", "lowest", "highest"),
    [
        pytest.param([5] * 60, 5, 5, id="steady"),
        pytest.param([5] * 30 + [50] + [5] * 5, 5, 10, id="one good second"),
        pytest.param([20_000, 0, 0, 0] * 8, 4_000, 6_000, id="in chunks"),
        pytest.param([20, 20, 0, 0, 0, 0] * 6, 4, 9, id="with pauses of four seconds"),
        pytest.param([100] * 60 + [10] * 30, 10, 10, id="slower than it was"),
        pytest.param([0.2] * 60, 0.1, 0.3, id="one in five seconds"),
    ],
)
def test_a_rate_is_that_of_the_last_seconds_and_no_second_carries_it_away(
    counts: list[float], lowest: float, highest: float
) -> None:
    rate = rate_after(counts)

    assert rate is not None
    assert lowest <= rate <= highest


@pytest.mark.parametrize("counts", [[], [100], [100] * 4, [0] * 60])
def test_no_rate_is_told_in_the_first_seconds_or_where_nothing_moves(counts: list[float]) -> None:
    assert rate_after(counts) is None


def test_looking_often_changes_nothing() -> None:
    assert rate_after([1.25] * 400, step=0.25) == rate_after([5] * 100) == 5.0


@pytest.mark.parametrize(
    ("done", "total", "rate", "words"),
    [
        (0, 100, 5.0, "0:20 left"),
        (0, 1_000_000, 5.0, "2 days 7 h left"),
        (0, 10_000, 5.0, "33:20 left"),
        (0, 36_000, 5.0, "2:00:00 left"),
        (100, 100, 5.0, ""),
        (0, None, 5.0, ""),
        (0, 100, None, ""),
        (0, 10_000_000, 0.01, ""),  # 31 years: nobody waits for that
    ],
)
def test_a_time_left_is_told_where_it_is_known(
    done: int, total: int | None, rate: float | None, words: str
) -> None:
    assert time_left(done, total, rate) == words


def test_rates_in_words() -> None:
    assert [per_second(each) for each in (None, 0.05, 4.94, 99.0, 1234.5)] == [
        "", "3.0/min", "4.9/s", "99.0/s", "1,234/s",
    ]  # fmt: skip


QUICK = RateStatus(
    max_per_second=50.0,
    rate=50.0,
    pause_seconds=0.0,
    asked_seconds=None,
    refused_seconds=0.0,
    consecutive_failures=0,
    waits_for_slot=False,
    max_in_flight=8,
    allowed_in_flight=8,
    under_way=1,
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"waits_for_slot": True}, "limited by max_per_second 50"),
        ({"under_way": 7}, "waiting for the server (8 at once: max_in_flight)"),
        (
            {"under_way": 2, "allowed_in_flight": 2},
            "waiting for the server (2 at once: more came into conflict)",
        ),
        ({"rate": 18.3, "waits_for_slot": True}, "server allows 18/s"),
        (
            {"rate": 18.3, "pause_seconds": 2.6, "asked_seconds": 4.0},
            "server allows 18/s, Retry-After 4 s: goes on in 3 s",
        ),
        (
            {"rate": 0.25, "refused_seconds": 40.2},
            "the server has taken nothing for 40 seconds: asked every 4 s",
        ),
        (
            {"consecutive_failures": 3},
            "waiting for the server (3 requests in a row failed)",
        ),
        (
            {"rate": 0.2, "consecutive_failures": 12},
            "server allows 0.2/s (12 requests in a row failed)",
        ),
    ],
)
def test_why_it_is_slow(changes: dict[str, float], words: str) -> None:
    assert explain_rate(replace(QUICK, **changes)) == words


def test_a_log_gets_a_line_now_and_then_with_the_reason_of_that_moment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reasons = iter(["held", "waiting"])
    progress = Progress()
    progress(PhaseBegan(name="sending", total=5_000))
    progress(Limited(by=lambda: next(reasons)))
    progress(RowsDone(count=1_200, created=1_190, failed=8, unknown=2))
    phase = progress._phase
    assert phase is not None

    for seconds in (1, 11, 12, 29, 32, 50):
        phase.show(time.monotonic() + seconds)
    progress(PhaseEnded())

    assert capsys.readouterr().err.splitlines() == [
        "sending: 1,200 of 5,000, 8 failed, 2 unknown; held",
        "sending: 1,200 of 5,000, 8 failed, 2 unknown; waiting",
    ]


def test_a_person_sees_every_phase_and_is_asked_in_between(tmp_path: Path) -> None:
    write_offers(tmp_path / "offers.csv", [f"Offer {number}" for number in range(30)])
    with running_sandbox() as sandbox:
        variables = Loader(
            folder=tmp_path,
            variables={
                **connection_variables(sandbox),
                "TERM": "xterm",
                "COLUMNS": "100",
            },
        ).environment()
        words = ("load", "offers.csv", "--max-per-second", "20", "--results", "r.csv")
        code, screen = on_terminal(
            *words, folder=tmp_path, variables=variables, answers={"[y/N]": "y"}
        )

    assert code == 0, screen
    before, _, after = screen.partition("About to create 30 offers")
    assert "reading offers.csv" in before
    assert before.rindex(SHOWN) > before.rindex("reading"), "the bar is gone before the question"
    assert HIDDEN not in after.partition("[y/N]")[0]
    assert "sending" in after
    assert " of 30; limited by --max-per-second 20" in after
    assert "writing the results" in after
    assert after.rindex(SHOWN) > after.rindex(HIDDEN)


def test_a_failure_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("name,placement\n")
    variables = Loader(folder=tmp_path, variables={"TERM": "xterm"}).environment()

    code, screen = on_terminal(
        "check", "empty.csv", folder=tmp_path, variables=variables, answers={}
    )

    assert code == 2, screen
    assert screen.rindex(SHOWN) > screen.rindex(HIDDEN)
    assert screen.rindex("error:") > screen.rindex(SHOWN)


def test_what_is_wrong_is_shown_before_the_question(tmp_path: Path) -> None:
    placement = "dps:offer-placement:1a24dc4342f2e21e"
    rows = f"Good,{placement},html,<p>a</p>\nBad,{placement},hmtl,<p>b</p>\n"
    (tmp_path / "offers.csv").write_text(f"name,placement,type,content\n{rows}", "utf-8")
    with running_sandbox() as sandbox:
        loader = Loader(
            folder=tmp_path, variables={**connection_variables(sandbox), "TERM": "xterm"}
        )
        code, screen = on_terminal(
            *("load", "offers.csv", "--placements", "ids-only"),
            folder=tmp_path,
            variables=loader.environment(),
            answers={"[y/N]": "n"},
        )

    before, _, after = screen.partition("About to create 1 offer")
    assert code == 6, screen
    assert "C3 type" in before
    assert "not confirmed" in after


@pytest.mark.parametrize("plain", ["", "1"])
def test_a_person_s_terminal_has_colours_unless_they_say_no(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: str
) -> None:
    monkeypatch.setenv("NO_COLOR", plain)
    screen, terminal = pty.openpty()
    with os.fdopen(terminal, "w", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        echo("F2 name: warning: is \x1b[31mlong [trimmed]")
        echo_table(("count", "code"), [("1", "trimmed")])
        stream.flush()
        seen = ""
        while seen.count("trimmed") < 2:  # what is written comes in pieces
            seen += os.read(screen, 4096).decode()
    os.close(screen)

    assert ("\x1b[33mwarning:\x1b[0m" in seen) == (not plain)
    assert ("\x1b[2m[trimmed]\x1b[0m" in seen) == (not plain)
    assert ("\x1b[1m" in seen) == (not plain)  # the headings of the table
    assert r"\x1b[31mlong" in seen  # a cell colours nothing
