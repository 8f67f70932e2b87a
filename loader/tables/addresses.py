"""Columns as a spreadsheet names them: 0 is "A", 26 is "AA"."""


def column_letters(position: int) -> str:
    """Return the letters of the column at `position` (0 is "A")."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_position(letters: str) -> int:
    """Return the position of the column with these upper-case letters ("A" is 0)."""
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1
