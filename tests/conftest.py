"""What every test shares."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from tests.support.laws import ALL, SAMPLE
from tests.support.ordering import spread

if TYPE_CHECKING:
    from tests.support.postgres import Server

MEMORY = Path("/dev/shm")  # where Linux has one
ENOUGH = 2 * 1024**3


def pytest_configure(config: pytest.Config) -> None:
    """Prepare this process, and those that it starts, before tests are imported."""
    _keep_what_is_compiled()
    _lay_folders_in_memory()
    settings.register_profile(
        "busy",  # on a busy machine, nothing is too slow
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        max_examples=SAMPLE if _is_normal_suite(config) else ALL,
    )
    settings.load_profile("busy")
    if config.getoption("numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        from tests.support.forking_process import start_shared  # noqa: PLC0415 - in the first only

        start_shared()
    gc.disable()  # while tests are collected, of whom none is garbage: a fifth less time


def _keep_what_is_compiled() -> None:
    """Write bytecode, whatever the environment says.

    Without it every worker rewrites the asserts of all tests, and every process that a test starts
    compiles the loader.
    """
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _lay_folders_in_memory() -> None:
    """Lay the folders of tests in memory: a journal waits for the disk at every commit.

    What is proven stays the same: processes are killed here, no machine loses its power.
    """
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
        os.environ.setdefault("TMPDIR", str(MEMORY))  # of the processes that tests start, too
        tempfile.tempdir = str(MEMORY)


def _is_normal_suite(config: pytest.Config) -> bool:
    """Whether what is slow is left out, and so all but a sample of the examples of a law."""
    asked = config.option.markexpr
    return "not slow" in asked and "hypothesis" not in asked


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let `-m slow` run the laws, too: with all their examples."""
    if not _is_normal_suite(item.config) and is_hypothesis_test(getattr(item, "obj", None)):
        item.add_marker("slow")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let several workers begin with what takes long, and start what is costly only once."""
    if (workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))) > 1:
        items[:] = [items[place] for place in spread([item.nodeid for item in items], workers)]


def pytest_collection_finish() -> None:
    """Keep thousands of collected tests out of every garbage collection: a twelfth less time.

    Let it come more rarely, too: a simulation takes a twentieth less.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Give two processes more than there are cores: they often wait for a server."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else (os.cpu_count() or 1) + 2


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, the event loop of the product (its HTTP transport needs it)."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _forked_parsers() -> None:
    """Fork the processes that read files, which takes a tenth of the time."""
    from tests.support.forked_parsers import use_forked_parsers  # noqa: PLC0415 - in workers only

    use_forked_parsers()


@pytest.fixture
def real_parsers() -> Iterator[None]:
    """Start the processes that read files as the product does."""
    from tests.support.forked_parsers import (  # noqa: PLC0415 - as above
        use_forked_parsers,
        use_real_parsers,
    )

    use_real_parsers()
    yield
    use_forked_parsers()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Server"]:
    """Give the PostgreSQL server that all workers share; skip where there is none."""
    from tests.support.postgres import shared_server, why_unavailable  # noqa: PLC0415 - few tests need it

    if reason := why_unavailable():
        pytest.skip(reason)
    folder = tmp_path_factory.getbasetemp()
    with shared_server(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) as server:
        yield server
