"""The very hidden sheet of a pulled workbook: each object as it was, for whoever gets the file.

    what   id   etag   name   text   text_2 …
    pull                      {"format": 1, "pull": …, "target": …, "kind": …, "names": {…}}
    entity dps:…  3   Free…   {"name": …}

A JSON text that is longer than a cell goes on in the next one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from loader.errors import SourceError
from loader.model import Receipt, RemoteOffer
from loader.pulled.layout import BASE_SHEET
from loader.source import ReadOptions, open_source

FORMAT: Final = 1
LETTERS: Final = 30_000  # of one cell, of 32,767 that it holds
HEAD: Final = ("what", "id", "etag", "at_id", "name")
_PULL, _ENTITY = "pull", "entity"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullMark:
    """What a pulled sheet says of its pull. `pull_id` is the snapshot in the journal."""

    pull_id: str
    target: str
    kind: str
    names: Mapping[str, Mapping[str, str]]


def rows_of(mark: PullMark, offers: Iterator[RemoteOffer]) -> Iterator[Sequence[str]]:
    """Yield the rows of the hidden sheet, the header first."""
    yield (*HEAD, "text")
    said = {
        "format": FORMAT,
        "pull": mark.pull_id,
        "target": mark.target,
        "kind": mark.kind,
        "names": mark.names,
    }
    yield (_PULL, "", "", "", "", *_texts(said))
    for offer in offers:
        receipt = offer.receipt
        yield (
            *(_ENTITY, receipt.instance_id, receipt.etag, receipt.at_id, offer.name),
            *_texts(offer.offer),
        )


def _texts(value: Any) -> list[str]:
    """Return JSON in pieces that a cell holds; only ASCII, so that no program changes it."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    plain = "".join(letter if letter.isascii() else _escaped(letter) for letter in text)
    return [plain[at : at + LETTERS] for at in range(0, len(plain), LETTERS)]


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def read_mark(path: Path) -> PullMark | None:
    """Return what a workbook says of its pull; None where it says nothing that can be read."""
    for what, _, text in _read(path):
        if what != _PULL:
            return None
        said = _object(text)
        names = said.get("names")
        if said.get("format") != FORMAT or not isinstance(names, Mapping):
            return None
        return PullMark(
            pull_id=str(said.get("pull")),
            target=str(said.get("target")),
            kind=str(said.get("kind")),
            names=names,
        )
    return None


def read_offers(path: Path) -> Iterator[RemoteOffer]:
    """Yield the objects as they were pulled; one that is damaged is left out."""
    for what, (remote_id, etag, at_id, name), text in _read(path):
        found = _object(text) if what == _ENTITY else {}
        if found:
            receipt = Receipt(instance_id=remote_id, at_id=at_id, etag=etag)
            yield RemoteOffer(receipt=receipt, name=name, offer=found)


def _read(path: Path) -> Iterator[tuple[str, tuple[str, str, str, str], str]]:
    options = ReadOptions(sheet=BASE_SHEET, header_row=1)
    try:
        with open_source(str(path), options) as source:
            for table in source.tables():
                for chunk in table.chunks:
                    for cells in chunk.frame.itertuples(index=False):
                        what, remote_id, etag, at_id, name, *texts = map(str, cells)
                        yield what, (remote_id, etag, at_id, name), "".join(texts)
    except SourceError:
        return


def _object(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
