"""The crash log: what a bug report needs, and nothing that must not be in one.

It has versions, the command and the traceback without the values of variables; secrets are hidden,
and only the owner can read the file. Writing it must not fail in turn.
"""

import os
import platform
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from loader import __version__
from loader.cli.output.terminal import printable
from loader.redaction import SECRETS

LIBRARIES = ("aiohttp", "anyio", "click", "httpx", "pandas", "pandera", "pyarrow", "pydantic")


def write_crash_log(error: BaseException, *, arguments: Sequence[str]) -> Path | None:
    """Write the log and say where; None where no folder takes it."""
    text = SECRETS.hide(printable("\n".join(_lines(error, arguments))))
    name = f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    for folder in _folders():
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            return path
    return None


def _folders() -> Iterator[Path]:
    from platformdirs import user_log_path  # noqa: PLC0415 - only after a crash

    yield user_log_path("fallback-offer-loader", appauthor=False)
    yield Path(tempfile.gettempdir())


def _lines(error: BaseException, arguments: Sequence[str]) -> Iterator[str]:
    yield f"time       {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    yield f"loader     {__version__}"
    yield f"python     {platform.python_version()} on {platform.platform()}"
    for library in LIBRARIES:
        yield f"{library:<10} {_version(library)}"
    yield f"command    loader {' '.join(arguments)}"
    yield ""
    yield from "".join(traceback.format_exception(error)).splitlines()
    yield ""


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"
