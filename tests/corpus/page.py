"""The list of the corpus at the end of docs/spreadsheets.md: `python -m tests.corpus.page`.

A test compares the page with what is made here, so that no case is without a line, nor a line
without its file.
"""

from pathlib import Path

from tests.corpus import CASES
from tests.corpus.case import Case
from tests.corpus.number_formats import table

PAGE = Path(__file__).parents[2] / "docs/spreadsheets.md"
START = "## Number formats\n"
FORMATS = """
A cell whose format makes a code of its number (zeros in front, separators between the digits) is
sent as it is shown. Otherwise the number is sent with at most 15 digits, and where something else
is shown, the cell has a warning. So has a text that its format shows with more around it or not at
all, and a date or time of which a part is hidden. In .ods, the text that the file says is shown is
what counts. For all of these and the built-in formats, the tests compare what is sent with what
LibreOffice shows.

| format | number | sent | warning |
|---|---|---|---|
"""
CORPUS = "\n## The corpus\n"
LEAD = """
You need not read this list to use the loader. Each line is one file of the test corpus: the first
row that is read (⏎ is a line break), the kinds of its cells, and the findings (errors and warnings)
and notices; or, where the file is refused, words of that message. `python -m tests.corpus.page`
makes it.

| file | | what comes out |
|---|---|---|
"""


def section() -> str:
    """Return the sections about number formats and the corpus."""
    return f"{START}{FORMATS}{table()}{CORPUS}{LEAD}" + "".join(
        f"| {_safe(case.name)} | `{case.suffix}` | {outcome(case)} |\n" for case in CASES
    )


def outcome(case: Case) -> str:
    """Say what comes out of one file."""
    if case.refused:
        return "refused: " + " … ".join(_safe(word) for word in case.refused)
    number, cells = next(iter(case.rows.items()))
    said = [f"row {number}: " + " · ".join(map(_shown, cells))]
    said += sorted({str(kind) for kind in case.kinds.values()})
    said += sorted({f"finding `{code}`" for _, _, code in case.problems})
    said += sorted(f"notice `{code}`" for code in case.notices)
    return "; ".join(said)


def _shown(cell: str) -> str:
    text = cell if len(cell) <= 40 else f"{cell[:20]}… ({len(cell):,} characters)"
    return f"`{_safe(text)}`" if text.strip() else "blank"


def _safe(text: str) -> str:
    text = text.replace("\n", "⏎").replace("\r", "\\r").replace("|", "\\|").replace("`", "'")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def page() -> str:
    """Return the whole page with its section about the corpus made anew."""
    return PAGE.read_text("utf-8").partition(START)[0].rstrip() + f"\n\n{section()}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
