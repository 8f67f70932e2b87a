"""Chunks that were read on another machine, on their way to the one that plans.

What both machines have anyway, the kind of entity and its fields, is only named.
"""

import io
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from loader.model import Payload
from loader.run.reading.read_chunk import ReadChunk
from loader.tables.chunk import without_rows
from loader.validation.entity import Entity

_ENTITY: Final = "entity"
_FIELDS: Final = "fields"


def pack(chunk: ReadChunk, entity: Entity) -> bytes:
    """Return a chunk with what its rows send, as bytes."""
    whole = replace(
        chunk,
        table=without_rows(chunk.table),
        make_payloads=partial(_iterate, tuple(chunk.make_payloads())),
    )
    file = io.BytesIO()
    _Packer(file, entity).dump(whole)
    return file.getvalue()


def unpack(given: bytes, entity: Entity) -> ReadChunk:
    """Return the chunk of some bytes, which came from one of our workers."""
    chunk: ReadChunk = _Unpacker(io.BytesIO(given), entity).load()
    return chunk


def _iterate(payloads: Sequence[Payload]) -> Iterator[Payload]:
    return iter(payloads)


def _read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, entity: Entity) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._entity = entity

    def persistent_id(self, each: Any) -> str | None:
        """Name what the other machine has."""
        if each is self._entity:
            return _ENTITY
        return _FIELDS if each is self._entity.fields else None

    def reducer_override(self, each: Any) -> Any:
        """Return how to rebuild a read-only mapping."""
        if isinstance(each, MappingProxyType):
            return _read_only, (dict(each),)
        return NotImplemented


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, entity: Entity) -> None:
        super().__init__(file)
        self._entity = entity

    def persistent_load(self, name: str) -> Any:
        """Return what was only named."""
        return {_ENTITY: self._entity, _FIELDS: self._entity.fields}[name]
