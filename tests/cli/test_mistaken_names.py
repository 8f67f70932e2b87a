"""A mistaken run, file, heading or option: what is said first is what is wrong."""

from pathlib import Path

import pytest

from tests.support.workbooks import PLACEMENT, Loader, write_offers


@pytest.mark.parametrize(
    "words", [("undo", "20260101-000000-0000"), ("apply", "20260101-000000-0000")]
)
def test_a_mistaken_run_is_said_before_the_question(tmp_path: Path, words: tuple[str, ...]) -> None:
    loader = Loader(folder=tmp_path, variables=dict.fromkeys(("LOADER_ORG_ID",), "o"))
    write_offers(tmp_path / "offers.csv", ["One"])
    loader.run("load", "offers.csv", "--sandbox")
    account = {
        "LOADER_API_URL": "http://127.0.0.1:9",
        "LOADER_ACCESS_TOKEN": "t",
        "LOADER_CLIENT_ID": "c",
        "LOADER_ORG_ID": "o",
        "LOADER_SANDBOX_NAME": "dev",
    }

    refused = Loader(folder=tmp_path, variables=account).run(*words)

    assert refused.code == 2
    assert "the journal has no run 20260101-000000-0000" in refused.err
    assert "--yes" not in refused.err


@pytest.mark.parametrize("verb", ["undo", "history", "verify", "resume", "results"])
def test_a_verb_of_runs_says_that_it_needs_no_sandbox_option(tmp_path: Path, verb: str) -> None:
    refused = Loader(folder=tmp_path).run(verb, "x", "--sandbox")
    other = Loader(folder=tmp_path).run("explain", "x", "--sandbox")

    assert refused.code == other.code == 2
    assert "the journal knows the target" in refused.err
    assert "leave the option out" in refused.err
    assert "the journal" not in other.err


@pytest.mark.parametrize("verb", ["undo", "verify", "results", "runs show"])
def test_a_verb_of_runs_without_a_run_says_what_lists_them(tmp_path: Path, verb: str) -> None:
    refused = Loader(folder=tmp_path).run(*verb.split())

    assert refused.code == 2
    assert "Missing argument 'RUN': `loader runs` lists the runs" in refused.err


def test_what_is_unknown_or_was_only_planned_has_its_own_code(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)
    write_offers(tmp_path / "offers.csv", ["One"])
    loader.run("load", "offers.csv", "--sandbox")
    loader.run("load", "offers.csv", "--sandbox", "--dry-run")
    loader.run("plan", "offers.csv", "--sandbox")
    plan, dry_run, _ = (
        str(each["summary"]["run_id"]) for each in loader.run("runs", "--json").json["runs"]
    )

    assert "[unknown-offer]" in loader.run("history", "Nope").err
    for run_id in (plan, dry_run):
        assert "[nothing-to-undo]" in loader.run("undo", run_id, "--yes").err
        assert "[nothing-to-resume]" in loader.run("resume", run_id).err


def test_a_mistaken_file_is_suggested_with_its_folder_and_never_as_results(tmp_path: Path) -> None:
    folder = tmp_path / "may"
    folder.mkdir()
    write_offers(folder / "offers.csv", ["One"])
    for name in ("offers.results.csv", "offers.checked.xlsx", "ofers.failed.xlsx"):
        (folder / name).write_bytes(b"")

    refused = Loader(folder=tmp_path).run("check", "may/ofers.csv")

    assert "did you mean may/offers.csv?" in refused.err
    assert "results" not in refused.err


def test_a_heading_of_a_number_is_no_name_for_check_either(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)
    for heading in ("Angebots-Nr", "Angebotsnummer", "Offer no"):
        (tmp_path / "a.csv").write_text(
            f"{heading};Titel;Platzierung;Inhalt\nA-1;A;{PLACEMENT};<p>a</p>\n", "utf-8"
        )
        checked = loader.run("check", "a.csv")
        loader.run("mapping", "a.csv", "--yes", "--force")

        assert f"('{heading}'); did you mean external_id?" in checked.err
        assert f'external_id = "{heading}"' in (tmp_path / "a.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--delimiter", "|"), "--delimiter"),
        (("--encoding", "cp437"), "--encoding"),
        (("--header-row", "2"), "--header-row"),
        ((), "Fix the mapping"),
    ],
)
def test_a_sheet_that_is_read_in_a_wrong_way_is_not_blamed_on_its_mapping(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    (tmp_path / "a.csv").write_text(
        f"Titel;Größe;Platzierung;Inhalt\nA;1;{PLACEMENT};<p>a</p>\n" * 8, "utf-8"
    )
    wrong = "" if options else 'content = "Inhal"\n'
    (tmp_path / "a.toml").write_text(
        f'delimiter = ";"\nignore = ["Größe"]\n[fields]\nname = "Titel"\n{wrong}', "utf-8"
    )

    refused = Loader(folder=tmp_path).run("check", "a.csv", "--mapping", "a.toml", *options)

    assert refused.code == 2
    assert said in refused.err
    assert "ix the mapping" in refused.err


def test_a_sheet_in_another_language_is_led_to_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Oferta;Texto\nA;b\n", "utf-8")

    assert "`loader mapping a.csv`" in Loader(folder=tmp_path).run("check", "a.csv").err
