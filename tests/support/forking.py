"""The process that has imported the loader, and forks a child for every command.

Run by `tests.support.fork_server`.
"""

import gc
import io
import pkgutil
import socket
import sys
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any

import loader.cli
import loader.journal
import loader.results
import loader.run
from loader.__main__ import main as loader_main
from tests.support import forked_parsers
from tests.support.fork_loop import ForkLoop
from tests.support.forking_process import given_sockets
from tests.support.short_waits import shorten_polling, shorten_waits

PACKAGES = (loader.cli, loader.journal, loader.results, loader.run)
WARM = (  # what else children need not import
    "anyio._backends._asyncio",
    "click._textwrap",
    "encodings.cp437",
    "encodings.utf_16_le",
    "encodings.utf_8_sig",
    "httpcore",
    "loader.api.client",
    "loader.inbox.logs",
    "loader.inbox.metrics",
    "loader.inbox.notify",
    "loader.inbox.service",
    "loader.profile.inference",
    "loader.web.server",
    "offer_sandbox",
    "watchfiles",
)


def run(job: dict[str, Any]) -> int:
    """Be the command."""
    sys.argv = ["loader", *job["arguments"]]
    if job["limits"]:
        import resource  # noqa: PLC0415 - no such limits on every system

        for name, most in job["limits"].items():
            resource.setrlimit(getattr(resource, name), (most, most))
    if job["points"]:
        from tests.support.mortality import Mortality  # noqa: PLC0415 - few commands are mortal

        Mortality(**job["points"]).install()
    if not job["forks_parsers"]:
        forked_parsers.use_real_parsers()
    return loader_main(job["arguments"])


def main() -> None:
    """Import what commands need, then serve on the sockets whose numbers are given."""
    *sockets, parsers = sys.argv[1:]
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    for name in WARM:
        import_module(name)
    shorten_waits()
    shorten_polling()
    with redirect_stdout(io.StringIO()):  # pandera imports much when it first checks something
        loader_main(["check", "samples/offers.csv"])
    with socket.socket(fileno=int(parsers)) as asked, given_sockets(*sockets) as (control, shared):
        forked_parsers.use_forked_parsers(asked)
        gc.collect()
        gc.freeze()  # else the collector of each child would touch, and so copy, what is imported
        ForkLoop(control, run, shared=shared, kept=[int(parsers)]).serve()


if __name__ == "__main__":
    main()
