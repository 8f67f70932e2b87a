"""Files made to do harm: refused before what they unpack to is in memory."""

import gzip
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.corpus.books import HEAD, book_parts, row, sheet_xml

MB = 1 << 20
# Reads a file as the loader does, and prints why it is refused and how much memory that took.
SCRIPT = """
import resource, sys
from loader.errors import UnreadableSource
from loader.source import ReadOptions, open_source
try:
    with open_source(sys.argv[1], ReadOptions()) as source:
        for table in source.tables():
            for chunk in table.chunks:
                pass
    print("read")
except UnreadableSource as error:
    print(error.code)
# Of this process by its own memory: what getrusage says begins with that of the test's process.
status = open("/proc/self/status").read()
own = int(status.partition("VmHWM:")[2].split()[0])
print(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
"""


def archive(path: Path, big: str, parts: dict[str, str | bytes], size: int) -> None:
    """Write an archive with one member of zeros; it costs a thousandth of its size."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
        with made.open(big, "w") as member:
            for _ in range(size // MB):
                member.write(bytes(MB))


def mimetype(path: Path) -> None:
    archive(path, "mimetype", {"content.xml": "<x/>"}, 300 * MB)


def manifest(path: Path) -> None:
    ods = "application/vnd.oasis.opendocument.spreadsheet"
    archive(path, "META-INF/manifest.xml", {"mimetype": ods, "content.xml": "<x/>"}, 300 * MB)


def styles(path: Path) -> None:
    parts = book_parts(sheet_xml(HEAD + row(2, "a", "b")))
    del parts["xl/styles.xml"]
    archive(path, "xl/styles.xml", parts, 300 * MB)


def many_entries(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.filelist = [entry(index) for index in range(200_000)]
        made._didModify = True  # type: ignore[attr-defined]


def entry(index: int) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(f"part-{index:060}.xml")
    found.CRC = found.compress_size = found.file_size = found.header_offset = 0
    return found


def shared_by_many(path: Path) -> None:
    """One text of 32,767 characters in 10,000 cells: 330 MB in the columns of one batch."""
    cells = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>{n > 1:d}</v></c></row>' for n in range(1, 10_001)
    )
    texts = f"<si><t>name</t></si><si><t>{'x' * 32_767}</t></si>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in book_parts(sheet_xml(cells), shared=texts).items():
            made.writestr(name, content)


def one_text_in_many_rows() -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array([0] * 5_000), pa.array(["x" * 100_000]))


def repeated_by_many(path: Path) -> None:
    """One text of 100,000 characters in 5,000 rows: 500 MB, in a file of a few thousand bytes."""
    column = one_text_in_many_rows().dictionary_decode()
    pq.write_table(pa.table({"name": column}), path, compression="zstd")


def dictionary_of_one(path: Path) -> None:
    """The same, in a column that says that it has few values."""
    pq.write_table(pa.table({"name": one_text_in_many_rows()}), path, compression="zstd")


def long_line(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"name,content\n")
        for _ in range(200):
            file.write(b"x" * MB)


def long_header(path: Path) -> None:
    path.write_bytes(b"x," * (100 * MB))


def long_line_packed(path: Path) -> None:
    path.write_bytes(gzip.compress(b"name\n" + b"y" * (60 * MB), 1))


def long_object(path: Path) -> None:
    path.write_bytes(b'{"name": "' + b"z" * (100 * MB) + b'"}\n')


def nested(path: Path) -> None:
    path.write_bytes(b'{"name": ' + b"[" * 200_000 + b"]" * 200_000 + b"}\n")


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux does")
@pytest.mark.parametrize(
    ("write", "suffix", "code"),
    [
        (mimetype, ".ods", "archive-contents"),
        (manifest, ".ods", "beyond-limits"),
        (styles, ".xlsx", "beyond-limits"),
        (many_entries, ".zip", "beyond-limits"),
        (many_entries, ".xlsx", "beyond-limits"),
        (shared_by_many, ".xlsx", "read"),
        (repeated_by_many, ".parquet", "read"),
        (dictionary_of_one, ".parquet", "read"),
        (long_line, ".csv", "beyond-limits"),
        (long_header, ".csv", "beyond-limits"),
        (long_line_packed, ".csv.gz", "beyond-limits"),
        (long_object, ".jsonl", "beyond-limits"),
        (nested, ".jsonl", "broken-json"),
    ],
)
def test_what_is_made_to_do_harm_is_bounded(
    write: Callable[[Path], None], suffix: str, code: str, tmp_path: Path
) -> None:
    path = tmp_path / f"harm{suffix}"
    write(path)

    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, check=True
    )

    said, used = ran.stdout.split()
    assert said == code
    assert int(used) * 1024 < 400 * MB, f"{int(used) // 1024} MB"
