"""`loader explain`: what a code means and what to do, or a page of the manual."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

import click

from loader.cli.output.terminal import echo, is_read_by_person
from loader.errors import ExitCode

if TYPE_CHECKING:
    from loader.messages.catalogue import Code

_RENAMED: Final = {"profiles": "mappings"}  # pages that had another name
_EXIT: Final = re.compile(r"(?:exits?(?:-?codes?)?-?)(?P<number>\d+)?|(?P<alone>\d+)")
_WRAPPED: Final[Any] = {"width": 100, "subsequent_indent": "  ", "break_on_hyphens": False}
_FOLDERS: Final = (  # where the pages are: in the installed package, in a checkout
    Path(__file__).parents[2] / "docs",
    Path(__file__).parents[3] / "docs",
)


@click.command()
@click.argument("topics", nargs=-1, metavar="[CODE|PAGE|exit [N]]")
def explain(*, topics: tuple[str, ...]) -> int:
    """Explain a code that a message ends with, an exit code, or show a page of the manual.

    Without an argument: list the pages and the codes.
    """
    topic = "-".join(topics)
    pages = {path.stem: path for folder in _FOLDERS for path in sorted(folder.glob("*.md"))}
    causes = dict(_causes())
    if not topic:
        echo(fill(f"pages: {', '.join(pages)}", **_WRAPPED))
        echo(fill(f"codes: {', '.join(sorted(causes))}", **_WRAPPED))
        echo("exit codes: loader explain exit")
        return ExitCode.OK
    if asked := _EXIT.fullmatch(topic.strip("[]").lower()):
        echo(_exit_code_meaning(asked["number"] or asked["alone"]))
        return ExitCode.OK
    topic = _RENAMED.get(topic, topic)
    topic = re.sub(r"(?i)^http-\d{3}$", "http-NNN", topic.strip("[]"))
    page = pages.get(topic.removesuffix(".md"))
    if topic in causes:  # a few words are both: the page follows
        echo(causes[topic] + ("\n" if page else ""))
    if page:
        _show(_without_file_links(page.read_text("utf-8")))
    if not page and topic not in causes:
        raise click.UsageError(f"nothing is called {topic!r}{_nearest(topic, {**causes, **pages})}")
    return ExitCode.OK


def _exit_code_meaning(number: str | None) -> str:
    """Return what an exit code means; all of them where none is named."""
    from loader.messages.catalogue import EXITS

    if number is None:
        return "\n\n".join(map(_format_code, EXITS.values()))
    entry = EXITS.get(f"exit-{int(number)}")
    if entry is None:
        known = ", ".join(code.removeprefix("exit-") for code in EXITS)
        raise click.UsageError(f"no command ends with {number}; there are {known}")
    return _format_code(entry)


def _format_code(entry: "Code") -> str:
    return f"{entry.code}: {entry.cause}\nCure: {entry.cure}"


def _causes() -> Iterator[tuple[str, str]]:
    from loader.messages.catalogue import ANSWERS, CODES, NOTICES, REFUSALS

    for table in (CODES, ANSWERS, REFUSALS, NOTICES):
        for entry in table.values():
            yield entry.code, _format_code(entry)


def _without_file_links(page: str) -> str:
    """Replace links to other pages by the command that shows them; drop links to files."""
    page = re.sub(r"\[([^\]]+)\]\(([a-z-]+)\.md(?:#[^)]*)?\)", r"\1 (`loader explain \2`)", page)
    return re.sub(r"\[([^\]]+)\]\((?!http)[^)]+\)", r"\1", page)


def _show(page: str) -> None:
    """Show a page: laid out for a person, as it is for a pipe."""
    if not is_read_by_person():
        echo(page)
        return
    from rich.console import Console  # only where it is shown
    from rich.markdown import Markdown

    console = Console(color_system=None, emoji=False)
    with console.capture() as capture:
        console.print(Markdown(page, hyperlinks=False))
    echo("\n".join(line.rstrip() for line in capture.get().splitlines()))


def _nearest(topic: str, known: Collection[str]) -> str:
    from difflib import get_close_matches  # only needed after a mistake

    near = get_close_matches(topic, known, n=3)
    return (
        f"; did you mean {' or '.join(near)}?" if near else "; `loader explain` lists what there is"
    )
