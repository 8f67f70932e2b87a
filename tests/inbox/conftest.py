"""Inboxes elsewhere; one S3 server for all tests, because it takes a while to start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.remote_servers import AWS, RemoteInbox, running_s3, running_sftp


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    with running_s3() as address:
        yield address


@pytest.fixture(params=["sftp", "s3"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RemoteInbox]:
    import fsspec  # noqa: PLC0415 - not for those that only collect

    if request.param == "sftp":
        with running_sftp(tmp_path) as server:
            (server.root / "in").mkdir()
            files = fsspec.filesystem("file")
            files.inbox = str(server.root / "in")
            variables = {"HOME": str(server.home), "SSH_AUTH_SOCK": ""}
            yield RemoteInbox(address=server.address("in"), variables=variables, files=files)
        return
    address = request.getfixturevalue("s3_server")
    variables = {**AWS, "AWS_ENDPOINT_URL": address}
    files = fsspec.filesystem(
        "s3",
        key=AWS["AWS_ACCESS_KEY_ID"],
        secret=AWS["AWS_SECRET_ACCESS_KEY"],
        endpoint_url=address,
        skip_instance_cache=True,
    )
    bucket = tmp_path.name.replace("_", "-").strip("-")
    files.mkdir(bucket)
    files.inbox = f"{bucket}/in"
    yield RemoteInbox(address=f"s3://{bucket}/in", variables=variables, files=files)
