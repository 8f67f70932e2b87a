"""What the first rows of a sheet become through a column profile."""

from typing import Final

from loader.cli.terminal import say, say_table
from loader.run.reports import SheetPreview

_LONGEST: Final = 32  # characters of a cell


def show_preview(preview: SheetPreview) -> None:
    """Show a field a line, a row of the sheet a column."""
    where = " ".join(filter(None, (preview.source, preview.sheet)))
    say(f"{where}, as the column profile makes it:")
    say_table(
        ("field", "from", *(f"row {number}" for number, _ in preview.rows)),
        [
            (field, origin or "(the profile)", *(_short(values[at]) for _, values in preview.rows))
            for at, (field, origin) in enumerate(zip(preview.fields, preview.origins, strict=True))
        ],
    )
    say()


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
