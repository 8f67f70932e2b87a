"""The loader's command line in this process, and what it may say."""

import contextlib
import io
from collections.abc import Container

from loader.__main__ import main
from tests.fuzz.target import demand


def command(*arguments: str, may_end: Container[int]) -> tuple[int, str]:
    """Run a command; return its exit code and all that it said."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(list(arguments))
    text = said.getvalue()
    demand(code in may_end, f"exit code {code}: {text[-1_500:]}")
    demand("Traceback" not in text, text[-1_500:])
    return code, text
