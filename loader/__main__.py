"""The commands `loader` and `python -m loader`."""

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; `arguments` default to the command line's."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given in (["--help"], ["-h"]):
        return _show_help()
    from loader.cli.entry import run  # noqa: PLC0415 - the help needs nothing of it

    return run(given)


def _show_help() -> int:
    from loader.cli.verbs import overview  # noqa: PLC0415 - only here

    try:
        sys.stdout.write(overview())
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):  # closed or full: nobody reads it
        sys.stdout = None  # so that the exit does not flush it again
    return 0


if __name__ == "__main__":
    sys.exit(main())
