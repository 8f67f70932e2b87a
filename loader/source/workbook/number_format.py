"""What the number format of a cell makes of its number: a date, a time, or digits as shown.

Numbers whose format makes an identifier of them (leading zeros, separators between digits) are
taken as they are shown. Other formats, and the section for texts, are only rendered to see whether
what is shown differs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import overload

from loader.source.workbook.moment_parts import DATE, DATE_AND_TIME, TIME, parts_shown
from loader.tables.chunk import CellKind

EAST_ASIAN_DATES = {*range(27, 32), 36, *range(50, 59)}
EAST_ASIAN_TIMES = {*range(32, 36)}
BUILTIN_CODES = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '"$"#,##0_);\\("$"#,##0\\)',
    6: '"$"#,##0_);[Red]\\("$"#,##0\\)', 7: '"$"#,##0.00_);\\("$"#,##0.00\\)',
    8: '"$"#,##0.00_);[Red]\\("$"#,##0.00\\)', 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: "# ?/?", 13: "# ??/??", 14: "m/d/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yyyy h:mm",
    37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)",
    41: '_(* #,##0_);_(* \\(#,##0\\);_(* "-"_);_(@_)',
    42: '_("$"* #,##0_);_("$"* \\(#,##0\\);_("$"* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* \\(#,##0.00\\);_(* "-"??_);_(@_)',
    44: '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0",
}  # fmt: skip
GENERAL_CODES = {"", "general", "standard", "@"}
TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.'
    r"|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]|\[(?P<bracket>[^\]]*)\]"
    r"|(?P<exponent>[Ee][+-])|(?P<general>general)|(?P<digit>[0#?])|(?P<char>.)",
    re.IGNORECASE | re.DOTALL,
)
ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
COLOUR = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|color *\d+", re.IGNORECASE)
LONGEST = 255  # of a format code, in Excel
EXACT = Context(prec=700, rounding=ROUND_HALF_UP)
THE_TEXT = "@"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One of the parts of a format: its digits, and the literal text among them."""

    whole: tuple[str, ...] = ()  # left of the decimal point: placeholders, and literals after a '
    fraction: tuple[str, ...] = ()  # and right of it
    thousands: bool = False
    scale: int = 0  # powers of ten that the number is shifted by: 2 for a percentage


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """What a number format makes of a number. No sections: General."""

    kind: CellKind = CellKind.NUMBER
    code: str = ""
    elapsed: bool = False  # a duration, which may have more than 24 hours
    parts: frozenset[str] = DATE_AND_TIME  # of a date or a time, that are shown
    texts: tuple[str, ...] | None = (THE_TEXT,)  # and literals after a '; None: not understood
    sections: tuple[Section, ...] = ()
    is_understood: bool = True
    is_identifier: bool = False

    def shown(self, number: Decimal) -> str | None:
        """Return what is shown of a number, without blanks around; None: not known."""
        if not self.is_understood:
            return None
        section, sign = self._section(number)
        if _is_shown_variously(section, number):
            return None
        return (sign + _rendered(section, abs(number))).strip()

    def shown_text(self, text: str) -> str | None:
        """Return what is shown of a text, without blanks around; None: not known."""
        if self.texts is None:
            return None
        return "".join(text if item == THE_TEXT else item[1:] for item in self.texts).strip()

    @property
    def changes_texts(self) -> bool:
        """Tell whether a text may be shown otherwise than it is."""
        return self.texts != (THE_TEXT,)

    def _section(self, number: Decimal) -> tuple[Section, str]:
        count = len(self.sections)
        if number < 0:
            return (self.sections[1], "") if count > 1 else (self.sections[0], "-")
        if number == 0 and count > 2:
            return self.sections[2], ""
        return self.sections[0], ""


GENERAL = NumberFormat()


class Formats(Sequence[NumberFormat]):
    """The number formats of styles, each worked out when a cell has it: a file may have many."""

    def __init__(self, ids: Sequence[int], codes: Mapping[int, str]) -> None:
        self._ids, self._codes = ids, codes
        self._known: dict[int, NumberFormat] = {}

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> NumberFormat: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[NumberFormat]: ...
    def __getitem__(self, index: int | slice) -> NumberFormat | Sequence[NumberFormat]:
        if isinstance(index, slice):
            return Formats(self._ids[index], self._codes)
        id_ = self._ids[index]
        if id_ not in self._known:
            self._known[id_] = number_format(id_, self._codes)
        return self._known[id_]


def number_format(format_id: int, codes: Mapping[int, str]) -> NumberFormat:
    """Return what the number format does; `codes` are those that the file defines."""
    if format_id in codes:
        return format_of_code(codes[format_id])
    if format_id in EAST_ASIAN_DATES:
        return NumberFormat(kind=CellKind.DATE, code=str(format_id), parts=frozenset(DATE))
    if format_id in EAST_ASIAN_TIMES:
        return NumberFormat(kind=CellKind.TIME, code=str(format_id), parts=frozenset(TIME))
    return format_of_code(BUILTIN_CODES.get(format_id, ""))


def format_of_code(code: str) -> NumberFormat:
    """Return what a format code does."""
    code = code[:LONGEST]
    if code.strip().lower() in GENERAL_CODES:
        return GENERAL
    parts = _split(code)
    return replace(_moment(parts[0], code) or _quantity(parts, code), texts=_texts(parts))


def _quantity(parts: list[list["re.Match[str]"]], code: str) -> NumberFormat:
    sections = [_parsed(part) for part in parts[:3]]
    found = tuple(section for section in sections if section is not None)
    return NumberFormat(
        code=code,
        sections=found,
        is_understood=len(found) == len(sections),
        is_identifier=len(found) == len(sections) and _is_identifier(found[0]),
    )


def _split(code: str) -> list[list["re.Match[str]"]]:
    """Return the tokens of each section."""
    parts: list[list[re.Match[str]]] = [[]]
    for token in TOKEN.finditer(code):
        if token["char"] == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _moment(tokens: list["re.Match[str]"], code: str) -> NumberFormat | None:
    """Return the format if its letters are of a date or a time."""
    letters = "".join(token["char"] or "" for token in tokens).lower()
    elapsed = any(ELAPSED.fullmatch(token["bracket"] or "") for token in tokens)
    letters = letters.replace("am/pm", "h").replace("a/p", "h")
    has_time = elapsed or bool(re.search("[hs]", letters))
    is_date = bool(re.search("[ydg]", letters)) or ("m" in letters and not has_time)
    if not (is_date or has_time):
        return None
    parts = parts_shown("".join(map(_unit, tokens)))
    if parts is None:
        parts = frozenset((*DATE * is_date, *TIME * has_time))
    kind = CellKind.DATE if is_date else CellKind.TIME
    return NumberFormat(kind=kind, code=code, elapsed=elapsed and not is_date, parts=parts)


def _unit(token: "re.Match[str]") -> str:
    """Return a token as the letters of dates and times have it."""
    if token["bracket"] is not None:
        return f"[{token['bracket']}]".lower() if ELAPSED.fullmatch(token["bracket"]) else " "
    return (token["char"] or token["digit"] or (token["exponent"] or " ")[:1]).lower()


def _texts(parts: list[list["re.Match[str]"]]) -> tuple[str, ...] | None:
    """Return what is shown of a text: the fourth section, or a last one that has an @."""
    if len(parts) < 4 and not any(token["char"] == THE_TEXT for token in parts[-1]):
        return (THE_TEXT,)
    found: list[str] = []
    for token in parts[min(len(parts), 4) - 1]:
        literal = _literal(token)
        if token["char"] == THE_TEXT or token["general"]:
            found.append(THE_TEXT)
        elif literal is None or token["digit"]:
            return None
        elif literal.strip():
            found.append("'" + literal)
    return tuple(found)


def _parsed(tokens: list["re.Match[str]"]) -> Section | None:
    """Return the section, or None where it holds what is not understood."""
    sides: tuple[list[str], list[str]] = ([], [])
    side, commas, thousands, scale = 0, 0, False, 0
    for token in tokens:
        literal = _literal(token)
        if token["digit"]:
            thousands = thousands or commas > 0
            commas = 0
            sides[side].append(token["digit"])
        elif token["char"] == "." and side == 0:
            side = 1
        elif token["char"] == ",":
            commas += 1
        elif literal is None:
            return None
        else:
            scale += 2 * (literal == "%" and token["char"] == "%")
            sides[side].append("'" + literal)
    return Section(
        whole=tuple(sides[0]),
        fraction=tuple(sides[1]),
        thousands=thousands,
        scale=scale - 3 * commas,
    )


def _literal(token: "re.Match[str]") -> str | None:
    """Return the text that a token adds; None where it does something else."""
    for name in ("quoted", "escaped", "currency"):
        if token[name] is not None:
            return str(token[name])
    if token["bracket"] is not None:
        return "" if COLOUR.fullmatch(token["bracket"]) else None
    if token["exponent"] or token["general"]:
        return None
    char = str(token["char"] or "")
    return None if char.isalpha() or char in {"/", "@"} else char


def _is_identifier(section: Section) -> bool:
    """Tell whether the digits are shown as a code, not as a quantity."""
    if section.fraction or section.thousands or section.scale:
        return False
    places = [index for index, item in enumerate(section.whole) if not _is_literal(item)]
    if not places:
        return False
    between = section.whole[places[0] : places[-1]]
    before = "".join(section.whole[: places[0]])
    return (
        section.whole.count("0") > 1
        or any(_is_literal(item) and item != "'" for item in between)
        or any(character.isdigit() for character in before)
    )


def _is_shown_variously(section: Section, number: Decimal) -> bool:
    """Tell whether a # behind a 0 has no digit: Excel fills it with a zero, others do not."""
    places = "".join(item for item in section.whole if not _is_literal(item))
    behind = places.partition("0")[2]
    filled = len(str(abs(int(number.scaleb(section.scale)))).lstrip("0"))
    return not section.thousands and "#" in behind[: max(0, len(behind) - filled)]


def _rendered(section: Section, number: Decimal) -> str:
    places = sum(not _is_literal(item) for item in section.fraction)
    shifted = EXACT.scaleb(number, section.scale)
    rounded = EXACT.quantize(shifted, Decimal(1).scaleb(-places))
    whole, _, fraction = format(rounded, "f").partition(".")
    text = _whole(section, whole.lstrip("0"))
    return f"{text}.{_fraction(section.fraction, fraction)}" if section.fraction else text


def _whole(section: Section, digits: str) -> str:
    """Put digits into the placeholders, from the right; those that are too many come first."""
    places = [item for item in section.whole if not _is_literal(item)]
    if "0" in places:
        digits = digits.rjust(len(places) - places.index("0"), "0")
    if section.thousands:
        groups = [digits[max(0, end - 3) : end] for end in range(len(digits), 0, -3)]
        digits = ",".join(reversed(groups))
        shown = [digits]
    else:
        first = max(0, len(digits) - len(places) + 1)
        shown = [digits[:first], *digits[first:]] if first else list(digits)
        shown = [""] * (len(places) - len(shown)) + shown
    rest = iter(shown)
    return "".join(
        item[1:] if _is_literal(item) else next(rest, "") or (" " if item == "?" else "")
        for item in section.whole
    )


def _fraction(items: tuple[str, ...], digits: str) -> str:
    places = [item for item in items if not _is_literal(item)]
    wanted = (i for i, place in enumerate(places) if place == "0" or digits[i:].strip("0"))
    rest = iter(digits[: max(wanted, default=-1) + 1])
    return "".join(item[1:] if _is_literal(item) else next(rest, "") for item in items)


def _is_literal(item: str) -> bool:
    return item.startswith("'")
