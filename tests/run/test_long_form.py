"""The long form: rows of a key are one offer; what is wrong is told of the row it stands in."""

import tomllib
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.errors import SettingsError, WrongColumns
from loader.offer.entity import FALLBACK_OFFER
from loader.profile.bind import bind
from loader.profile.long_form.groups import MOST_ROWS, groups_of, whole_groups
from loader.profile.parse import parse_profile
from loader.source.delimited.records import MOJIBAKE
from loader.tables.chunk import Chunk
from tests.support.laws import tried
from tests.support.long_form import EMAIL, HEADER, PROFILE, TEXT, WEB, read, row, write

VIEW = parse_profile(
    tomllib.loads(
        """
        rows = "per-representation"
        key = "Ref"
        skip = [{ column = "Ref", equals = "skip" }]
        [fields]
        name = "Offer"
        placement = { constant = "p" }
        type = { constant = "html" }
        """
    ),
    FALLBACK_OFFER.fields,
    name="my.toml",
)
SKIPPED = row("A-0", "", State="Archived")
LETTERS = st.characters(codec="utf-8", categories=("L", "N"))
WORDS = st.text(LETTERS, min_size=1, max_size=6).filter(lambda text: not MOJIBAKE.search(text))
REPRESENTATION = st.tuples(st.sampled_from([WEB, EMAIL, TEXT]), st.sampled_from(["", "en", "fr"]))


@dataclass(frozen=True)
class Offer:
    """An offer, and how an export may write it: which rows say its name, where rows are skipped."""

    name: str
    status: str
    representations: list[tuple[str, str]]
    body: str
    says: list[bool]
    skipped: list[bool]

    def rows(self, ref: str) -> list[tuple[str, ...]]:
        """The rows of the long form."""
        says = [*self.says[: len(self.representations) - 1], True]  # the last row, at the latest
        found = []
        for (slot, locale), is_told, is_skipped in zip(
            self.representations, [*says, *([False] * 9)], self.skipped, strict=False
        ):
            found += [SKIPPED] if is_skipped else []
            name, state = (self.name, self.status) if is_told else ("", "")
            cells = {"Slot": slot, "Locale": locale, "Body": f"{self.body}{locale}"}
            found.append(row(ref, name, State=state, **cells))
        return found

    def wide(self, ref: str) -> dict[str, str]:
        """The one row of the wide form."""
        cells = {"external_id": ref, "name": self.name}
        cells["status"] = {"Live": "approved"}.get(self.status, "draft")
        for at, (slot, locale) in enumerate(self.representations, start=1):
            last = "" if at == 1 else f"_{at}"
            cells |= {f"placement{last}": slot, f"type{last}": "html", f"language{last}": locale}
            cells[f"content{last}"] = f"{self.body}{locale}"
        return cells


OFFERS = st.lists(
    st.builds(
        Offer,
        name=WORDS,
        status=st.sampled_from(["Live", "Review", ""]),
        representations=st.lists(REPRESENTATION, min_size=1, max_size=4, unique=True),
        body=WORDS,
        says=st.lists(st.booleans(), min_size=4, max_size=4),
        skipped=st.lists(st.booleans(), min_size=5, max_size=5),
    ),
    min_size=1,
    max_size=4,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=tried(12),
)
@given(OFFERS, st.integers(1, 9))
def test_the_long_form_sends_what_the_wide_form_sends_wherever_chunks_end(
    tmp_path: Path, offers: list[Offer], chunk_rows: int
) -> None:
    refs = [f"A-{number}" for number in range(1, len(offers) + 1)]
    rows = [each for ref, offer in zip(refs, offers, strict=True) for each in offer.rows(ref)]
    wide = [offer.wide(ref) for ref, offer in zip(refs, offers, strict=True)]
    columns = sorted({name for cells in wide for name in cells})

    long_form = read(write(tmp_path / "long.csv", rows), chunk_rows=chunk_rows)
    wide_form = read(
        write(
            tmp_path / "wide.csv", [[c.get(name, "") for name in columns] for c in wide], columns
        ),
        "",
    )

    assert long_form.wrong == wide_form.wrong == []
    assert list(long_form.payloads.values()) == list(wide_form.payloads.values())
    assert len(long_form.payloads) == len(offers)
    assert long_form.numbers == list(range(2, len(rows) + 2))
    firsts, further = set(long_form.payloads), set(long_form.part_of)
    assert sorted([*firsts, *further, *long_form.skipped]) == long_form.numbers
    assert set(long_form.part_of.values()) <= firsts


CELLS = {
    "Ref": ["A", "A", "B", "", " A"],
    "Offer": ["", "X", "Y", "x "],
    "State": ["", "Live", "Archived", "Gone"],
    "Slot": [WEB, EMAIL, "", "no id"],
    "Kind": ["html", "text", "", "html "],
    "Locale": ["", "en", "??"],
    "Body": ["x", "", "a\x01b"],
}
ANY_ROW = st.tuples(*(st.sampled_from(CELLS[name]) for name in HEADER)).filter(any)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=tried(10),
)
@given(st.lists(ANY_ROW, min_size=1, max_size=8), st.integers(1, 4))
def test_every_row_ends_in_one_way_and_the_same_wherever_chunks_end(
    tmp_path: Path, rows: list[tuple[str, ...]], chunk_rows: int
) -> None:
    path = write(tmp_path / "long.csv", rows)

    found, in_chunks = read(path), read(path, chunk_rows=chunk_rows)

    assert found.payloads == in_chunks.payloads
    assert found.errors == in_chunks.errors
    assert found.part_of == in_chunks.part_of
    bad = {number for number, _, _ in found.wrong}
    sent = {number for number, first in found.part_of.items() if first in found.payloads}
    ends = [*found.payloads, *sent, *bad, *found.skipped]
    assert sorted(ends) == found.numbers == list(range(2, len(rows) + 2))
    for error in found.errors:
        assert "of the offer)" not in error.message + error.column  # a heading of ours
        assert not error.cell or int(error.cell.lstrip("ABCDEFG")) == error.row_number


GOOD = row("A-1", "Spring")
PART = row("A-1", "", Slot=EMAIL)
OTHER = row("A-2", "Summer")


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([GOOD, row("A-1", "Sprnig", Slot=EMAIL), OTHER],
         [(2, "part-of-invalid", ""), (3, "part-differs", "B3")]),
        ([GOOD, PART, row("A-1", "", State="Review", Slot=TEXT), row("A-1", "", State="Live")],
         [(2, "part-of-invalid", ""), (3, "part-of-invalid", ""), (4, "part-of-invalid", ""),
          (5, "part-differs", "C5"), (5, "representation-repeated", "D5")]),
        ([GOOD, row("", "", Slot=EMAIL), OTHER],
         [(2, "part-of-invalid", ""), (3, "key-blank", "A3")]),
        ([row(" ", "Spring"), OTHER], [(2, "key-blank", "A2")]),
        ([GOOD, row("A-1", "", Slot="", Kind="", Body="")],
         [(2, "part-of-invalid", ""), (3, "missing-value", "D3")]),
        ([GOOD, row("A-1", "", Slot="", Body="x")],
         [(2, "part-of-invalid", ""), (3, "missing-value", "D3")]),
        ([GOOD, row("A-1", "", Slot=EMAIL, Locale="not a language", Body="")],
         [(2, "part-of-invalid", ""), (3, "bad-language", "F3"), (3, "content-missing", "G3")]),
        ([GOOD, row("A-1", "", Slot=EMAIL, Kind="markup")],
         [(2, "part-of-invalid", ""), (3, "not-allowed", "E3")]),
        ([GOOD, row("A-1", "", State="Gone", Slot=EMAIL)],
         [(2, "part-of-invalid", ""), (3, "unlisted-value", "C3")]),
        ([row("A-1", "Spring", State="Gone"), row("A-1", "Spring", State="Gone", Slot=EMAIL)],
         [(2, "unlisted-value", "C2"), (3, "unlisted-value", "C3")]),
        ([row("A-1", ""), PART], [(2, "missing-value", "B2"), (3, "part-of-invalid", "")]),
        ([GOOD, OTHER, PART, row("A-2", "", Slot=EMAIL)],
         [(2, "key-not-adjacent", "A2"), (3, "key-not-adjacent", "A3"),
          (4, "key-not-adjacent", "A4"), (5, "key-not-adjacent", "A5")]),
        ([GOOD, PART, OTHER, row("A-1", "Spring", Slot=TEXT)],
         [(2, "key-not-adjacent", "A2"), (3, "part-of-invalid", ""),
          (5, "key-not-adjacent", "A5")]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("chunk_rows", [1, 1000])
def test_what_is_wrong_is_told_of_its_own_row_and_nothing_of_the_offer_is_sent(
    tmp_path: Path,
    rows: list[tuple[str, ...]],
    wrong: list[tuple[int, str, str]],
    chunk_rows: int,
) -> None:
    found = read(write(tmp_path / "long.csv", rows), chunk_rows=chunk_rows)

    assert found.wrong == wrong
    bad = {number for number, _, _ in wrong}
    assert set(found.payloads) | set(found.part_of) | bad == set(found.numbers)
    assert not bad & set(found.payloads)


def test_an_error_names_both_cells_the_row_to_blame_and_the_headings_of_the_sheet(
    tmp_path: Path,
) -> None:
    rows = [row("A-1"), row("A-1", "Spring", Slot=EMAIL, Body=""), row("A-1", "Sale", Slot=TEXT)]

    found = read(write(tmp_path / "long.csv", rows))

    first, content, differs = found.errors
    assert "because of rows 3, 4" in first.message
    assert content.column == "Body"
    assert content.message.startswith("Body is blank")
    assert '"Sale" in Offer differs from "Spring" in B3' in differs.message
    assert found.key_cells == {2: "A2", 3: "A2", 4: "A2"}


def test_a_key_that_comes_back_is_told_with_both_rows(tmp_path: Path) -> None:
    found = read(write(tmp_path / "long.csv", [GOOD, PART, OTHER, PART]))

    first, _, last = found.errors
    assert first.message == last.message
    assert '"A-1" in Ref is in row 2 and again in row 5' in first.message


def test_a_key_of_too_many_rows_is_refused_whole_and_the_next_offer_is_not(
    tmp_path: Path,
) -> None:
    rows = [row("A-1", f"Spring {n}") for n in range(MOST_ROWS + 1)]  # equal placements, too

    found = read(write(tmp_path / "long.csv", [*rows, OTHER]), chunk_rows=30)

    assert sorted(found.payloads) == [MOST_ROWS + 3]
    assert [each for each in found.wrong if each[1] != "part-of-invalid"] == [
        (2, "too-many-parts", "A2"),
        (MOST_ROWS + 2, "too-many-parts", f"A{MOST_ROWS + 2}"),
    ]
    assert {number for number, _, _ in found.wrong} == set(range(2, MOST_ROWS + 3))


KEYS = st.lists(
    st.tuples(st.sampled_from(["", "A", "A", "A", "B", "skip"]), st.sampled_from([1, 2, 40])),
    max_size=30,
)


@given(KEYS, st.lists(st.integers(1, 9), max_size=30))
def test_groups_are_the_same_wherever_chunks_end(
    keys: list[tuple[str, int]], sizes: list[int]
) -> None:
    bound = bind(VIEW, ("Ref", "Offer"), FALLBACK_OFFER.fields, source="")
    numbers = list(accumulate([2, *(step for _, step in keys)]))[: len(keys)]
    frame = pd.DataFrame(
        {0: [key for key, _ in keys], 1: [""] * len(keys)}, index=numbers, dtype="str"
    )
    ends = [0, *(end for end in accumulate(sizes) if end < len(keys)), len(keys)]
    chunks = [Chunk(frame=frame.iloc[start:end]) for start, end in pairwise(ends) if end > start]

    whole = groups_of(bound, Chunk(frame=frame))
    found = list(whole_groups(bound, chunks))

    assert [group for _, groups in found for group in groups] == whole
    assert [int(n) for chunk, _ in found for n in chunk.frame.index] == numbers
    for chunk, groups in found:
        assert {row for group in groups for row in group.rows} <= set(chunk.frame.index)
    for group in whole:
        assert group.rows[-1] - group.rows[0] < MOST_ROWS


def test_a_broken_cell_is_told_wherever_it_stands(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for cells in (HEADER, GOOD, PART, OTHER, row("A-2", "", Slot=EMAIL)):
        sheet.append(cells)
    sheet["B3"], sheet["A5"], sheet["G4"] = "#N/A", "#REF!", "=1+1"
    book.save(tmp_path / "long.xlsx")

    found = read(tmp_path / "long.xlsx")

    assert found.wrong == [
        (2, "part-of-invalid", ""),
        (3, "cell-error", "Sheet!B3"),
        (4, "formula-no-value", "Sheet!G4"),
        (5, "cell-error", "Sheet!A5"),
    ]


def test_several_columns_are_one_key_and_a_default_fills_no_further_row(tmp_path: Path) -> None:
    toml = PROFILE.replace('key = "Ref"', 'key = ["Ref", "Offer"]').replace(
        'external_id = "Ref"', 'external_id = { from = ["Ref", "Offer"] }'
    )
    rows = [
        row("A-1", "Spring", State="Live"),
        row("A-1", "Spring", Slot=EMAIL),
        row("A-1", "Summer"),
        row("A-1", "", Slot=EMAIL),
    ]

    found = read(write(tmp_path / "long.csv", rows), toml)

    assert found.payloads[2]["status"] == "approved"
    assert found.wrong == [(4, "part-of-invalid", ""), (5, "key-blank", "B5")]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('rows = "per-row"', "rows: one of per-offer, per-representation is expected"),
        ('rows = "per-representation"', "key is missing"),
        ('rows = "per-representation"\nkey = " "', "key is missing"),
        ('key = "Ref"', 'key: only rows = "per-representation" has one'),
        (PROFILE.replace("[fields]", '[fields]\nplacement_2 = "Slot"'),
         "[fields.placement_2] a row is one representation"),
    ],
)  # fmt: skip
def test_a_profile_that_contradicts_itself_is_refused(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(write(tmp_path / "long.csv", [GOOD]), toml)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("header", "toml", "said"),
    [
        (HEADER, PROFILE.replace('key = "Ref"', 'key = "Reff"'), "key 'Reff': the sheet has no"),
        ((*HEADER, "Placement 2"), PROFILE, "numbered: placement_2, in column H"),
    ],
)
def test_columns_that_do_not_fit_the_long_form_are_told(
    tmp_path: Path, header: tuple[str, ...], toml: str, said: str
) -> None:
    path = write(tmp_path / "long.csv", [(*GOOD, "")[: len(header)]], header)

    with pytest.raises(WrongColumns) as caught:
        read(path, toml)

    assert said in str(caught.value)
