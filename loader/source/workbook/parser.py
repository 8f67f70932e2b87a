"""XML of one known grammar as arrays: where its tags are, which they are, and the text between.

    <c r="A2" t="s"><v>12</v></c>      "c" at 0, "v" at 16, "/v" at 21, "/c" at 25

No Python object is made for a single tag: that is what makes it quick.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

import numpy as np
import pyarrow as pa

from loader.errors import UnreadableSource
from loader.source.options import Limits

Array: TypeAlias = np.ndarray[Any, Any]

LESS, GREATER, SLASH = b"<>/"
PADDING = b"\0" * 4
ENDS_NAME = np.isin(np.arange(256), list(b" >/"))
LENGTHS_WITH_TEXT = [len("<t"), len('<t xml:space="preserve"')]
# Entities become bytes that XML cannot hold, so that what they stand for is no markup.
STAND_INS = {b"&lt;": b"\1", b"&gt;": b"\2", b"&amp;": b"\3", b"&quot;": b"\4", b"&apos;": b"\5"}
STOOD_FOR = bytes.maketrans(b"".join(STAND_INS.values()), b"<>&\"'")
STAND_IN_OF = {STOOD_FOR[byte[0]]: byte for byte in STAND_INS.values()}
NUMERIC = re.compile(rb"&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));")


class UnsupportedMarkup(Exception):  # a turn of the road, not an error
    """The XML is not in the grammar."""


class Grammar:
    """Which tag may follow which. "c" opens, "/c" closes, "c/" is both; the first begins all.

    Names have at most four bytes with their slash, and no two begin with the same two.
    """

    def __init__(self, follows: Mapping[str, Sequence[str]], *, with_text: Sequence[str]) -> None:
        self.codes = {name: code for code, name in enumerate(follows, start=1)}
        size = len(follows) + 1
        self.names = np.zeros(size, np.uint32)
        self.masks = np.zeros(size, np.uint32)
        self.lengths = np.zeros(size, np.int64)
        self.closed = np.zeros(size, np.uint8)  # "c" -> "c/"
        self.follows = np.zeros((size, size), bool)
        self.has_text = np.zeros(size, bool)
        self.starts = np.zeros(1 << 16, np.uint8)  # two bytes -> the code of a name
        for name, code in self.codes.items():
            self.follows[code, [self.codes[after] for after in follows[name]]] = True
            self.has_text[code] = name in with_text
            if not name.endswith("/"):
                self._learn(name.encode(), code)
                self.closed[code] = self.codes.get(f"{name}/", 0)

    def _learn(self, name: bytes, code: int) -> None:
        self.names[code] = int.from_bytes(name, "little")
        self.masks[code] = (1 << 8 * len(name)) - 1
        self.lengths[code] = len(name)
        for start in [name[:2]] if len(name) > 1 else [name + end for end in (b" ", b">", b"/")]:
            self.starts[int.from_bytes(start, "little")] = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """The tags of some XML: the places of their brackets, and the codes of their names."""

    octets: Array
    opens: Array
    closes: Array
    codes: Array
    grammar: Grammar

    def at(self, *names: str) -> Array:
        """Return which of the tags have one of these names."""
        found = self.codes == self.grammar.codes[names[0]]
        for name in names[1:]:
            found |= self.codes == self.grammar.codes[name]
        return np.flatnonzero(found)

    def contents(self, tags: Array) -> tuple[Array, Array]:
        """Return where the text of each of these tags starts and ends."""
        if not np.isin(self.closes[tags] - self.opens[tags], LENGTHS_WITH_TEXT).all():
            raise UnsupportedMarkup  # an attribute that might mean something
        return self.closes[tags] + 1, self.opens[tags + 1]

    def texts(self, starts: Array, ends: Array) -> pa.StringArray:
        """Return the texts between places, two for each; they are in order and apart."""
        offsets = np.zeros(len(starts) + 1, np.int32)
        np.cumsum(ends - starts, out=offsets[1:])
        full = ends > starts
        edges = np.column_stack((starts[full], ends[full])).ravel()
        lengths = np.diff(edges, prepend=0, append=len(self.octets))
        inside = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
        content = self.octets[inside].tobytes().translate(STOOD_FOR)
        return pa.StringArray.from_buffers(
            len(starts), pa.py_buffer(offsets), pa.py_buffer(content)
        )


def tags_of(xml: bytes, grammar: Grammar) -> Tags:
    """Return the tags of whole elements, or raise UnsupportedMarkup."""
    octets = np.frombuffer(_with_stand_ins(xml) + PADDING, np.uint8)
    opens, closes = np.flatnonzero(octets == LESS), np.flatnonzero(octets == GREATER)
    if len(opens) != len(closes):  # text may hold a bare ">"
        at = np.searchsorted(closes, opens)
        closes = closes[at[at < len(closes)]]
    if (
        not 0 < len(opens) == len(closes)
        or (opens > closes).any()
        or (closes[:-1] > opens[1:]).any()
    ):
        raise UnsupportedMarkup
    tags = Tags(
        octets=octets,
        opens=opens,
        closes=closes,
        codes=_codes(octets, opens, closes, grammar),
        grammar=grammar,
    )
    _refuse_text_between(tags)
    return tags


def _codes(octets: Array, opens: Array, closes: Array, grammar: Grammar) -> Array:
    words = np.ndarray(len(octets) - 3, "<u4", octets, strides=(1,))[opens + 1]
    codes = grammar.starts[words & 0xFFFF]
    exact = (words & grammar.masks[codes]) == grammar.names[codes]
    ended = ENDS_NAME[octets[opens + 1 + grammar.lengths[codes]]]
    codes = np.where(octets[closes - 1] == SLASH, grammar.closed[codes], codes)
    if not (codes.all() and exact.all() and ended.all()):
        raise UnsupportedMarkup
    if codes[0] not in (1, grammar.closed[1]):
        raise UnsupportedMarkup
    if not grammar.follows[codes, np.roll(codes, -1)].all():  # the first may follow the last
        raise UnsupportedMarkup
    return np.asarray(codes)


def _refuse_text_between(tags: Tags) -> None:
    """Text may stand only where the grammar has some; elsewhere space."""
    starts = np.concatenate(([0], tags.closes + 1))
    ends = np.concatenate((tags.opens, [len(tags.octets) - len(PADDING)]))
    between = (ends > starts) & ~np.concatenate(([False], tags.grammar.has_text[tags.codes]))
    if between.any():
        content = tags.texts(starts[between], ends[between]).buffers()[2]
        if not content.to_pybytes().isspace():
            raise UnsupportedMarkup


def _with_stand_ins(xml: bytes) -> bytes:
    if not xml.isascii():
        _refuse_other_encodings(xml)
    if b"\r" in xml:
        xml = xml.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if any(byte in xml for byte in STAND_INS.values()):
        raise UnsupportedMarkup
    if b"&" in xml:
        for entity, byte in STAND_INS.items():
            xml = xml.replace(entity, byte)
    if b"&" in xml:
        xml = NUMERIC.sub(_character, xml)
    if b"&" in xml:
        raise UnsupportedMarkup
    return xml


def _refuse_other_encodings(xml: bytes) -> None:
    try:
        xml.decode()
    except UnicodeDecodeError as error:
        raise UnsupportedMarkup from error


def _character(entity: "re.Match[bytes]") -> bytes:
    hexadecimal, decimal = entity.groups()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if not 0x20 <= code < 0xD800 and code not in {9, 10, 13} and not 0xE000 <= code <= 0x10FFFF:
        raise UnsupportedMarkup
    return STAND_IN_OF.get(code) or chr(code).encode()


# A large part of a workbook in blocks of whole elements: the rows of a sheet, the shared texts.
#
# Rules of this file: flat memory; what is not UTF-8, or has a document type or a comment above, is
# not plain, and the parser of XML has to judge it.


BLOCK = 4 << 20
MOST_ABOVE = 4 << 20  # the first element
DECLARED = re.compile(rb'(?:\xef\xbb\xbf)?\s*<\?xml [^>]*encoding=["\']([\w-]+)')


def elements(
    archive: zipfile.ZipFile, part: str, *, parent: bytes, child: bytes, limits: Limits
) -> Iterator[bytes]:
    """Yield the children of the one element `parent`, many at once and each whole.

    Some programs write a prefix before every name, as in <x:row>: it is taken away.
    """
    with archive.open(part) as stream:
        prefix, rest = _after_start(stream, parent)
        while (end := rest.find(b"</%s%s>" % (prefix, parent))) < 0:
            cut = rest.rfind(b"<%s%s" % (prefix, child))
            if cut > 0:
                yield _without(prefix, rest[:cut])
                rest = rest[cut:]
            elif len(rest) > 64 * limits.cell_characters:
                message = f"a {child.decode()} in it is larger than any can be"
                raise UnreadableSource(message, code="beyond-limits")
            block = stream.read(BLOCK)
            if not block:
                raise UnsupportedMarkup  # no end: a parser says what is wrong
            rest += block
        if end:
            yield _without(prefix, rest[:end])
        while stream.read(BLOCK):  # the checksum is known at the end
            pass


def _without(prefix: bytes, xml: bytes) -> bytes:
    if not prefix:
        return xml
    return xml.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</")


def _after_start(stream: IO[bytes], parent: bytes) -> tuple[bytes, bytes]:
    """Return the prefix of the element's name, and what was read of its inside."""
    prologue = b""
    start = re.compile(rb"<(\w+:|)%s(?: [^>]*[^>/])?>" % parent)
    while (found := start.search(prologue)) is None:
        block = stream.read(BLOCK)
        if not block or len(prologue) > MOST_ABOVE:
            raise UnsupportedMarkup
        prologue += block
    before = prologue[: found.start()]
    declared = DECLARED.match(before)
    if b"<!" in before or (declared and declared[1].lower() != b"utf-8"):
        raise UnsupportedMarkup
    return found[1], prologue[found.end() :]
