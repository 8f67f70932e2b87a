"""What the tests of deaths share: a warm process that forks, and a sandbox, once per file."""

from collections.abc import Iterator

import pytest

from loader.sandbox import Sandbox, running_sandbox
from tests.torture.zygote import Zygote, zygote


@pytest.fixture(scope="module")
def loader() -> Iterator[Zygote]:
    with zygote() as running:
        yield running


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running
