"""Run one command: the one place where an error becomes an exit code.

a report               its own exit code
LoaderError            its message on standard error, its exit code
wrong usage            2
Ctrl-C                 130
anything else          3: a bug; a crash log is written and named
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ELOOP, EMFILE, ENFILE
from pathlib import Path

import click

from loader.cli.invocation import Invocation
from loader.cli.output import terminal
from loader.errors import ExitCode, LoaderError
from loader.redaction import SECRETS, secrets_of

FEWEST_FILES, ENOUGH_FILES = 64, 1024  # open at once: what any verb needs, what the largest does
AGAIN_SECONDS = 0.05  # until an interrupt that was lost comes again
COMPLETION_VARIABLE = "_LOADER_COMPLETE"
# One for each core: they spin when numpy is imported, and nothing here multiplies matrices.
NO_THREADS_OF_NUMPY = ("OPENBLAS_NUM_THREADS", "1")


def run(given: list[str]) -> int:
    """Run one command and return its exit code."""
    os.environ.setdefault(*NO_THREADS_OF_NUMPY)
    SECRETS.add(*secrets_of(os.environ))
    terminal.prepare()
    try:
        with _interrupt_on_sigterm():
            code = _run(given)
    except BaseException as error:  # noqa: BLE001 - the outermost handler
        code = _report_error(error, given)
    terminal.finish()
    return code


@contextmanager
def _interrupt_on_sigterm() -> Iterator[None]:
    """Let SIGTERM interrupt as Ctrl-C does, so that temporary files are removed.

    Code that Python cannot raise from, such as a callback of C, loses an interrupt. Then it comes
    again a moment later.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return

    def handle(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    again: list[threading.Timer] = []

    def interrupt_again(lost: "sys.UnraisableHookArgs") -> None:
        if os.name != "posix" or not issubclass(lost.exc_type, KeyboardInterrupt):
            hook_before(lost)
            return
        timer = threading.Timer(AGAIN_SECONDS, os.kill, (os.getpid(), signal.SIGTERM))
        timer.daemon = True
        timer.start()
        again.append(timer)

    hook_before, sys.unraisablehook = sys.unraisablehook, interrupt_again
    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        for timer in again:
            timer.cancel()
        sys.unraisablehook = hook_before
        signal.signal(signal.SIGTERM, before)


def _ensure_enough_descriptors() -> None:
    """Raise the limit of open files where it is low; refuse where that is not allowed.

    Below it, whatever is opened next fails, a library's file as well as ours.
    """
    if os.name != "posix":
        return
    import resource  # noqa: PLC0415 - not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(ENOUGH_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
    if enough < FEWEST_FILES:
        raise OSError(EMFILE, "too many open files")


def _require_existing_folder() -> None:
    """Refuse to work in a folder that was removed: no path in it can be resolved."""
    try:
        Path.cwd()
    except FileNotFoundError:
        raise click.ClickException(
            "the current folder was removed: change to one that exists, and run the command again"
        ) from None


def _require_usable_names(arguments: list[str]) -> None:
    """Refuse names that are not text, which nothing can be written about, and link loops."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise click.ClickException(
                f"{terminal.printable(argument)}: this name of a file or folder is not UTF-8, so"
                " nothing can be written about it: rename it"
            ) from None
        if _is_link_loop(argument):
            raise click.ClickException(f"{argument}: a link that leads to itself: name the file")


def _is_link_loop(name: str) -> bool:
    """Say whether a name is a link that leads back to itself."""
    try:
        Path(name).stat()
    except OSError as error:
        return error.errno == ELOOP
    except ValueError:  # it is no name at all
        return False
    return False


def _run(arguments: list[str]) -> int:
    _ensure_enough_descriptors()
    _require_existing_folder()
    _require_usable_names(arguments)
    from loader.cli.group import cli  # noqa: PLC0415 - a failing import is an error like any other

    if instruction := os.environ.get(COMPLETION_VARIABLE):
        from click.shell_completion import shell_complete  # noqa: PLC0415 - only on the tab key

        return shell_complete(cli, {}, "loader", COMPLETION_VARIABLE, instruction)
    try:
        with cli.make_context("loader", arguments, obj=Invocation()) as context:
            return int(cli.invoke(context) or ExitCode.OK)
    except click.exceptions.Exit as ending:
        return ending.exit_code


def _report_error(error: BaseException, arguments: list[str]) -> int:
    """Print what happened, and return the exit code."""
    match _unwrap_groups(error):
        case SystemExit() as ending:
            return ending.code if isinstance(ending.code, int) else int(bool(ending.code))
        case (KeyboardInterrupt() | click.Abort()) as interrupt:
            terminal.echo_err("; ".join(("interrupted", *map(str, interrupt.args))))
            return ExitCode.INTERRUPTED
        case click.ClickException() as mistake:
            mistake.show()
            return ExitCode.USAGE
        case LoaderError() as trouble:
            terminal.echo_err(f"error: {SECRETS.hide(str(trouble))} [{trouble.code}]")
            return trouble.exit_code
        case OSError() as error_of_system if error_of_system.errno in {EMFILE, ENFILE}:
            terminal.echo_err(
                "error: too many files are open: raise the limit (ulimit -n 1024) and run the"
                " command again [too-many-files]"
            )
            return ExitCode.USAGE
        case _:
            return _report_crash(error, arguments)


def _unwrap_groups(error: BaseException) -> BaseException:
    """Take an error out of the groups that task groups wrap around it."""
    while isinstance(error, BaseExceptionGroup):
        ours = error.subgroup(LoaderError)
        whole = ours is not None and error.split(LoaderError)[1] is None
        if not whole and len(error.exceptions) > 1:
            return error
        error = error.exceptions[0]
    return error


def _report_crash(error: BaseException, arguments: list[str]) -> int:
    from loader.cli.crash import write_crash_log  # noqa: PLC0415 - only after a crash

    path = write_crash_log(error, arguments=arguments)
    where = f"details for a report are in {path}" if path else "no folder took a crash log"
    what = SECRETS.hide(f"{type(error).__name__}: {str(error)[:200]}")
    terminal.echo_err(
        f"error: something unexpected happened, which is a fault of the loader: {what}"
    )
    terminal.echo_err(f"{where}. What was sent is in the journal; run the command again to go on.")
    return ExitCode.UNEXPECTED
