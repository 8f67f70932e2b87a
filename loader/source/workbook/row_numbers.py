"""Some rows of a sheet, as a byte for each of its rows: a filtered sheet may hide a million."""

from collections.abc import Collection, Iterable, Iterator


class RowNumbers(Collection[int]):
    """Row numbers, in their order."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._flags = bytearray()
        self.update(numbers)

    def add(self, number: int) -> None:
        """Add a row; twice is once."""
        missing = number + 1 - len(self._flags)
        if missing > 0:
            self._flags.extend(bytes(missing))
        self._flags[number] = 1

    def update(self, numbers: Iterable[int]) -> None:
        """Add rows."""
        for number in numbers:
            self.add(number)

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self._flags[number : number + 1] == b"\1"

    def __iter__(self) -> Iterator[int]:
        number = self._flags.find(1)
        while number >= 0:
            yield number
            number = self._flags.find(1, number + 1)

    def __len__(self) -> int:
        return self._flags.count(1)
