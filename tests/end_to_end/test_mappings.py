"""Foreign sheets through a mapping, as a user does it."""

import re
import shlex
from pathlib import Path

import openpyxl
import pytest

from tests.support.workbooks import Loader, results_of, write_offers

ROOT = Path(__file__).parents[2]
TO_COPY = ("french-crm", "english-content-hub")
EXPORT = """Référence;Nom de l'offre;Etat;Texte;Valable du;Notes
REF-001;Livraison offerte;Actif;Dès 50 € & plus;01/02/2026;x
REF-002;Soldes;Brouillon;Tout;15/03/2026;y
REF-003;Ancienne;Archivé;v;15/03/2020;z
REF-004;Erreur;Actiff;v;31/04/2026;z
"""
PROFILE = """
encoding = "cp1252"
ignore = ["Notes"]
date_format = "DD/MM/YYYY"
zone = "Europe/Paris"
[[skip]]
column = "Etat"
equals = "Archivé"
[fields]
external_id = { from = "Référence", extract = 'REF-(\\d+)' }
status = { from = "Etat", values = { Actif = "approved", Brouillon = "draft" } }
placement = { constant = "dps:offer-placement:1a24dc4342f2e21e" }
type = { constant = "html" }
content = { template = "<p>{{ texte }}</p>" }
"""


def _write(folder: Path) -> None:
    (folder / "export.csv").write_bytes(EXPORT.encode("cp1252"))
    (folder / "crm.toml").write_text(PROFILE, "utf-8")


def test_check_shows_what_the_first_rows_become_and_errors_in_the_users_cells(
    tmp_path: Path,
) -> None:
    _write(tmp_path)

    ran = Loader(folder=tmp_path).run("check", "export.csv", "--mapping", "crm.toml")

    assert ran.code == 1
    assert "as the mapping makes it" in ran.out
    assert "<p>Dès 50 € &amp; plus</p>" in ran.out
    assert 'not read: column F "Notes"' in ran.out
    assert "1 row is skipped, as the mapping says: row 4" in ran.out
    assert "C5 Etat: " in ran.out
    assert 'did you mean "Actif"?' in ran.out
    assert "E5 Valable du: " in ran.out
    assert "zone-default" not in ran.out  # the profile names a zone
    assert "4 rows, 1 invalid, 1 skipped" in ran.out


def test_the_older_names_of_mappings_go_on_working_and_are_not_shown(tmp_path: Path) -> None:
    _write(tmp_path)
    loader = Loader(folder=tmp_path)

    old = loader.run("check", "export.csv", "--profile-file", "crm.toml", "--no-annotate")
    new = loader.run("check", "export.csv", "--mapping", "crm.toml", "--no-annotate")
    missing = loader.run("check", "export.csv", "--profile-file=gone.toml")
    both = loader.run("check", "export.csv", "--profile-file=a.toml", "--mapping", "crm.toml")
    written = loader.run("profile", "export.csv", "--yes")
    page = loader.run("explain", "profiles")

    assert (old.code, old.out) == (new.code, new.out)
    assert missing.code == both.code == 2
    assert "--mapping and its older name --profile-file have different values" in both.err
    assert written.code == 0
    assert page.out == loader.run("explain", "mappings").out
    for verb in ("check", "load"):
        shown = loader.run(verb, "--help").out
        assert "--mapping PATH" in shown
        assert "--profile-file" not in shown


def test_a_load_keeps_every_row_of_the_user_as_it_was(tmp_path: Path) -> None:
    _write(tmp_path)
    loader = Loader(folder=tmp_path, variables={"LOADER_MAPPING": "crm.toml"})

    ran = loader.run("load", "export.csv", "--sandbox", "--results", "results.csv", "--json")
    again = loader.run("load", "export.csv", "--sandbox", "--json")

    assert ran.code == 1, ran.err
    summary = ran.json["summary"]
    assert [summary[name] for name in ("read", "created", "invalid", "skipped")] == [4, 2, 1, 1]
    assert again.json["summary"]["duplicate"] == 2
    rows = results_of(tmp_path / "results.csv")
    assert [row["status"] for row in rows] == ["created", "created", "skipped", "invalid"]
    assert [row["Etat"] for row in rows] == ["Actif", "Brouillon", "Archivé", "Actiff"]
    assert [row["Référence"] for row in rows] == ["REF-001", "REF-002", "REF-003", "REF-004"]
    assert rows[3]["error_code"] == "unlisted-value; bad-date"
    assert rows[3]["error"].startswith("C5: ")
    assert "E5: " in rows[3]["error"]


def test_payloads_have_the_profiles_zone_and_values(tmp_path: Path) -> None:
    _write(tmp_path)

    ran = Loader(folder=tmp_path).run(
        "check", "export.csv", "--mapping", "crm.toml", "--show-payload", "2", "--json"
    )

    body = str(ran.json["payloads"][0]["body"])
    assert "2026-01-31T23:00:00" in body  # 1 February in Paris
    assert "'status': 'approved'" in body
    assert "&amp; plus" in body


def test_a_date_format_alone_needs_no_profile_and_the_default_zone_is_told(tmp_path: Path) -> None:
    path = write_offers(tmp_path / "offers.csv", ["One"])
    header, row = path.read_text("utf-8").split("\n")[:2]
    path.write_text(f"{header.strip()},start_date\n{row.strip()},01/02/2026\n", "utf-8")
    loader = Loader(folder=tmp_path)

    plain = loader.run("check", "offers.csv")
    told = loader.run("check", "offers.csv", "--date-format", "DD/MM/YYYY", "--show-payload", "2")

    assert plain.code == 1
    assert "date-ambiguous" in plain.out
    assert told.code == 0
    assert "2026-02-01T00:00:00" in told.out
    assert "taken to be in UTC" in told.out


def test_a_wrong_date_is_quoted_as_it_is_in_the_cell(tmp_path: Path) -> None:
    path = write_offers(tmp_path / "offers.csv", ["One", "Two"])
    header, *rows = path.read_text("utf-8").split()
    dates = ("31/02/2027,", "01/03/2027,01/02/2027")
    lines = [f"{row},{two}" for row, two in zip(rows, dates, strict=True)]
    path.write_text("\n".join([f"{header},start_date,end_date", *lines]), "utf-8")
    loader = Loader(folder=tmp_path)

    told = loader.run("check", "offers.csv", "--date-format", "DD/MM/YYYY", "--no-annotate")

    assert '"31/02/2027" is not a date in a form that is read' in told.out
    assert '"01/02/2027" is not after the start date' in told.out
    assert "the start date is 2027-03-01" in told.out
    assert "2027-02" not in told.out


def test_mistakes_in_and_around_a_profile_are_one_message_and_exit_code_2(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / "bad.toml").write_text("[fields]\nstatus = { form = 'Etat' }\n", "utf-8")
    (tmp_path / "other.toml").write_text("[fields]\nname = 'Titel'\n", "utf-8")
    loader = Loader(folder=tmp_path)

    for name, said in (
        ("bad.toml", "[fields.status] form: no such key; did you mean from?"),
        ("other.toml", "'Titel': the sheet has no such column"),
        ("none.toml", "none.toml cannot be read"),
    ):
        ran = loader.run("check", "export.csv", "--mapping", name)
        assert ran.code == 2
        assert said in ran.err


@pytest.mark.parametrize(
    ("profile", "sample", "totals", "cells"),
    [
        ("french-crm.toml", "french-crm.csv", [5, 3, 2],
         ("Etat", ["Actif", "Brouillon", "Archivé", "ACTIF", ""])),
        ("german-campaigns.toml", "german-campaigns.xlsx", [4, 3, 1],
         ("Art", ["Bild", "HTML", "", "html"])),
        ("english-content-hub.toml", "english-content-hub.csv", [7, 3, 1],
         ("Slot state", [*["In use"] * 4, "Retired", "In use", "In use"])),
    ],
)  # fmt: skip
def test_a_profile_to_copy_loads_its_sample(
    tmp_path: Path, profile: str, sample: str, totals: list[int], cells: tuple[str, list[str]]
) -> None:
    profile = str(ROOT / "templates/mappings" / profile)
    sample = str(ROOT / "samples" / sample)

    ran = Loader(folder=tmp_path).run(
        *("load", sample, "--mapping", profile, "--sandbox"),
        *("--results", "results.csv", "--json"),
    )

    assert ran.code == 0, ran.err
    summary = ran.json["summary"]
    assert [summary[name] for name in ("read", "created", "skipped")] == totals
    rows = results_of(tmp_path / "results.csv")
    assert [row[cells[0]] for row in rows] == cells[1]


def test_a_first_profile_is_written_decided_and_used(tmp_path: Path) -> None:
    _write(tmp_path)
    loader = Loader(folder=tmp_path)

    written = loader.run("mapping", "export.csv")
    again = loader.run("mapping", "export.csv")
    undecided = loader.run("check", "export.csv", "--mapping", "export.toml")
    text = (tmp_path / "export.toml").read_text("utf-8")
    for said in ("placement = {", "content = {", 'status.values."Actif" ='):
        text = text.replace(f"# ? {said}", said)
    (tmp_path / "export.toml").write_text(text, "utf-8")
    decided = loader.run("check", "export.csv", "--mapping", "export.toml")

    assert written.code == 0, written.err
    assert again.code == 2  # nothing is overwritten
    assert "still to be decided" in written.out
    assert "No column holds placement" in written.out
    assert "--constant placement=TEXT" in written.out
    assert '# ? status.values."Brouillon" = "draft"' in text
    assert undecided.code == 2
    assert "missing: placement" in undecided.err
    assert decided.code == 1  # Archivé, Actiff and Brouillon have no meaning yet
    assert "unlisted-value" in decided.out


def test_the_session_of_the_documentation_is_what_happens(tmp_path: Path) -> None:
    """Without one edit by hand: what the page says is run, and what it shows is what comes."""
    samples = [f"samples/{name}.csv" for name in ("french-offers", *TO_COPY)]
    for path in (*samples, *(f"templates/mappings/{name}.toml" for name in TO_COPY)):
        (tmp_path / Path(path).name).write_bytes((ROOT / path).read_bytes())
    page = (ROOT / "docs/mappings.md").read_text("utf-8")
    sessions = re.findall(
        r"^```console\n\$ loader (.*)\n([^`]*(?:`[^`\n]+`[^`]*)*)^```", page, re.MULTILINE
    )
    loader = Loader(folder=tmp_path)

    for command, shown in sessions:
        ran = loader.run(*shlex.split(command))
        assert ran.code == 0, ran.err
        assert _same_everywhere(shown) == _same_everywhere(ran.err + ran.out)

    verbs = [command.split()[0] for command, _ in sessions]
    assert verbs == ["mapping", "check", "load", "load", "load"]
    assert f"```toml\n{(tmp_path / 'french-offers.toml').read_text('utf-8')}```" in page


def _same_everywhere(text: str) -> str:
    """Leave out what differs from one run to the next, and from one machine to another."""
    text = re.sub(r"run \d{8}-\d{6}-\w{4}:", "run:", text)
    return re.sub(r"[^\s(]*/journal", "journal", text).rstrip()


def test_what_the_file_was_read_with_is_in_the_profile(tmp_path: Path) -> None:
    lines = ["Export du 1er mars", "", *EXPORT.splitlines()]
    (tmp_path / "my export.csv").write_bytes("\n".join(lines).replace(";", "|").encode("cp1252"))
    loader = Loader(folder=tmp_path)
    said = ("--constant", "placement=Web banner", "--column", "content=D", "--yes")

    written = loader.run(
        *("mapping", "my export.csv", "--delimiter", "|", "--encoding", "cp1252"),
        *("--header-row", "3", *said),
    )
    checked = loader.run("check", "my export.csv", "--mapping", "my export.toml", "--json")

    assert written.code == 0, written.err
    assert "loader check 'my export.csv' --mapping 'my export.toml'" in written.out
    assert [sheet["read"] for sheet in checked.json["sheets"]] == [4]
    assert "encoding-guessed" not in checked.out


def test_of_several_sheets_those_with_the_same_header_are_looked_at(tmp_path: Path) -> None:
    sheets = {
        "Deckblatt": [["Stand"], ["1. März"]],
        "März": [["Name", "Platzierung", "Inhalt", "Status"], ["a", "Web banner", "x", "Aktiv"]],
        "Mai": [["Name", "Platzierung", "Inhalt", "Status"], ["b", "Web banner", "x", "Entwurf"]],
        "Alt": [["Name", "Platz"], ["c", "x"]],
    }
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "a.xlsx")

    ran = Loader(folder=tmp_path).run("mapping", "a.xlsx", "--sheet", "*", "--yes")
    text = (tmp_path / "a.toml").read_text("utf-8")

    assert ran.code == 0, ran.err
    assert 'says nothing of "Deckblatt", "Alt"' in ran.err
    assert 'sheet = "*"' in text
    assert 'status.values."Aktiv" = "approved"' in text
    assert 'status.values."Entwurf" = "draft"' in text


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--column", "nmae=A"), '--column: no field is called "nmae"; did you mean name?'),
        (("--column", "name=Titel"), '"Titel" is not the name of one column'),
        (("--column", "name"), "FIELD=… is expected"),
        (("--constant", "placement="), "something behind it"),
        (("--date-format", "jj/mm/aaaa"), '--date-format: "jj/mm/aaaa" is not a date format'),
        (("--zone", "Paris"), '--zone: no time zone is called "Paris"'),
        (("--output", "no/such/folder/p.toml"), "cannot write"),
    ],
)
def test_a_mistake_in_what_is_said_writes_nothing(
    tmp_path: Path, option: tuple[str, str], said: str
) -> None:
    _write(tmp_path)

    ran = Loader(folder=tmp_path).run("mapping", "export.csv", "--yes", *option)

    assert ran.code == 2
    assert said in ran.err
    assert not (tmp_path / "export.toml").exists()
