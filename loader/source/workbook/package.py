"""An Office workbook as a zip archive, opened within bounds of memory.

Everything is bounded before it is unpacked (zipfile gives no more bytes than
the directory of the archive declares, and checks their sum); XML with a document type is refused,
because entities can multiply; readers must not disagree on what an archive holds.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from xml.parsers import expat
from xml.parsers.expat import ExpatError

import defusedxml.ElementTree as DefusedTree  # type: ignore[import-untyped]  # it has no types
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # likewise

from loader.errors import UnreadableSource
from loader.source.archive import BOMB, members_by_name, open_zip, short_message
from loader.source.file_kind import BROKEN_ZIP
from loader.source.options import Limits
from loader.source.workbook.parser import ENTITIES, refuse_document_type

_BLOCK = 64 << 10
PART_BYTES = 64 << 20
DAMAGED = (
    "the workbook is damaged or cut off ({error}); get it again from where it came from, or open it"
    " in a spreadsheet program, let it repair the file, and save it again"
)


def damaged(error: object) -> UnreadableSource:
    """Return the error for a workbook whose inside is broken."""
    return UnreadableSource(DAMAGED.format(error=short_message(error)), code="damaged-file")


@contextmanager
def open_package(path: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """Open a workbook; whatever breaks inside is an UnreadableSource."""
    try:
        with open_zip(path) as archive:
            _check_members(archive, path, limits)
            yield archive
    except UnreadableSource:
        raise
    except DefusedXmlException as error:
        raise UnreadableSource(ENTITIES, code="xml-entities") from error
    except RecursionError as error:
        raise damaged("its XML is nested too deeply") from error
    except KeyError as error:
        raise damaged(f"a part is missing: {error.args[0]}") from error
    except (*BROKEN_ZIP, LookupError) as error:  # XML may name an encoding that nobody knows
        raise damaged(error) from error
    except (ParseError, ExpatError) as error:
        raise damaged(f"its XML is broken: {error}") from error
    except Exception as error:  # zlib.error is no subclass of anything narrower
        if type(error).__module__ == "zlib":
            raise damaged(error) from error
        raise


def _check_members(archive: zipfile.ZipFile, path: Path, limits: Limits) -> None:
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    allowed = max(limits.free_bytes, path.stat().st_size * limits.unpacked_ratio)
    if len(members) > limits.zip_entries or total > min(allowed, limits.unpacked_bytes):
        raise UnreadableSource(BOMB, code="beyond-limits")
    if len(members_by_name(archive)) != len(members):
        raise damaged("it holds two parts with the same name")
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableSource(
            "the workbook is protected by a password; save it without one", code="password"
        )


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the bytes of a small part."""
    if archive.getinfo(name).file_size > PART_BYTES:
        raise UnreadableSource(BOMB, code="beyond-limits")
    return archive.read(name)


def parse_part(archive: zipfile.ZipFile, name: str) -> Element:
    """Return a small part as a tree."""
    tree: Element = DefusedTree.fromstring(read_part(archive, name), forbid_dtd=True)
    return tree


def stream_part(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, Element]]:
    """Yield the start and end of every element of a part of any size."""
    _refuse_document_type(archive, name)
    parser: Any = XMLPullParser(("start", "end"))  # Any: its events are not typed
    with archive.open(name) as part:
        while block := part.read(_BLOCK):
            parser.feed(block)
            yield from parser.read_events()
    parser.close()
    yield from parser.read_events()


def _refuse_document_type(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse a part with a document type, which can only be before the first element.

    The parsers of defusedxml do the same while they read, but are written in Python and slow.
    """
    parser, has_begun = expat.ParserCreate(), False

    def begin(*_: object) -> None:
        nonlocal has_begun
        has_begun = True

    parser.StartDoctypeDeclHandler = refuse_document_type
    parser.StartElementHandler = begin
    with archive.open(name) as part:
        while not has_begun and (block := part.read(_BLOCK)):
            parser.Parse(block)
    if not has_begun:  # newer versions of expat look at a long comment once it is complete
        parser.Parse(b"", True)  # noqa: FBT003  # it takes no keyword


def local(tag: str) -> str:
    """Return the name of an element without its namespace: strict workbooks have another."""
    return tag.rpartition("}")[2]
