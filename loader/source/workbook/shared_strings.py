"""The texts that cells share, one list for the whole workbook, out of its XML."""

import zipfile
from collections.abc import Generator

import pyarrow as pa
import pyarrow.compute as pc

from loader.source.control_characters import CONTROL
from loader.source.workbook.parser import LocalNames, parse
from loader.source.workbook.raw_cells import Array
from loader.source.workbook.shared_texts import SharedTexts
from loader.source.workbook.values import unescaped


def with_control_characters(texts: pa.StringArray) -> Array:
    """Return for each text whether it holds an invisible character."""
    found: Array = pc.match_substring_regex(texts, CONTROL.pattern).to_numpy(zero_copy_only=False)
    return found


def without_escapes(texts: pa.StringArray) -> pa.StringArray:
    """Undo the _xHHHH_ of characters that XML cannot hold."""
    escaped = pc.match_substring(texts, "_x")
    if not pc.any(escaped).as_py():
        return texts
    plain = [unescaped(text) for text in texts.filter(escaped).to_pylist()]
    return pc.replace_with_mask(texts, escaped, pa.array(plain, pa.string()))


def read_shared(texts: SharedTexts, archive: zipfile.ZipFile, part: str) -> None:
    """Let `texts` read those of the part that holds them."""
    texts.read_from(_arrays(archive, part))


def _arrays(archive: zipfile.ZipFile, part: str) -> Generator[pa.StringArray, None, None]:
    collector = _Collector()
    for _ in parse(archive, part, collector):
        yield without_escapes(pa.array(collector.take(), pa.string()))


class _Collector:
    """Joins the pieces of each text; phonetic hints are no part of it."""

    def __init__(self) -> None:
        self._local = LocalNames()
        self._texts: list[str] = []
        self._pieces: list[str] = []
        self._listening = False
        self._aside = 0

    def start(self, name: str, _: list[str]) -> None:
        local = self._local[name]
        if local == "t":
            self._listening = not self._aside
        elif local == "si":
            self._pieces = []
        elif local == "rPh":
            self._aside += 1

    def end(self, name: str) -> None:
        self._listening = False
        local = self._local[name]
        if local == "si":
            self._texts.append("".join(self._pieces))
        elif local == "rPh":
            self._aside -= 1

    def text(self, text: str) -> None:
        if self._listening:
            self._pieces.append(text)

    def take(self) -> list[str]:
        """Return the texts since the last call."""
        found, self._texts = self._texts, []
        return found
