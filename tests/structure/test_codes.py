"""Every code that the loader gives is documented, with a heading to link to."""

import ast
import re
from pathlib import Path

from loader import errors
from loader.api.fault import Fault
from loader.api.outcome import CODES as BY_STATUS
from loader.errors import LoaderError
from loader.messages.catalogue import ANSWERS, CODES, EXITS, NOTICES, REFUSALS
from tests.corpus import CASES

ROOT = Path(__file__).parents[2]
OURS = sorted(
    path
    for path in (ROOT / "loader").rglob("*.py")
    if "sandbox" not in path.parts and not path.name.endswith("codes.py")
)
REFUSING = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, LoaderError)
}
READERS_ERRORS = {"RawProblem", "CellProblem"}
CATALOGUES = {"Notice": NOTICES, "Remark": NOTICES, "RowError": CODES, "RawProblem": CODES}


def given_codes() -> list[tuple[str, str]]:
    """(what is made, its code) for every call that names a code in words."""
    return [
        (getattr(node.func, "id", ""), word.value.value)
        for path in OURS
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "code" and isinstance(word.value, ast.Constant) and word.value.value
    ]


def test_every_code_in_the_source_is_in_the_catalogue_of_its_kind() -> None:
    known = {**CODES, **REFUSALS, **NOTICES, **ANSWERS, "created": None}
    catalogues = {**CATALOGUES, **dict.fromkeys(REFUSING, REFUSALS)}

    strange = [
        (made, code) for made, code in given_codes() if code not in catalogues.get(made, known)
    ]

    assert len(given_codes()) > 80
    assert strange == []


def test_every_kind_of_refusal_and_every_answer_of_the_api_has_its_code() -> None:
    classes = {getattr(errors, name).code for name in REFUSING}
    answers = {*BY_STATUS.values(), *Fault}

    assert classes <= REFUSALS.keys()
    assert answers <= ANSWERS.keys()


def test_every_exit_code_has_its_entry() -> None:
    assert list(EXITS) == [f"exit-{int(code)}" for code in errors.ExitCode]


def test_a_code_stands_for_one_thing_and_has_a_heading_of_its_own() -> None:
    page = (ROOT / "docs/errors.md").read_text("utf-8")
    headings = re.findall(r"^### (\S+)$", page, re.MULTILINE)

    assert sorted(headings) == sorted([*CODES, *REFUSALS, *NOTICES, *ANSWERS, *EXITS])
    assert len(set(headings)) == len(headings)
    assert all(re.fullmatch(r"[a-z0-9-]+|http-NNN", heading) for heading in headings)


def test_every_error_of_a_reader_is_in_a_file_of_the_corpus() -> None:
    """There it is proven that its row must be confirmed in a workbook of rows to fix."""
    made = {
        word.value
        for path in (ROOT / "loader" / "source").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in READERS_ERRORS
        for word in (*node.args, *(each.value for each in node.keywords if each.arg == "code"))
        if isinstance(word, ast.Constant) and word.value in CODES
    }
    found = {code for case in CASES for _, _, code in case.problems}

    assert len(made) > 10
    assert made - found == set()
