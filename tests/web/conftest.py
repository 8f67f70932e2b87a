"""One web page of its own for a test, and a client that is signed in to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.page_client import PageClient, client_of
from tests.support.web_page import RunningPage, running_page


@pytest.fixture
def served(tmp_path: Path) -> Iterator[RunningPage]:
    with running_page(tmp_path) as page:
        yield page


@pytest.fixture
def client(served: RunningPage) -> Iterator[PageClient]:
    with client_of(served) as client:
        yield client
