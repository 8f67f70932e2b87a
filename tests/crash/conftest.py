"""What the tests of deaths share: a warm process that forks, and a sandbox, once per file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.support.fork_server import ForkServer, shared_fork_server


@pytest.fixture(scope="session")
def loader() -> ForkServer:
    """Give the process that forks; of commands that die by the hundred no coverage is counted."""
    return shared_fork_server(measured=False)


@pytest.fixture(params=["sqlite", "postgres"])
def new_journal(request: pytest.FixtureRequest) -> Iterator[Callable[[], dict[str, str]]]:
    """Give the settings of a new journal, each time that they are asked for."""
    if request.param == "sqlite":
        yield dict  # as `variables_for` has it
        return
    server = request.getfixturevalue("postgres")
    with ExitStack() as databases:

        def new() -> dict[str, str]:
            name = databases.enter_context(server.database())
            return {"LOADER_JOURNAL": server.address(name).url}

        yield new


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running
