"""Which encoding the first bytes of a text file suggest, to check the one that was named.

Pure. It recognises what bytes alone prove: UTF-8, UTF-16, UTF-32, and EBCDIC, in which letters have
other numbers. Encodings that share ASCII are not distinguished here.
"""

import codecs
import unicodedata

MARKS = (  # the longer first: UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
EBCDIC = "cp037"
ONE_BYTE = "latin-1"  # stands for all that have one byte for each character
_MOST_ODD = 0.05  # of the characters of a text, control characters and ones that are none
_LEAST_PLAIN = 0.8  # of those of a text in EBCDIC, letters and such of ASCII


def by_mark(start: bytes) -> tuple[str, int] | None:
    """Return the encoding of the byte order mark, and its length."""
    return next(((name, len(mark)) for mark, name in MARKS if start.startswith(mark)), None)


def by_nuls(start: bytes) -> str | None:
    """Recognise UTF-16 and UTF-32 without a mark: in western text most high bytes are NUL."""
    half, quarter = len(start) // 2, len(start) // 4
    if half < 2:
        return None
    nuls = [start[at::4].count(0) for at in range(4)]
    if quarter > 1 and min(nuls[1:]) > quarter * 0.9 and nuls[0] < quarter * 0.05:
        return "utf-32-le"
    if quarter > 1 and min(nuls[:3]) > quarter * 0.9 and nuls[3] < quarter * 0.05:
        return "utf-32-be"
    even, odd = nuls[0] + nuls[2], nuls[1] + nuls[3]
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    return None


def looks_like(start: bytes) -> str | None:
    """Return the encoding that these bytes suggest, or None where they suggest none."""
    marked = by_mark(start)
    if marked is not None:
        return marked[0]
    wide = by_nuls(start)
    if wide is not None:
        return wide
    if _read(start, "utf-8") is not None:
        return "utf-8"
    text = _read(start, EBCDIC) or ""
    plain = sum(each.isascii() and each.isprintable() for each in text)
    is_ebcdic = plain > _LEAST_PLAIN * len(text) and _odd(text) <= _MOST_ODD * len(text)
    return EBCDIC if is_ebcdic else None


def likelier_encoding(start: bytes, name: str) -> str | None:
    """Return the encoding in which these bytes are lines of text while they are not in `name`.

    None also where they are no text in `name` at all, but have a first byte that shows it.
    """
    text = _read(start, name)
    likelier = looks_like(start) or ONE_BYTE
    if text is None or likelier == name or _is_lines_of_text(text):
        return None
    return likelier if _is_lines_of_text(_read(start, likelier) or "") else None


def _read(start: bytes, name: str) -> str | None:
    """Return the text in this encoding, which may be cut at its end; None where it is not."""
    try:
        return codecs.getincrementaldecoder(name)("strict").decode(start)
    except UnicodeError:
        return None


def _is_lines_of_text(text: str) -> bool:
    return ("\n" in text or "\r" in text) and _odd(text) <= _MOST_ODD * len(text)


def _odd(text: str) -> int:
    """Count the control characters that are no white space, and what is no character."""
    odd = sum(unicodedata.category(each) in {"Cc", "Cn", "Co"} for each in text)
    return odd - sum(map(text.count, "\t\r\n\x85"))
