"""The texts that cells share, one list for the whole workbook, out of its XML.

Rules of this file: texts are read by their tags, block by block, without what formats them; where
there is anything else, a parser of XML reads them all. Both give the same.
"""

import re
import zipfile
from collections.abc import Generator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.source.delimited.records import CONTROL
from loader.source.options import Limits
from loader.source.workbook.package import local, stream_part
from loader.source.workbook.parser import Array, Grammar, UnsupportedMarkup, elements, tags_of
from loader.source.workbook.texts import SharedTexts
from loader.source.workbook.values import unescaped

Texts = Generator[pa.StringArray, None, None]
AT_ONCE = 20_000
LIST = Grammar(
    {
        "si": ("t", "t/"), "/si": ("si",),
        "t": ("/t",), "/t": ("t", "t/", "/si"), "t/": ("t", "t/", "/si"),
    },
    with_text=("t",),
)  # fmt: skip
FORMATTING = re.compile(
    rb"</?r>|<rPr>.*?</rPr>|<rPr/>|<rPh [^>]*>.*?</rPh>|<phoneticPr [^>]*/>", re.DOTALL
)


def controlled(texts: pa.StringArray) -> Array:
    """Return for each text whether it holds an invisible character."""
    found: Array = pc.match_substring_regex(texts, CONTROL.pattern).to_numpy(zero_copy_only=False)
    return found


def without_escapes(texts: pa.StringArray) -> pa.StringArray:
    """Undo the _xHHHH_ of characters that XML cannot hold."""
    escaped = pc.match_substring(texts, "_x")
    if not pc.any(escaped).as_py():
        return texts
    mended = [unescaped(text) for text in texts.filter(escaped).to_pylist()]
    return pc.replace_with_mask(texts, escaped, pa.array(mended, pa.string()))


def read_shared(texts: SharedTexts, archive: zipfile.ZipFile, part: str, limits: Limits) -> None:
    """Put the texts of the part that holds them into `texts`."""
    try:
        texts.extend(_plain(archive, part, limits))
    except UnsupportedMarkup:
        texts.clear()
        texts.extend(_parsed(archive, part))


def _plain(archive: zipfile.ZipFile, part: str, limits: Limits) -> Texts:
    for xml in elements(archive, part, parent=b"sst", child=b"si", limits=limits):
        if b"<r" in xml or b"<ph" in xml:
            xml = FORMATTING.sub(b"", xml)  # noqa: PLW2901 - the same texts
        tags = tags_of(xml, LIST)
        pieces = tags.at("t")
        first = np.searchsorted(pieces, tags.at("si"))
        yield without_escapes(_joined(tags.texts(*tags.contents(pieces)), first))


def _joined(pieces: pa.StringArray, first: Array) -> pa.StringArray:
    """Return texts out of pieces; each begins with its `first`."""
    _, offsets, content = pieces.buffers()
    starts = np.frombuffer(offsets, np.int32)[np.append(first, len(pieces))]
    return pa.StringArray.from_buffers(len(first), pa.py_buffer(starts), content)


def _parsed(archive: zipfile.ZipFile, part: str) -> Texts:
    texts: list[str] = []
    pieces: list[str] = []
    aside = 0  # inside of a phonetic hint, which is not part of the text
    root = None
    for event, element in stream_part(archive, part):
        root = element if root is None else root
        name = local(element.tag)
        if name == "rPh":
            aside += 1 if event == "start" else -1
        elif event == "end" and name == "t" and not aside:
            pieces.append(element.text or "")
        elif event == "end" and name == "si":
            texts.append(unescaped("".join(pieces)))
            pieces.clear()
            root.clear()
        if len(texts) >= AT_ONCE:
            yield pa.array(texts, pa.string())
            texts.clear()
    yield pa.array(texts, pa.string())
