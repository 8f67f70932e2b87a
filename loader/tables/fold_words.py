"""Words of people compared: whatever their case, blanks around, and how accents are stored.

One function for a cell and for the word it is compared with: Arrow lowers some letters (İ, the last
Σ of a word) otherwise than Python.
"""

import unicodedata


def fold_word(word: str) -> str:
    """Return a word without what may differ: case, blanks around, composed or separate accents."""
    folded = unicodedata.normalize("NFC", word.strip()).casefold()
    return unicodedata.normalize("NFC", folded)
