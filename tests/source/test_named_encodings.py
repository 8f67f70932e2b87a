"""An encoding that is named and is not that of the file: what the refusal says."""

from pathlib import Path

import pytest

from loader.errors import UnreadableSource
from loader.source import ReadOptions, open_source

PLAIN = "name,content\nSummer,Hello\nWinter,Good day\n"
ACCENTED = "name,content\nÉté,Héllo\nHiver,Bonjour à tous\n"
UTF_16, UTF_32 = ("utf-16-le", "utf-16-be"), ("utf-32-le", "utf-32-be")
ONE_BYTE = "latin-1 or another encoding of one byte for each character"


def read(path: Path, given: str | None) -> list[list[str]]:
    with open_source(str(path), ReadOptions(isolated=False, encoding=given)) as source:
        return [
            row for table in source.tables() for each in table.chunks for row in each.frame.values
        ]


def refusal(path: Path, given: str | None) -> str:
    with pytest.raises(UnreadableSource) as refused:
        read(path, given)
    assert refused.value.code == "wrong-encoding"
    return str(refused.value)


@pytest.mark.parametrize("text", [PLAIN, ACCENTED])
@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("utf-8", "utf-16-le"),
        ("utf-8", "utf-16"),
        ("utf-8", "utf-32"),
        ("utf-8", "cp037"),
        *((wide, given) for wide in (*UTF_16, *UTF_32) for given in ("cp1252", "cp037")),
        *((wide, "utf-32") for wide in UTF_16),
        *((wide, "utf-16") for wide in UTF_32),
        ("utf-16-be", "utf-16-le"),
        ("cp037", "utf-16-le"),
        ("cp037", "utf-8"),
    ],
)
def test_it_says_what_the_bytes_look_like(
    tmp_path: Path, text: str, written: str, given: str
) -> None:
    path = tmp_path / "offers.csv"
    path.write_bytes(text.encode(written))

    said = refusal(path, given)

    assert f"was said to be {given}" in said
    assert f"look like {written}" in said


@pytest.mark.parametrize("given", ["utf-16-le", "utf-16", "cp037"])
def test_bytes_of_one_byte_encodings_are_told_from_wide_ones(tmp_path: Path, given: str) -> None:
    path = tmp_path / "offers.csv"
    text = ACCENTED if len(ACCENTED) % 2 == 0 else f"{ACCENTED}x"
    path.write_bytes(text.encode("cp1252"))

    assert ONE_BYTE in refusal(path, given)


def test_ebcdic_that_nobody_named_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    path.write_bytes(PLAIN.encode("cp037"))

    assert "its bytes look like EBCDIC" in refusal(path, None)
    assert len(read(path, "cp037")) == 2


@pytest.mark.parametrize("written", [*UTF_16, *UTF_32])
def test_wide_text_without_a_mark_is_read_with_and_without_its_name(
    tmp_path: Path, written: str
) -> None:
    path = tmp_path / "offers.csv"
    path.write_bytes(ACCENTED.encode(written))

    assert len(read(path, None)) == 2
    assert len(read(path, written[:6])) == 2
    assert len(read(path, written)) == 2


@pytest.mark.parametrize("name", ["cp1252", "shift_jis", "ascii", "gb18030"])
def test_a_name_under_which_the_bytes_are_the_same_text_is_no_mistake(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "offers.csv"
    path.write_bytes(PLAIN.encode())

    assert len(read(path, name)) == 2


def test_text_of_the_far_east_is_not_held_for_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    text = "名前,内容\n夏の特典,送料無料です\n冬の特典,半額セール\n"
    for name in ("utf-16-le", "utf-16-be", "utf-8", "shift_jis", "gb18030"):
        path.write_bytes(text.encode(name))
        assert len(read(path, name)) == 2
