"""Standard output or error that is full or closed does not change how a load ends."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from loader.delivery.stop import StopSignal
from loader.events import Event, PhaseBegan, RequestSent, isolated
from loader.run.apply.load import load_files
from loader.run.requests import LoadRequest
from loader.settings import load_settings
from offer_sandbox import running_sandbox
from tests.support.workbooks import Loader, connection_variables, write_offers

NOWHERE = [  # each is a process of its own; the two that do the most are in every run
    ">/dev/full 2>/dev/full",
    "<&- >&- 2>&-",
    *(
        pytest.param(streams, marks=pytest.mark.slow)
        for streams in ("2>/dev/full", "2>&-", ">/dev/full", ">&-")
    ),
]


def run(folder: Path, words: str, streams: str) -> int:
    """Run the loader in a shell that gives it such streams."""
    loader = Loader(folder=folder, variables={})
    command = f"{shlex.quote(sys.executable)} -m loader {words} {streams}"
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=loader.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=120,
    ).returncode


def created(folder: Path) -> str:
    return Loader(folder=folder, variables={}).run("runs").out


@pytest.mark.parametrize("streams", NOWHERE)
def test_a_load_ends_well_though_nothing_can_be_written(tmp_path: Path, streams: str) -> None:
    write_offers(tmp_path / "offers.csv", ["One", "Two"])

    code = run(tmp_path, "load offers.csv --sandbox --yes", streams)

    assert code == 0
    assert "2 created" in created(tmp_path)


@pytest.mark.parametrize("streams", ["2>/dev/full", pytest.param("2>&-", marks=pytest.mark.slow)])
def test_a_watcher_loads_though_its_log_cannot_be_written(tmp_path: Path, streams: str) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    write_offers(inbox / "offers.csv", ["One", "Two"])
    (tmp_path / "loader.toml").write_text(
        '[inbox]\nsettle_seconds = 0\n\n[log]\nform = "json"\n', "utf-8"
    )

    code = run(tmp_path, "watch inbox --once --sandbox", streams)

    assert code == 0
    assert "2 created" in created(tmp_path)
    assert not list(inbox.glob("*.csv"))


def test_a_listener_that_fails_is_said_once_and_fails_nothing(tmp_path: Path) -> None:
    source = write_offers(tmp_path / "offers.csv", ["One", "Two"]) or tmp_path / "offers.csv"
    heard: list[Event] = []
    complaints: list[str] = []

    def failing(event: Event) -> None:
        if not isinstance(event, PhaseBegan):
            raise OSError(28, "No space left on device")

    with running_sandbox() as sandbox:
        settings = load_settings(
            environment={
                **connection_variables(sandbox),
                "LOADER_JOURNAL": str(tmp_path / "journal.sqlite3"),
            }
        )
        report = load_files(
            LoadRequest(sources=(str(source),), results=tmp_path / "results.csv"),
            settings,
            listener=isolated([failing, heard.append], complain=complaints.append),
            confirm=None,
            stop=StopSignal(),
        )

    assert report.summary.created == 2
    assert sum(isinstance(event, RequestSent) for event in heard) == 2
    assert complaints == ["failing failed (OSError: [Errno 28] No space left on device)"]


def test_too_few_open_files_are_refused_in_words_before_any_work(tmp_path: Path) -> None:
    write_offers(tmp_path / "offers.csv", ["One"])
    loader = Loader(folder=tmp_path, variables={})
    command = f"ulimit -n 8; {shlex.quote(sys.executable)} -m loader load offers.csv --sandbox"

    ran = subprocess.run(
        ["sh", "-c", command],
        cwd=tmp_path,
        env=loader.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ran.returncode == 2
    assert "ulimit -n" in ran.stderr
    assert not (tmp_path / "journal.sqlite3").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("runs", 0),
        ("check wrong.csv --placements ids-only", 1),
        *(
            pytest.param(words, code, marks=pytest.mark.slow)
            for words, code in (
                ("check good.csv --placements ids-only", 0),
                ("check wrong.csv --placements ids-only --format plain", 1),
                ("explain errors", 0),
            )
        ),
    ],
)
def test_a_reader_that_left_changes_no_exit_code_and_is_not_spoken_of(
    tmp_path: Path, words: str, code: int
) -> None:
    """As `loader runs | head -1`, where `head` is always the faster one."""
    write_offers(tmp_path / "good.csv", ["One", "Two"])
    write_offers(tmp_path / "wrong.csv", ["One", "Two"], placement="no id")
    Loader(folder=tmp_path).run("load", "good.csv", "--sandbox", "--placements", "ids-only")
    reader, pipe = os.pipe()
    os.close(reader)

    ran = subprocess.run(
        [sys.executable, "-m", "loader", *words.split()],
        cwd=tmp_path,
        env=Loader(folder=tmp_path).environment(),
        stdout=pipe,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )
    os.close(pipe)

    assert (ran.returncode, ran.stderr) == (code, "")
