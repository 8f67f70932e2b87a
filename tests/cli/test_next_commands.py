"""What the loader tells a person to type next works when it is pasted into a shell."""

import re
import shlex
from pathlib import Path

import pytest

from loader.redaction import KnownSecrets
from tests.support.workbooks import Loader, write_offers

SHEET = "name,placement,type,content,Notes\n{}"
GOOD = "A,dps:offer-placement:1a24dc4342f2e21e,html,<p>a</p>,x\n"
BAD = "B,dps:offer-placement:1a24dc4342f2e21e,hmtl,<p>b</p>,x\n"


def typed(line: str) -> list[str]:
    """Return the words of the command at the end of a line, without `loader`, as a shell would."""
    command = re.search(r"(?:^|\s)loader (.*)", line)
    assert command is not None, line
    return shlex.split(command.group(1))


def line_with(text: str, words: str) -> str:
    (line,) = (line for line in text.splitlines() if words in line)
    return line


def test_every_next_step_keeps_the_journal_and_quotes_names(tmp_path: Path) -> None:
    (tmp_path / "my offers.csv").write_text(SHEET.format(GOOD + BAD), "utf-8")
    loader = Loader(folder=tmp_path)
    options = ("--journal", "my journal.db", "--placements", "ids-only")

    ran = loader.run("load", "my offers.csv", "--sandbox", "--ignore-column", "Notes", *options)
    step = typed(line_with(ran.out, "--failed-only"))
    written = loader.run(*step)
    again = typed(line_with(written.out, "loader load"))
    loaded = loader.run(*again)

    assert ran.code == 1, ran.err
    assert step[-2:] == ["--journal", "my journal.db"]
    assert written.code == 0, written.err
    assert again[-2:] == ["--journal", "my journal.db"]
    assert "1 read, 1 invalid" in loaded.out


def test_a_failed_only_after_a_load_repeats_the_ignored_columns(tmp_path: Path) -> None:
    (tmp_path / "-my offers.csv").write_text(SHEET.format(GOOD + BAD), "utf-8")
    loader = Loader(folder=tmp_path)

    ran = loader.run(
        *("load", "./-my offers.csv", "--sandbox", "--failed-only", "--ignore-column", "*"),
        *("--placements", "ids-only"),
    )
    again = loader.run(*typed(line_with(ran.out, "then: loader load")))

    assert "1 read, 1 invalid" in again.out, again.err


def test_rows_of_an_earlier_run_are_loaded_as_that_run_read_them(tmp_path: Path) -> None:
    good, bad = GOOD.replace("name", "x"), BAD
    (tmp_path / "export.csv").write_text(
        "Titel;placement;type;content;Notes\n" + (good + bad).replace(",", ";"), "utf-8"
    )
    (tmp_path / "map.toml").write_text('[fields]\nname = "Titel"\n', "utf-8")
    loader = Loader(folder=tmp_path)
    loader.run(
        *("load", "export.csv", "--sandbox", "--delimiter", ";", "--mapping", "map.toml"),
        *("--ignore-column", "Notes", "--placements", "ids-only", "--zone", "Europe/Paris"),
    )
    (run,) = loader.run("runs", "--json").json["runs"]  # type: ignore[misc,attr-defined]

    written = loader.run("results", run["summary"]["run_id"], "--failed-only")
    line = line_with(written.out, "then: loader load")
    again = typed(line.partition(" (")[0])
    loaded = loader.run(*("map.toml" if word == "FILE" else word for word in again))

    assert line.endswith("--mapping FILE (the mapping that the run was made with)")
    assert again[again.index("--zone") :][:2] == ["--zone", "Europe/Paris"]
    assert "1 read, 1 invalid" in loaded.out, loaded.err


def test_after_an_apply_the_next_step_is_not_a_load(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)
    (tmp_path / "offers.csv").write_text(SHEET.format(GOOD), "utf-8")
    loader.run("load", "offers.csv", "--sandbox", "--ignore-column", "Notes")
    loader.run("pull", "kept.csv", "--sandbox")
    kept = (tmp_path / "kept.csv").read_text("utf-8-sig")
    header, row = kept.splitlines()
    again_and_wrong = f"{header}\n{row.replace('<p>a</p>', '<p>new</p>')}\n"
    wrong = row.replace(",html,", ",hmtl,").replace("A", "B", 1).split(",")
    columns = header.split(",")
    wrong[columns.index("id")] = wrong[columns.index("etag")] = ""
    (tmp_path / "kept.csv").write_text(f"{again_and_wrong}{','.join(wrong)}\n", "utf-8")

    applied = loader.run("apply", "kept.csv", "--sandbox")
    step = line_with(applied.out, "next ")
    written = loader.run(*typed(step))
    again = typed(line_with(written.out, "then: loader apply"))
    second = loader.run(*again)

    assert applied.code == 1, applied.err
    assert "plan and apply the sheet again" in step
    assert applied.out.count("by kind:") == 1
    assert applied.out.count("[not-allowed]") == 1
    assert again[:3] == ["apply", "kept.failed.xlsx", "--sandbox"]
    assert "1 invalid" in second.out, second.err


def test_the_commands_after_a_template_and_a_mapping_work(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)

    template = loader.run("template", "my offers.csv")
    (tmp_path / "-export 1.csv").write_text("Angebotsname;Text\nA;b\n", "utf-8")
    mapping = loader.run("mapping", "./-export 1.csv", "--yes")

    assert loader.run(*typed(line_with(template.out, "then run"))).code in {0, 1}
    checked = loader.run(*typed(line_with(mapping.out, "next")))
    assert "no such option" not in checked.err
    assert "cannot be read" not in checked.err


def test_a_mapping_with_something_open_says_so_before_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "open.csv").write_text("Angebotsname;Inhalt\nA;b\n", "utf-8")
    (tmp_path / "whole.csv").write_text(
        "Angebotsname;Inhalt;Platzierung\nA;b;Web banner\n", "utf-8"
    )
    loader = Loader(folder=tmp_path)

    assert "next, when that is decided: loader check" in loader.run("mapping", "open.csv").out
    assert "next: loader check" in loader.run("mapping", "whole.csv").out


def test_columns_are_ignored_by_name_or_all_and_a_wall_of_names_is_cut(tmp_path: Path) -> None:
    extra = ",".join(f"Extra {number}" for number in range(40))
    sheet = f"name,placement,type,content,{extra}\n{GOOD.strip().removesuffix(',x')}{',y' * 40}\n"
    (tmp_path / "wide.csv").write_text(sheet, "utf-8")
    loader = Loader(folder=tmp_path)

    refused = loader.run("check", "wide.csv", "--placements", "ids-only")
    checked = loader.run("check", "wide.csv", "--placements", "ids-only", "--ignore-column", "*")
    missing = loader.run("check", "wide.csv", "--ignore-column", "Extra 41")

    assert refused.code == 2
    assert "30 more columns" in refused.err
    assert "Extra 39" not in refused.err
    assert checked.code == 0, checked.err
    assert "not read: 40 columns" in checked.out
    assert "Extra 39" not in checked.out
    assert missing.code == 2
    assert "'Extra 41': the sheet has no such column" in missing.err


def test_resume_with_nothing_to_do_is_no_error_and_runs_name_kind_and_target(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_text("name,placement,type,content\n" + GOOD.replace(",x\n", "\n"))
    loader = Loader(folder=tmp_path)

    loader.run("load", "a.csv", "--sandbox", "--placements", "ids-only", "--dry-run")
    loader.run("load", "a.csv", "--sandbox", "--placements", "ids-only")
    listed = loader.run("runs").out
    resumed = loader.run("resume")

    assert "load (dry run)" in listed
    assert "embedded sandbox (dps)" in listed
    assert (resumed.code, resumed.out) == (0, "")
    assert "nothing to continue" in resumed.err


@pytest.mark.parametrize(
    ("text", "secret", "shown"),
    [
        ("password p is wrong", "p", "password (hidden) is wrong"),
        ("xs3cretx", "s3cret", "x(hidden)x"),
    ],
)
def test_a_short_secret_hides_itself_and_no_letters_of_words(
    text: str, secret: str, shown: str
) -> None:
    assert KnownSecrets([secret]).hide(text) == shown


@pytest.mark.parametrize("verb", ["load", "plan", "pull"])
def test_a_journal_that_was_named_and_is_not_there_is_said_to_be_new(
    tmp_path: Path, verb: str
) -> None:
    loader = Loader(folder=tmp_path, variables={})
    write_offers(tmp_path / "offers.csv", ["One"], placement="Web banner")
    words = {"load": ("offers.csv",), "plan": ("offers.csv",), "pull": ("kept.csv",)}[verb]
    named = ("--sandbox", "--journal", "folder/mistyped.sqlite3")

    first = loader.run(verb, *words, *named)
    (tmp_path / "kept.csv").unlink(missing_ok=True)
    second = loader.run(verb, *words, *named)
    unnamed = loader.run(verb, "offers.csv" if verb != "pull" else "other.csv", "--sandbox")

    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert "note: there is no journal at " in first.err
    assert "folder/mistyped.sqlite3 yet: a new one begins there" in first.err
    assert "no journal" not in second.err + unnamed.err
