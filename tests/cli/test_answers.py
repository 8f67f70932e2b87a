"""What check and load say of errors: first how often, then which; for machines one line each."""

import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from loader.messages.catalogue import CODES
from loader.tables.invisible import made_visible
from loader.validation.cell_checks import INVISIBLE
from offer_sandbox import SandboxSettings, running_sandbox
from tests.support.workbooks import PLACEMENT, Loader, loader_for, write_offers

ROOT = Path(__file__).parents[2]


@pytest.fixture
def loader(tmp_path: Path) -> Loader:
    (tmp_path / "mistakes.xlsx").write_bytes((ROOT / "samples/mistakes.xlsx").read_bytes())
    return Loader(folder=tmp_path)


def test_a_person_reads_kinds_then_the_first_then_where_all_are_and_what_codes_mean(
    loader: Loader,
) -> None:
    ran = loader.run("check", "mistakes.xlsx", "--errors", "3")

    kinds, first = ran.out.split("the first 3, one by one:")
    assert re.search(
        r"^4 +not-allowed +Offers!E6 type, Offers!C7 status, .*, …$", kinds, re.MULTILINE
    )
    assert len(re.findall(r"^Offers!", first, re.MULTILINE)) == 3
    assert "mistakes.checked.xlsx" in first
    assert "codes    loader explain not-allowed" in ran.out.splitlines()[-1]


@pytest.mark.parametrize("form", ["text", "plain", "github"])
def test_quiet_says_what_went_wrong_and_no_notes(loader: Loader, form: str) -> None:
    options = ("mistakes.xlsx", "--format", form)
    checked, quiet = loader.run("check", *options), loader.run("check", *options, "--quiet")
    loaded = loader.run("load", *options, "--sandbox", "--quiet")

    assert "[no-effect]" in checked.out + checked.err or "title=no-effect" in checked.out
    for each in (quiet, loaded):
        assert each.code == 1
        assert "not-allowed" in each.out
        assert not re.search(r"^(note:|::notice)", each.out + each.err, re.MULTILINE)


def test_a_mistaken_code_may_mean_several(loader: Loader) -> None:
    assert "wrong-columns" in loader.run("explain", "unknown-columns").err


def test_plain_is_one_stable_line_for_each_of_all_errors(loader: Loader) -> None:
    ran = loader.run("check", "mistakes.xlsx", "--format", "plain", "--errors", "0")
    lines = ran.out.splitlines()
    counted = loader.run("check", "mistakes.xlsx", "--json").json["findings"]["counts"]

    shape = re.compile(r"mistakes\.xlsx:Offers![A-Z]+[0-9]+: (error|warning): ([a-z-]+): \S.*")
    codes = Counter(shape.fullmatch(line).groups() for line in lines)
    assert codes == {(each["severity"], each["code"]): each["count"] for each in counted}
    assert {severity for severity, _ in codes} == {"error", "warning"}
    assert {code for _, code in codes} <= CODES.keys()
    assert not (loader.folder / "mistakes.checked.xlsx").exists()


def test_github_gets_annotations_with_file_and_line_and_no_line_break(loader: Loader) -> None:
    write_offers(loader.folder / "a,b.csv", ["100% \n of it"], content="")

    ran = loader.run("check", "a,b.csv", "--format", "github")
    missing = loader.run("check", "missing.csv", "--format", "github")

    assert all(line.startswith("::") for line in ran.out.splitlines())
    assert "::error file=a%2Cb.csv,line=2,title=content-missing::D2: " in ran.out
    assert missing.out.startswith("::error title=no-such-file::")
    assert missing.code == 2


def test_what_the_api_refused_is_counted_and_listed_like_what_we_found(tmp_path: Path) -> None:
    other = "dps:offer-placement:0000000000000000"
    rows = [f"Refused,{other},html,x", f"Wrong,{PLACEMENT},htm,x", f"Good,{PLACEMENT},html,x"]
    (tmp_path / "offers.csv").write_text("\n".join(["name,placement,type,content", *rows]))
    with running_sandbox(SandboxSettings(unknown_placements="refuse")) as sandbox:
        ran = loader_for(sandbox, tmp_path).run(
            *("load", "offers.csv", "--set", "placements=ids-only", "--format", "plain")
        )

    first, second = ran.out.splitlines()
    assert first.startswith("offers.csv:row 2: error: http-400: HTTP 400")
    assert second.startswith("offers.csv:C3: error: not-allowed: ")


def test_a_value_is_shown_as_it_stands_with_blanks_and_invisible_characters_visible(
    tmp_path: Path,
) -> None:
    header = "name,status,placement,type,content"
    rows = [f"A\u00a0B,App\u00a0roved,{PLACEMENT},html,x", f"C, Draft ,{PLACEMENT},html,x"]
    (tmp_path / "blanks.csv").write_text("\n".join([header, *rows, ""]), "utf-8")
    loader = Loader(folder=tmp_path)

    said = loader.run("check", "blanks.csv").out
    values = [each["error"]["value"] for each in loader.run("check", "blanks.csv", "--json")
              .json["findings"]["first"]]  # fmt: skip

    assert r"it is sent as it is (found: A\u00A0B)" in said
    assert r'B2 status: "App\u00A0roved" is not allowed in status' in said
    assert '; did you mean "approved"?' in said
    assert 'which are not sent (found: " Draft ")' in said
    assert values == ["A\u00a0B", "App\u00a0roved", " Draft "]


def test_every_character_that_a_check_calls_invisible_is_made_visible() -> None:
    characters = pa.array([chr(code) for code in range(0xD800)] + ["\ufeff", "\u3164"])
    unseen = characters.filter(pc.match_substring_regex(characters, pattern=INVISIBLE)).to_pylist()

    assert len(unseen) > 20
    assert [made_visible(each) for each in unseen] == [f"\\u{ord(each):04X}" for each in unseen]
