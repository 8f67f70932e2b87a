"""The child process that reads files: what it may know, and who is to blame when it ends."""

import time
from pathlib import Path
from typing import Any

import pytest

from loader.errors import LoaderError, SourceError
from loader.source import ReadOptions, isolation, open_source
from loader.source.isolation import confined_child
from tests.corpus.books import HEAD, book, row, sheet_xml

pytestmark = pytest.mark.usefixtures("real_parsers")

SECRETS = {
    "LOADER_CLIENT_SECRET": "a", "LOADER_NOTIFY_WEBHOOK": "b", "LOADER_SMTP_PASSWORD": "c",
    "AWS_SECRET_ACCESS_KEY": "d", "LOADER_SQL_URL": "e", "GITHUB_TOKEN": "f",
    "HTTPS_PROXY": "g", "LOADER_PROXY_PASSWORD": "h", "all_proxy": "i",
}  # fmt: skip


class Waiting:
    """A job that keeps the child busy until it is ended."""

    def __reduce__(self) -> tuple[Any, ...]:
        return time.sleep, (60,)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux' /proc")
@pytest.mark.parametrize("module", ["loader.source.child", "loader.annotate.child"])
def test_the_child_knows_no_secret(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)

    with confined_child(module, Waiting()) as child:
        environment = ""
        while not environment:  # the kernel shows it a moment after the program began
            assert child.poll() is None
            environment = Path(f"/proc/{child.pid}/environ").read_text()

    names = {entry.partition("=")[0] for entry in environment.split("\0")}
    assert "PATH" in names
    assert not names & set(SECRETS)


def test_a_child_that_cannot_start_is_no_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "offers.xlsx"
    path.write_bytes(book(sheet_xml(HEAD + row(2, "a", "b"))))
    monkeypatch.setattr(isolation, "READING", "loader.source.no_such_module")

    with (
        open_source(str(path), ReadOptions()) as source,
        pytest.raises(LoaderError, match=r"did not start .*no_such_module") as caught,
    ):
        next(source.tables())

    assert not isinstance(caught.value, SourceError)
    assert caught.value.code == "reader-not-started"
