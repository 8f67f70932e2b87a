"""The command on a terminal of its own, and what a person sees there."""

import os
import pty
import re
import select
from collections.abc import Mapping
from pathlib import Path

from tests.support.fork_server import shared_fork_server

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
SHOWN, HIDDEN = "\x1b[?25h", "\x1b[?25l"  # the cursor


def on_terminal(
    *arguments: str, folder: Path, variables: Mapping[str, str], answers: Mapping[str, str]
) -> tuple[int, str]:
    """Run a command; answer each question once it is seen. Return the exit code and the screen."""
    screen, terminal = pty.openpty()
    with shared_fork_server().start(
        *arguments,
        folder=folder,
        variables=variables,
        **dict.fromkeys(("stdin", "stdout", "stderr"), terminal),
    ) as command:
        os.close(terminal)
        shown, seen, left = b"", "", dict(answers)
        while piece := read_screen(screen):
            shown += piece  # which may end within a character or a colour
            seen = _COLOURS.sub("", shown.decode("utf-8", "replace"))
            for question in [each for each in left if each in seen]:
                os.write(screen, left.pop(question).encode() + b"\n")
        os.close(screen)
    return command.returncode, seen


def read_screen(screen: int) -> bytes:
    """Return what is shown next; nothing when the command has ended (or hangs)."""
    if not select.select([screen], [], [], 30)[0]:
        return b""
    try:
        return os.read(screen, 65536)
    except OSError:  # how Linux says that nobody writes any more
        return b""
