"""What lies in docs/ and templates/ is what the definitions make."""

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from loader.model import Dialect
from loader.offer.entity import FALLBACK_OFFER
from loader.results.columns import (
    CHANGES_COLUMN,
    DETAIL_COLUMNS,
    NEUTRALISED_COLUMN,
    OUTCOME_COLUMNS,
    PART_COLUMN,
    PAYLOAD_COLUMN,
)
from loader.results.summary_sheet import _MEANING
from loader.settings import load_settings
from loader.source import ReadOptions, open_source
from loader.template import write_template
from loader.validation.check import CheckOptions, check
from loader.validation.header import match_columns
from loader.validation.payloads import payloads
from loader.validation.references import Catalogue, Placement, Register, Tag
from tools.reference import PAGES, TEMPLATES

ROOT = Path(__file__).parents[2]
CATALOGUE = Catalogue(
    placements=Register([Placement(id="dps:offer-placement:1", name="Web banner", kind="html")]),
    tags=Register([Tag(id="dps:tag:1", name="Spring")]),
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_what_its_definition_makes(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") == PAGES[path](), "run: python -m tools.reference"


@pytest.mark.parametrize("path", TEMPLATES)
def test_a_template_is_what_the_schema_makes_and_its_example_is_valid(
    path: str, tmp_path: Path
) -> None:
    made = tmp_path / Path(path).name
    write_template(made, FALLBACK_OFFER)

    for file in (ROOT / path, made):
        with open_source(str(file), ReadOptions()) as source:
            for table in source.tables():
                chunk = next(iter(table.chunks))
        assert list(table.header) == [*FALLBACK_OFFER.template.example]
        assert [chunk.frame[position].iat[0] for position in chunk.frame] == [
            *FALLBACK_OFFER.template.example.values()
        ]
        columns = match_columns(table.header, FALLBACK_OFFER.fields)
        options = CheckOptions(entity=FALLBACK_OFFER, catalogue=CATALOGUE)
        checked = check(chunk, columns, sheet=table.sheet, options=options)
        assert [error.code for error in checked.errors] == ["example-row"]
        changed = replace(chunk, frame=chunk.frame.replace("Free shipping", "Free delivery"))
        checked = check(changed, columns, sheet=table.sheet, options=options)
        assert checked.errors == ()
        assert len(list(payloads(checked, Dialect.DPS))) == 1


def test_the_workbook_has_comments_dropdowns_and_a_frozen_header() -> None:
    book = openpyxl.load_workbook(ROOT / "templates/offers.xlsx")
    sheet = book["Offers"]

    assert book.sheetnames == ["Offers", "Instructions"]
    assert sheet.freeze_panes == "A2"
    assert all(cell.comment for cell in sheet[1][:-1])
    lists = {rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert lists == {'"draft,approved"', '"html,image,text,json"'}
    (rule,) = (rule for each in sheet.conditional_formatting for rule in each.rules)
    assert rule.formula == ['$A$2="Free shipping"']  # yellow until it is changed
    assert rule.dxf.fill.bgColor.rgb == "FFFFF2CC"


def test_the_rows_of_the_instructions_are_as_high_as_their_text() -> None:
    sheet = openpyxl.load_workbook(ROOT / "templates/offers.xlsx")["Instructions"]

    for number, (_, text) in enumerate(sheet.iter_rows(values_only=True), start=1):
        if text and text != "What goes in":
            assert (sheet.row_dimensions[number].height or 15) >= 15 * len(str(text)) / 100


def test_the_page_of_results_explains_every_column_and_status() -> None:
    page = (ROOT / "docs/results.md").read_text("utf-8")
    columns = [*OUTCOME_COLUMNS, *DETAIL_COLUMNS, PART_COLUMN, CHANGES_COLUMN, PAYLOAD_COLUMN]
    columns.append(NEUTRALISED_COLUMN)

    assert [
        name for name in (*columns, *_MEANING.keys() - {"parts"}) if f"`{name}`" not in page
    ] == []


def test_the_example_of_loader_toml_can_be_used(tmp_path: Path) -> None:
    page = (ROOT / "docs/settings.md").read_text("utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    (tmp_path / "loader.toml").write_text(example.replace("client_secret_file", "# "))
    variables = {"LOADER_CLIENT_SECRET": "not-so-secret"}

    for profile, sandbox in (("default", "dev"), ("prod", "prod")):
        settings = load_settings(
            environment=variables, config=str(tmp_path / "loader.toml"), profile=profile
        )
        assert settings.sandbox_name == sandbox
