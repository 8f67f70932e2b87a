"""The embedded sandbox: one for all who use it in this process at the same time.

It starts with its first user and ends with its last: a page that keeps it needs no new port for
each of its runs, and two uses at once see the same offers.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from loader.errors import SettingsError
from loader.settings import Settings

if TYPE_CHECKING:
    from offer_sandbox import Sandbox


@dataclass(slots=True)
class _Shared:
    sandbox: "Sandbox"
    stack: ExitStack = field(default_factory=ExitStack)
    users: int = 0


_running: Final[dict[Path, _Shared]] = {}  # by the file that holds their offers
_lock: Final = threading.Lock()


def sandbox_file(settings: Settings) -> Path:
    """Return where the offers of the sandbox are: beside the journal."""
    journal = settings.journal_file
    return journal.with_name(f"{journal.stem}.sandbox.sqlite3")


@contextmanager
def shared_sandbox(state: Path) -> Iterator["Sandbox"]:
    """Yield the sandbox of a file."""
    shared = _acquire(state.resolve())
    try:
        yield shared.sandbox
    finally:
        _release(state.resolve())


def _acquire(state: Path) -> _Shared:
    from offer_sandbox import running_sandbox  # noqa: PLC0415 - a server, for rehearsals only

    with _lock:
        shared = _running.get(state)
        if shared is None:
            _make_folder(state.parent)
            stack = ExitStack()
            sandbox = stack.enter_context(running_sandbox(database=state))
            shared = _running[state] = _Shared(sandbox, stack)
        shared.users += 1
        return shared


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"the folder {folder}, for the journal and the sandbox, cannot be made"
            f" ({error.strerror or error}): give another --journal PATH"
        ) from error


def _release(state: Path) -> None:
    with _lock:
        shared = _running[state]
        shared.users -= 1
        if not shared.users:
            del _running[state]
            shared.stack.close()
