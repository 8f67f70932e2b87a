"""A large part of a workbook in blocks of whole elements: the rows of a sheet, the shared texts.

Rules of this file: flat memory; what is not UTF-8, or has a document type or a comment above, is
not plain, and the parser of XML has to judge it.
"""

import re
import zipfile
from collections.abc import Iterator
from typing import IO

from loader.errors import UnreadableSource
from loader.source.options import Limits
from loader.source.workbook.tags import NotPlain

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
                raise NotPlain  # no end: a parser says what is wrong
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
            raise NotPlain
        prologue += block
    before = prologue[: found.start()]
    declared = DECLARED.match(before)
    if b"<!" in before or (declared and declared[1].lower() != b"utf-8"):
        raise NotPlain
    return found[1], prologue[found.end() :]
