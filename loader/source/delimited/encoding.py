"""Which encoding a text file is in, decided over the whole file; a guess is reported.

    byte order mark -> NULs of UTF-16 and UTF-32 -> strict UTF-8 -> the likeliest of a short list

The user's word wins, and is checked; every byte is looked at, never a sample;
only encodings that people's spreadsheet programs write are guessed.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from loader.errors import UnreadableSource
from loader.source.delimited.encoding_candidates import readings
from loader.source.delimited.encoding_guess import SURE, Guess, guess_encoding
from loader.source.delimited.encoding_looks import (
    EBCDIC,
    ONE_BYTE,
    by_mark,
    by_nuls,
    likelier_encoding,
    looks_like,
)
from loader.source.parsed_rows import Remark

BLOCK = 1 << 20
_START = 4096
_EXPLANATIONS = {
    EBCDIC: " (EBCDIC)",
    ONE_BYTE: " or another encoding of one byte for each character",
}
_WITHOUT_BYTE_ORDER = ("utf-16", "utf-32")  # of their bytes
SAMPLE_BYTES = 1 << 18
RIGHT_FOR_WRONG = 5  # right characters of UTF-8 for each wrong place, at least, in a spoiled file
_WRONG_PLACE = re.compile("[\udc80-\udcff]+")
# Parts of a character: half of one that UTF-16 writes in two (CESU-8), or one that was cut.
_HALF = "\udced[\udca0-\udcbf][\udc80-\udcbf]"
_CUT = "[\udce0-\udcef][\udc80-\udcbf]|[\udcf0-\udcf4][\udc80-\udcbf]{1,2}"
_IS_HALF = re.compile(_HALF)
_ARE_PARTS = re.compile(f"(?:{_HALF}|{_CUT})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A decision. `mark` bytes at the start belong to no cell; `guess` is None where it is sure."""

    name: str
    mark: int = 0
    guess: Guess | None = None

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Remarks on a guess: the encoding, how sure it is, and a sample of the text."""
        guess = self.guess
        if guess is None:
            return ()
        rival = f"; {guess.rival} is possible too" if guess.rival else ""
        message = (
            f"the text is not UTF-8 and was read as {guess.name} ({guess.confidence:.0%}"
            f' sure{rival}): "{guess.sample}"; if that looks wrong, name it with --encoding'
        )
        return (Remark(code="encoding-guessed", message=message),)


def find_encoding(path: Path, given: str | None) -> Encoding:
    """Return the encoding of the file; raise UnreadableSource with the byte that does not fit."""
    with path.open("rb") as file:
        start = file.read(_START)
        marked = _from_mark(start)
        if given is not None:
            return _verified(file, _from_user(given, start, marked), by_user=True)
        if marked is not None:
            return _verified(file, marked, by_user=False)
        wide = by_nuls(start)
        if wide is not None:
            return _verified(file, Encoding(name=wide), by_user=False)
        return _utf8_or_guess(file, start)


def _family(name: str) -> str:
    return codecs.lookup(name).name.removesuffix("-sig").removesuffix("-le").removesuffix("-be")


def known_encoding(name: str) -> str:
    """Return the encoding's name as Python knows it, or raise UnreadableSource."""
    try:
        found = codecs.lookup(name).name
        "".encode(found)
    except (LookupError, UnicodeError) as error:
        raise UnreadableSource(
            f'there is no text encoding "{name}"; use one such as utf-8, utf-16, cp1252, shift_jis',
            code="wrong-encoding",
        ) from error
    return "utf-8" if found == "utf-8-sig" else found


def _from_mark(start: bytes) -> Encoding | None:
    found = by_mark(start)
    return None if found is None else Encoding(name=found[0], mark=found[1])


def _from_user(given: str, start: bytes, marked: Encoding | None) -> Encoding:
    """Return the encoding that a person named, with the byte order that the file has."""
    name = known_encoding(given)
    if marked and marked.name.startswith(_family(name)):
        return marked
    if name in _WITHOUT_BYTE_ORDER:  # and without a mark
        wide = by_nuls(start) or ""
        name = wide if wide.startswith(name) else f"{name}-le"
    likelier = likelier_encoding(start, name)
    if likelier is not None:
        raise UnreadableSource(
            f"the file was said to be {given} text, but its bytes are not: they look like"
            f" {_describe(likelier)}; name that with --encoding {likelier}, or the right one",
            code="wrong-encoding",
        )
    return Encoding(name=name)


def _describe(name: str) -> str:
    return f"{name}{_EXPLANATIONS.get(name, '')}"


def blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the rest of `file` in blocks."""
    while block := file.read(BLOCK):
        yield block


def _verified(file: BinaryIO, encoding: Encoding, *, by_user: bool) -> Encoding:
    failure = _first_failure(file, encoding)
    if failure is None:
        return encoding
    offset, line = failure
    claim = "was said to be" if by_user else "begins as"
    file.seek(0)
    start = file.read(_START)
    other = looks_like(start) if by_user and offset <= len(start) else None
    other = None if other == encoding.name else other
    like = f", and its bytes look like {_describe(other)}" if other else ""
    raise UnreadableSource(
        f"the file {claim} {encoding.name} text, but byte {offset} (line {line}) is not{like};"
        " save it again as UTF-8, or name its encoding with --encoding",
        code="wrong-encoding",
    )


def _first_failure(file: BinaryIO, encoding: Encoding) -> tuple[int, int] | None:
    """Return where the file stops being text in `encoding`: byte and line, both from 1."""
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    file.seek(encoding.mark)
    offset, line = encoding.mark, 1
    try:
        for block in blocks(file):
            pending = len(decoder.getstate()[0])
            line += decoder.decode(block).count("\n")
            offset += len(block)
        pending = len(decoder.getstate()[0])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding.name, "ignore").count("\n")
        return offset - pending + error.start + 1, line + before
    return None


def _utf8_or_guess(file: BinaryIO, start: bytes) -> Encoding:
    if _first_failure(file, Encoding(name="utf-8")) is None:
        return Encoding(name="utf-8")
    if looks_like(start) == EBCDIC:
        raise UnreadableSource(
            "the file is not UTF-8: its bytes look like EBCDIC; name its code page with --encoding,"
            f" such as {EBCDIC}, cp500 or cp1140, or save it again as UTF-8",
            code="wrong-encoding",
        )
    lines = _non_ascii_lines(file)
    _refuse_nearly_utf8(file, lines)
    guess = guess_encoding(lines)
    if guess.confidence < SURE:
        listed = ", ".join(f'{name} "{sample}"' for name, sample in readings(lines))
        if not listed:
            raise UnreadableSource(
                "the file is not UTF-8, and none of the encodings that are known reads it; if it is"
                " text at all, save it again as UTF-8",
                code="wrong-encoding",
            )
        raise UnreadableSource(
            "the file is not UTF-8, and its encoding cannot be known for certain; name the"
            f" one that reads it right with --encoding: {listed}",
            code="wrong-encoding",
        )
    failure = _first_failure(file, Encoding(name=guess.name))
    if failure is not None:
        raise UnreadableSource(
            f"the file is not UTF-8, and not {guess.name} either (byte {failure[0]}, line"
            f" {failure[1]}); save it again as UTF-8, or name its encoding with --encoding",
            code="wrong-encoding",
        )
    return Encoding(name=guess.name, guess=guess)


def _refuse_nearly_utf8(file: BinaryIO, lines: bytes) -> None:
    """Refuse a file that is UTF-8 but for a few bytes: any other encoding would spoil the rest."""
    text = lines.decode("utf-8", "surrogateescape")
    places = _WRONG_PLACE.findall(text)
    right = sum(not character.isascii() for character in text) - sum(map(len, places))
    are_parts = all(map(_ARE_PARTS.fullmatch, places)) and (
        right >= len(places) or any(map(_IS_HALF.search, places))
    )
    failure = _first_failure(file, Encoding(name="utf-8"))
    if failure is not None and (are_parts or right > RIGHT_FOR_WRONG * len(places)):
        why = "a program left only a part of a character, such as half an emoji"
        if not are_parts:
            why = "text of another encoding was pasted or appended"
        raise UnreadableSource(
            f"the file is UTF-8 but for byte {failure[0]} (line {failure[1]}), where {why}; correct"
            " that line, and save as UTF-8; or name the encoding of the whole file with --encoding",
            code="wrong-encoding",
        )


def _non_ascii_lines(file: BinaryIO) -> bytes:
    """Collect the lines that are not plain ASCII, of the whole file, up to a bound."""
    file.seek(0)
    sample: list[bytes] = []
    room, rest = SAMPLE_BYTES, b""
    for block in blocks(file):
        if block.isascii() and rest.isascii():
            rest = block[-200:]
            continue
        lines = (rest + block).splitlines(keepends=True)
        rest = lines.pop()[-BLOCK:]
        for line in lines:
            if not line.isascii() and room > 0:
                sample.append(line[:room])
                room -= len(line)
        if room <= 0:
            break
    if not rest.isascii() and room > 0:
        sample.append(rest[:room])
    return b"".join(sample)
