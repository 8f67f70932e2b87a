"""One S3 server for all tests of inboxes: it takes a while to start."""

from collections.abc import Iterator

import pytest

from tests.support.remote_servers import running_s3


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    with running_s3() as address:
        yield address
