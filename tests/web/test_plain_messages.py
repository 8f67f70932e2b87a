"""Messages of the loader on the page: no command line, and what to do there instead."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from loader.messages.catalogue import ANSWERS, CODES, NOTICES, REFUSALS
from loader.web.plain_messages import without_commands

LOADER = Path(str(files("loader")))
OF_A_COMMAND = re.compile(r"(?<![\w-])--[a-z]|`loader |the same command")
NOT_ON_A_PAGE = ("cli", "web", "inbox", "settings", "messages")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A date is missing", "A date is missing"),
        (
            (
                'close it, or double it (write "" for a quote inside a cell);'
                " where quotes are characters like any other, give --quoting none"
            ),
            (
                'close it, or double it (write "" for a quote inside a cell).'
                " To be sure, save the file as a workbook (.xlsx) and drop it again."
            ),
        ),
        (
            (
                "1/2/26 has more than one meaning; expected 2026-02-01, or --date-format to name"
                " the format of the file"
            ),
            "1/2/26 has more than one meaning; expected 2026-02-01.",
        ),
        (
            "the journal j is locked: wait until it has ended, or give another --journal PATH",
            "the journal j is locked: wait until it has ended. Ask the person who runs the loader.",
        ),
        (
            'this is still the example row: "delete the row"; change it, or delete the row',
            'this is still the example row: "delete the row"; change it, or leave the row out',
        ),
        ('"--encoding; or --zone" is not allowed', '"--encoding; or --zone" is not allowed'),
        (
            "wait until it has ended (--wait). It is replaced",
            "wait until it has ended. It is replaced.",
        ),
        (
            "finish it with `loader resume r1`, then plan again; or wait",
            (
                "or wait. Go on with that run on its page, under “Sent so far”; one that is only"
                " planned is sent from the plan of its sheet."
            ),
        ),
        ("give --mapping", "Match the columns: say what each one is, or that it is not read."),
    ],
)
def test_what_a_command_does_is_said_as_the_page_does_it(text: str, said: str) -> None:
    assert without_commands(text) == said


def test_no_message_of_the_loader_names_a_command_on_the_page() -> None:
    texts = {*_of_catalogues(), *_of_code()}
    named = {text for text in texts if OF_A_COMMAND.search(text)}

    assert len(named) > 50
    assert {
        text: without_commands(text)
        for text in named
        if OF_A_COMMAND.search(without_commands(text))
    } == {}


def _of_catalogues() -> Iterator[str]:
    for codes in (CODES, REFUSALS, NOTICES, ANSWERS):
        for code in codes.values():
            yield from (code.message, code.cure)


def _of_code() -> Iterator[str]:
    """Yield every text in the code; what is filled in is X."""
    for path in sorted(LOADER.rglob("*.py")):
        if not {*NOT_ON_A_PAGE} & {*path.relative_to(LOADER).parts}:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                elif isinstance(node, ast.JoinedStr):
                    parts = (
                        each.value if isinstance(each, ast.Constant) else "X"
                        for each in node.values
                    )
                    yield "".join(map(str, parts))
