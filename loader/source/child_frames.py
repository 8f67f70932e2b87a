"""How tables travel from the parsers' process: frames of JSON and Arrow, nothing that can run.

    one letter, eight bytes of length, the payload
    H  head (JSON)   B  batch (Arrow stream; problems and kinds in its metadata)   E  error (JSON)
    D  done: what ends without it was cut off

No pickle in this direction, because that process has read what strangers wrote.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

import orjson
import pyarrow as pa

from loader.model import RowError
from loader.source.parsed_rows import Batch, Remark, TableHead

HEADER = struct.Struct(">cQ")


def write_frame(out: BinaryIO, letter: bytes, payload: bytes) -> None:
    """Write one frame."""
    out.write(HEADER.pack(letter, len(payload)))
    out.write(payload)
    out.flush()


def write_event(out: BinaryIO, event: TableHead | Batch) -> None:
    """Write a head or a batch."""
    if isinstance(event, TableHead):
        write_frame(out, b"H", orjson.dumps(event))
        return
    kinds = {str(position): codes.hex() for position, codes in enumerate(event.kinds) if codes}
    metadata = {b"kinds": orjson.dumps(kinds), b"problems": orjson.dumps(event.problems)}
    names = ["numbers", *(str(position) for position in range(len(event.columns)))]
    table = pa.record_batch([event.numbers, *event.columns], names=names)
    table = table.replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_batch(table)
    write_frame(out, b"B", sink.getvalue().to_pybytes())


def read_frames(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield the frames of a stream, until it ends."""
    while len(header := stream.read(HEADER.size)) == HEADER.size:
        letter, length = HEADER.unpack(header)
        payload = stream.read(length)
        if len(payload) < length:
            return
        yield letter, payload


def read_event(letter: bytes, payload: bytes) -> TableHead | Batch:
    """Return the head or the batch of a frame."""
    if letter == b"H":
        head = orjson.loads(payload)
        return TableHead(
            sheet=head["sheet"],
            header=tuple(head["header"]),
            header_row=head["header_row"],
            remarks=tuple(Remark(**remark) for remark in head["remarks"]),
        )
    with pa.ipc.open_stream(payload) as reader:
        table = reader.read_next_batch()
        metadata = reader.schema.metadata
    kinds = orjson.loads(metadata[b"kinds"])
    columns = tuple(table.columns[1:])
    return Batch(
        numbers=table.columns[0],
        columns=columns,
        kinds=tuple(
            bytes.fromhex(kinds[str(p)]) if str(p) in kinds else None for p in range(len(columns))
        ),
        problems=tuple(map(RowError.of_json, orjson.loads(metadata[b"problems"]))),
    )
