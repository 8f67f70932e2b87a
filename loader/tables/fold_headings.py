"""Compare headings and words whatever their case, accents, spaces or punctuation."""

import re
import unicodedata


def fold(heading: str) -> str:
    """Return a heading without what may differ: case, width, accents, spaces, punctuation."""
    plain = unicodedata.normalize("NFKD", heading).casefold()
    plain = re.sub("[\u0300-\u036f]", "", plain)
    return re.sub(r"[\W_]+", "_", unicodedata.normalize("NFC", plain)).strip("_")
