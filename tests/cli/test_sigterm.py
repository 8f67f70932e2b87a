"""SIGTERM ends a command as Ctrl-C does: nothing of it is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loader.errors import ExitCode


def run_as_module(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program as `python -m` runs the loader."""
    (folder / "interrupted.py").write_text(program, "utf-8")

    return subprocess.run(
        [sys.executable, "-m", "interrupted"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_check_that_is_ended_leaves_no_temporary_files(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    rows = "".join(f"A{n},p,html,\n" for n in range(300_000))
    (tmp_path / "offers.csv").write_text(f"name,placement,type,content\n{rows}", "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "loader", "check", str(tmp_path / "offers.csv")],
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    while process.poll() is None and not any((tmp_path / "tmp").rglob("errors.sqlite3")):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)

    _, said = process.communicate(timeout=30)

    assert (process.returncode, said.splitlines()[-1]) == (ExitCode.INTERRUPTED, b"interrupted")
    assert [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()] == []


def test_an_interrupt_within_executed_text_ends_with_the_exit_code_too(tmp_path: Path) -> None:
    """Python would send itself SIGINT at its end, though the interrupt was handled."""
    program = """
import sys, click
from loader.__main__ import main
from loader.cli.group import cli

def interrupt(*_):
    exec("raise KeyboardInterrupt")

cli.params.append(click.Option(["--interrupt"], is_flag=True, is_eager=True, callback=interrupt))
sys.argv = ["loader", "--interrupt"]
sys.exit(main())
"""
    ended = run_as_module(program, tmp_path)

    assert (ended.returncode, ended.stderr) == (ExitCode.INTERRUPTED, "interrupted\n")


@pytest.mark.parametrize(
    ("moment", "code", "said"),
    [
        ("before", ExitCode.INTERRUPTED, "interrupted\n"),
        ("after", ExitCode.USAGE, "Error: no such command 'x'\n"),
    ],
)
def test_an_interrupt_before_or_after_the_command_ends_with_a_code_of_ours(
    tmp_path: Path, moment: str, code: ExitCode, said: str
) -> None:
    program = f"""
import os, signal, sys, time
from loader.__main__ import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it

class Interrupting:  # asked for whatever is imported first
    def find_spec(self, *_):
        sys.meta_path.remove(self)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

sys.argv = ["loader", "x"]
if {moment!r} == "before":
    sys.meta_path.insert(0, Interrupting())
code = main()
os.kill(os.getpid(), signal.SIGINT)
time.sleep(5)
"""
    ended = run_as_module(program, tmp_path)

    assert (ended.returncode, ended.stderr[-len(said) :]) == (code, said)
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_an_interrupt_that_python_cannot_raise_comes_again(tmp_path: Path, name: str) -> None:
    program = f"""
import signal, sys, time
import click
from loader.__main__ import main
from loader.cli.group import cli

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it

class Interrupted:
    def __del__(self):  # nothing can be raised from here
        signal.raise_signal(signal.{name})

def interrupt(*_):
    Interrupted()
    time.sleep(10)

cli.params.append(click.Option(["--interrupt"], is_flag=True, is_eager=True, callback=interrupt))
sys.argv = ["loader", "--interrupt"]
sys.exit(main())
"""
    ended = run_as_module(program, tmp_path)

    assert (ended.returncode, ended.stderr) == (ExitCode.INTERRUPTED, "interrupted\n")
