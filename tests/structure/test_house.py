"""The house keeps its shape: file sizes, links that lead somewhere, no path of any machine."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "loader").rglob("*.py"))
DOCUMENTS = sorted(
    path.relative_to(ROOT) for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
)
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_says_its_idea_and_has_only_one(module: Path) -> None:
    text = (ROOT / module).read_text("utf-8")

    assert not text or ast.get_docstring(ast.parse(text))
    assert text.count("\n") <= 350


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_somewhere(document: Path) -> None:
    broken = [
        target
        for target in LINK.findall((ROOT / document).read_text("utf-8"))
        if not (ROOT / document).parent.joinpath(target).exists()
    ]

    assert broken == []


def test_the_guide_to_the_code_names_every_folder() -> None:
    guide = (ROOT / "docs" / "concepts.md").read_text("utf-8")
    folders = {path.parts[1] for path in MODULES if len(path.parts) > 2}

    assert {folder for folder in folders if f"| `{folder}/` |" not in guide} == set()


def test_the_guide_to_the_code_names_every_module_beside_the_folders_and_every_table() -> None:
    guide = (ROOT / "docs" / "concepts.md").read_text("utf-8")
    modules = {path.name for path in MODULES if len(path.parts) == 2 and path.stem[0] != "_"}
    schema = (ROOT / "loader/journal/sqlite/schema.sql").read_text("utf-8")
    tables = set(re.findall(r"^CREATE TABLE (\w+)", schema, re.MULTILINE))

    assert {name for name in modules | tables if f"`{name}`" not in guide} == set()


def test_no_module_of_tests_imports_another() -> None:
    """What several need is in a module without tests, so that its tests are not bound to it."""
    imports = [
        (path.name, name)
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in _imported(node)
        if re.search(r"(^|\.)test_", name) and name != "aiohttp.test_utils"
    ]

    assert imports == []


def _imported(node: ast.AST) -> list[str]:
    """Return what a statement imports: modules, and names that may be modules."""
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or "", *(each.name for each in node.names)]
    return []


PACKAGES = sorted(path for path in MODULES if path.name == "__init__.py")


@pytest.mark.parametrize("package", PACKAGES, ids=str)
def test_a_package_lists_no_module_that_does_not_exist(package: Path) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / package).read_text("utf-8"))) or ""
    listed = re.findall(r"^(\w+(?:, \w+)*) {2,}\S", docstring, re.MULTILINE)
    there = {path.stem for path in (ROOT / package).parent.iterdir()}

    assert {name for names in listed for name in names.split(", ")} <= there
