"""The commands `loader` and `python -m loader`."""

import atexit
import os
import signal
import sys

_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; `arguments` default to the command line's.

    On the command line, Ctrl-C ends the process with our exit code, however early or late.
    """
    if arguments is not None:
        return _run(list(arguments))
    try:
        code = _run(sys.argv[1:])
    except KeyboardInterrupt:  # while the command was being imported: nothing has begun
        sys.stderr.write("interrupted\n")
        os._exit(_INTERRUPTED)
    _fix_exit_code(code)
    return code


def _fix_exit_code(code: int) -> None:
    """Let no Ctrl-C change the exit code any more: only the end of the interpreter is left.

    After an interrupt Python may send itself a SIGINT at its very end: if the interrupt once left
    an `exec` of text (as where a dataclass is defined), wherever it was caught since.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(code))
    if code == _INTERRUPTED and os.name == "posix":
        atexit.register(signal.pthread_sigmask, signal.SIG_BLOCK, {signal.SIGINT})


def _run(given: list[str]) -> int:
    if given in (["--help"], ["-h"]):
        return _show_help()
    from loader.cli.entry import run  # noqa: PLC0415 - the help needs nothing of it

    return run(given)


def _show_help() -> int:
    from loader.cli.command_list import overview  # noqa: PLC0415 - only here

    try:
        sys.stdout.write(overview())
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):  # closed or full: nobody reads it
        sys.stdout = None  # so that the exit does not flush it again
    return 0


if __name__ == "__main__":
    sys.exit(main())
