"""Columns as a spreadsheet names them (0 is "A", 26 is "AA"), and their headings in messages."""

MOST_OF_HEADING = 60


def column_letters(position: int) -> str:
    """Return the letters of the column at `position` (0 is "A")."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_position(letters: str) -> int:
    """Return the position of the column with these letters, in any case ("A" is 0)."""
    position = 0
    for letter in letters.upper():
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1


def position_in(cell: str) -> int | None:
    """Return the position of the column in an address: 5 for "Offers!F17", None for ""."""
    letters = cell.rpartition("!")[2].rstrip("0123456789")
    return column_position(letters) if letters else None


def short_heading(heading: str) -> str:
    """Return a heading for a message: it may be a whole text by mistake."""
    heading = heading.strip()
    return heading if len(heading) <= MOST_OF_HEADING else f"{heading[:MOST_OF_HEADING]}…"
