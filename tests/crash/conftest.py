"""What the tests of deaths share: a warm process that forks, and a sandbox, once per file."""

from collections.abc import Iterator

import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.crash.fork_server import ForkServer, fork_server


@pytest.fixture(scope="module")
def loader() -> Iterator[ForkServer]:
    with fork_server() as running:
        yield running


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running
