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
CELL_CHARACTERS: Final = 30_000  # of one cell, of 32,767 that it holds
HEADER: Final = ("what", "id", "etag", "at_id", "name")
_PULL, _ENTITY = "pull", "entity"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullInfo:
    """Which pull a sheet comes from. `pull_id` is the snapshot in the journal."""

    pull_id: str
    target: str
    kind: str
    names: Mapping[str, Mapping[str, str]]


def hidden_rows(pull: PullInfo, offers: Iterator[RemoteOffer]) -> Iterator[Sequence[str]]:
    """Yield the rows of the hidden sheet, the header first."""
    yield (*HEADER, "text")
    data = {
        "format": FORMAT,
        "pull": pull.pull_id,
        "target": pull.target,
        "kind": pull.kind,
        "names": pull.names,
    }
    yield (_PULL, "", "", "", "", *_json_pieces(data))
    for offer in offers:
        receipt = offer.receipt
        yield (
            *(_ENTITY, receipt.instance_id, receipt.etag, receipt.at_id, offer.name),
            *_json_pieces(offer.offer),
        )


def _json_pieces(value: Any) -> list[str]:
    """Return JSON in pieces that a cell holds; only ASCII, so that no program changes it."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    plain = "".join(letter if letter.isascii() else _unicode_escape(letter) for letter in text)
    return [plain[at : at + CELL_CHARACTERS] for at in range(0, len(plain), CELL_CHARACTERS)]


def _unicode_escape(letter: str) -> str:
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def read_pull_info(path: Path) -> PullInfo | None:
    """Return what a workbook says of its pull; None where it says nothing that can be read."""
    for what, _, text in _read(path):
        if what != _PULL:
            return None
        data = _object(text)
        names = data.get("names")
        if data.get("format") != FORMAT or not isinstance(names, Mapping):
            return None
        return PullInfo(
            pull_id=str(data.get("pull")),
            target=str(data.get("target")),
            kind=str(data.get("kind")),
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
