"""What the tests of the web page share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.web_page import RunningPage, running_page
from tests.web.pages.attacker import Attacker, attacking
from tests.web.pages.browser import Visitor, launched, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="package")
def browser() -> "Iterator[Browser]":
    """Give one browser process to all the tests of this folder that run in one process.

    Not to all tests of a session: while it is open, no other event loop can run in this thread.
    """
    with launched() as process:
        yield process


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPage]:
    """Give one page, whose target is the embedded sandbox, to all tests of this folder."""
    with running_page(tmp_path_factory.mktemp("page")) as page:
        yield page


@pytest.fixture
def visitor(browser: "Browser") -> Iterator[Visitor]:
    """Give somebody with an empty profile, whose pages may not complain."""
    with visiting(browser) as somebody:
        yield somebody


@pytest.fixture
def page(visitor: Visitor) -> "Page":
    """Give one tab of hers."""
    return visitor.tab()


@pytest.fixture
def attacker() -> Iterator[Attacker]:
    """Give a server of somebody else."""
    with attacking() as somebody:
        yield somebody
