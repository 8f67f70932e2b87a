"""Ctrl-C while rows are sent: the first stops in order, the second at once, and each is told."""

import os
import pty
import subprocess
import sys

import pytest

from loader.errors import ExitCode
from tests.support.terminals import read_screen

PROGRAM = """
import os, signal, sys, time
from loader.cli.signals import stop_signal
from loader.delivery.stop import Ending

with stop_signal() as stop, stop.watched():
    if sys.argv[1] == "halted":
        stop.request(Ending.HALTED, "401")
    os.kill(os.getpid(), signal.SIGINT)
    print("goes on", stop.reason, flush=True)
    os.kill(os.getpid(), signal.SIGINT)
    print("never", flush=True)
"""


@pytest.mark.parametrize(("before", "reason"), [("", "interrupted"), ("halted", "401")])
def test_two_interrupts_at_once_are_both_told_on_a_terminal(before: str, reason: str) -> None:
    screen, terminal = pty.openpty()
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, before],
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(terminal)
    said = b"".join(iter(lambda: read_screen(screen), b"")).decode()
    os.close(screen)

    assert (ended.returncode, ended.stdout) == (ExitCode.INTERRUPTED, f"goes on {reason}\n")
    first, second = (line for line in said.splitlines() if line.strip())
    assert "Ctrl-C again ends at once" in first
    assert "run the command again to go on" in second
    assert "\x1b[?25h" in second  # the cursor, which a bar hides, is shown again


def test_a_log_is_told_nothing_that_would_break_its_lines() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, ""], capture_output=True, text=True, check=False, timeout=60
    )

    assert (ended.returncode, ended.stderr) == (ExitCode.INTERRUPTED, "")
