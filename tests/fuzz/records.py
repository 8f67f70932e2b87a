"""Change the records of a part of an .xlsb, and keep most of the stream readable."""

import random

Record = tuple[int, bytes]


def spoil_records(dice: random.Random, data: bytes) -> bytes:
    """Return the stream with a few records changed."""
    records = read_records(data)
    if not records:
        return data
    for _ in range(dice.choice((1, 1, 2, 5))):
        if records:
            _change(dice, records)
    out = b"".join(_written(number, len(content)) + content for number, content in records)
    if dice.random() < 0.2:  # a length that is not true
        at = dice.randrange(len(records) + 1)
        before = b"".join(_written(n, len(c)) + c for n, c in records[:at])
        wrong = dice.choice((0, 1, 300, 1 << 20, (1 << 28) - 1))
        out = before + _written(dice.choice((0, 1, 7, 62, 156, 176)), wrong) + out[len(before) :]
    return out


def read_records(data: bytes) -> list[Record]:
    """Split a stream; what comes after a broken record is left out."""
    records: list[Record] = []
    at = 0
    while at < len(data):
        number, at = _variable(data, at, 2)
        length, at = _variable(data, at, 4)
        records.append((number, data[at : at + length]))
        at += length
    return records


def _change(dice: random.Random, records: list[Record]) -> None:
    at = dice.randrange(len(records))
    number, content = records[at]
    other = dice.choice(records)
    match dice.randrange(7):
        case 0:
            del records[at]
        case 1:
            records[at:at] = [other] * dice.choice((1, 2, 200))
        case 2:
            records[at] = (other[0], content)
        case 3:
            records[at] = (dice.choice((*range(20), 62, 156, 176, 145, 146, 16383)), content)
        case 4:
            records[at] = (number, content[: dice.randrange(len(content) + 1)])
        case 5:
            records[at] = (number, content + bytes(dice.randrange(256) for _ in range(8)))
        case _:
            records[at] = (number, _numbers_changed(dice, content))


def _numbers_changed(dice: random.Random, content: bytes) -> bytes:
    out = bytearray(content)
    if len(out) >= 4:
        at = dice.randrange(len(out) - 3)
        value = dice.choice((0, 1, 2, 255, 16_383, 16_384, 1_048_575, 1_048_576, 2**31, 2**32 - 1))
        out[at : at + 4] = value.to_bytes(4, "little")
    elif out:
        out[dice.randrange(len(out))] = dice.randrange(256)
    return bytes(out)


def _variable(data: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for index in range(most):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            break
    return value, at


def _written(number: int, length: int) -> bytes:
    return _spelt(number, 2) + _spelt(length, 4)


def _spelt(value: int, most: int) -> bytes:
    out = bytearray()
    for _ in range(most):
        byte, value = value & 0x7F, value >> 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            break
    return bytes(out)
