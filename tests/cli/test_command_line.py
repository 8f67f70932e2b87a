"""The command line: true help, documented exit codes, one clear message, no traceback."""

import os
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from loader.cli.command_list import HIDDEN, VERBS
from loader.messages.catalogue import ANSWERS, CODES, EXITS, NOTICES, REFUSALS
from tests.support.terminals import on_terminal
from tests.support.workbooks import Loader, write_offers

ROOT = Path(__file__).parents[2]
CODES_OF_ALL_KINDS = (CODES, ANSWERS, NOTICES, REFUSALS, EXITS)
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(tmp_path: Path, verb: str) -> None:
    ran = Loader(folder=tmp_path).run(verb, "--help")

    assert ran.code == 0
    assert ran.out.startswith("Usage: loader")


def test_help_lists_the_verbs_and_the_readme_names_only_those(tmp_path: Path) -> None:
    ran = Loader(folder=tmp_path).run("--help")
    named = re.findall(r"^ *loader ([a-z]+)|`loader ([a-z]+)", README, re.MULTILINE)

    shown = re.findall(r"^  ([a-z]+)  ", ran.out, re.MULTILINE)
    assert shown == [verb for verb in VERBS if verb not in HIDDEN]
    assert len(named) > 10
    assert {one or other for one, other in named} <= set(shown)


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (["--help"], {"pandas", "pydantic", "httpx", "aiohttp"}),
        (
            ["check", "samples/offers.csv"],
            {"httpx", "aiohttp", "xlsxwriter", "openpyxl", "rich", "sqlalchemy", "pyarrow.parquet"}
            | {"loader.source.child", "loader.api.client", "loader.journal", "loader.inbox"},
        ),
    ],
)
def test_what_is_not_needed_is_not_imported(words: list[str], heavy: set[str]) -> None:
    script = (
        f"import sys; from loader.__main__ import main; assert main({words}) == 0;"
        f"print({heavy} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ran.stdout.rstrip().endswith("set()")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads as Linux does")
def test_numpy_starts_no_threads_of_its_own() -> None:
    script = (
        "import os; from loader.__main__ import main; main(['--version']);"
        "import numpy; print(len(os.listdir('/proc/self/task')), 'thread')"
    )
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.endswith("\n1 thread\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["laod", "x.csv"], "Did you mean 'load'"),
        (["check"], "FILE"),
        (["check", "missing.csv"], "there is no such file"),
        (["check", "."], "folder"),
        (["load", "offers.csv", "--max-per-second", "fast"], "max_per_second"),
        (["load", "offers.csv"], "client_id is not set"),
        (["load", "offers.csv", "--sandbox", "--results", "no/such/folder/r.xlsx"], "no/such"),
        (["load", "offers.csv", "--sandbox", "--results", "offers.csv"], "offers.csv"),
        (["load", "offers.csv", "--sandbox", "--results", "r.pdf"], ".xlsx"),
        (["check", "offers.xlsx", "--sheet", "Nope"], "Offers"),
        (["sandbox", "--set", "colour=red"], "no such setting; there are host, "),
        (["sandbox", "--set", "max-limits=5"], "no such setting; did you mean max_limit?"),
        (["sandbox", "--fault", "explode"], "explode: no such fault"),
        (["sandbox", "--fault", "rest-after on=create"], "did you mean reset-after?"),
        (["sandbox", "--fault", "seeed=7"], "did you mean seed=?"),
        (["sandbox", "--fault", "reset-after on=creat"], "did you mean create?"),
        (["sandbox", "--fault", "reset-after tims=1"], "did you mean times?"),
        (["sandbox", "--fault", "status-after body=pages"], "did you mean page?"),
        (["sandbox", "--fault", "reset-after times"], "loader explain sandbox"),
        (["results", "no-such-run"], "there is no journal"),
        (["runs", "20260131-101500-0000"], "loader runs show RUN"),
    ],
)
def test_a_mistake_is_one_clear_message_and_exit_code_2(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    write_offers(tmp_path / "offers.csv", ["One"])
    (tmp_path / "offers.xlsx").write_bytes((ROOT / "samples/offers.xlsx").read_bytes())

    ran = Loader(folder=tmp_path).run(*arguments)

    assert ran.code in (2, 4)
    assert said in ran.err
    assert ran.err.count("\n") < 12


def test_check_finds_and_counts_and_shows_payloads(tmp_path: Path) -> None:
    (tmp_path / "mistakes.xlsx").write_bytes((ROOT / "samples/mistakes.xlsx").read_bytes())

    bad = Loader(folder=tmp_path).run("check", "mistakes.xlsx")
    good = Loader(folder=tmp_path).run("check", str(ROOT / "samples/offers.xlsx"))
    shown = Loader(folder=tmp_path).run(
        "check", str(ROOT / "samples/offers.xlsx"), "--show-payload", "3"
    )

    assert bad.code == 1
    assert "Offers!E6" in bad.out
    assert 'did you mean "html"' in bad.out
    assert "mistakes.checked.xlsx" in bad.out
    assert (tmp_path / "mistakes.checked.xlsx").exists()
    assert good.code == 0
    assert '"representations"' in shown.out


def test_a_template_is_written_filled_and_loaded(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)

    written = loader.run("template", "mine.xlsx")
    again = loader.run("template", "mine.xlsx")
    untouched = loader.run("check", "mine.xlsx")
    book = openpyxl.load_workbook(tmp_path / "mine.xlsx")
    book["Offers"]["A2"] = "My first offer"
    book.save(tmp_path / "mine.xlsx")
    checked = loader.run("check", "mine.xlsx")
    loaded = loader.run("load", "mine.xlsx", "--sandbox")

    assert written.code == 0
    assert again.code == 2  # nothing is overwritten
    assert untouched.code == 1
    assert "example row" in untouched.out
    assert checked.code == 0
    assert "1 created" in loaded.out


def test_examples_are_written_for_who_has_no_checkout(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)

    written = loader.run("template", "--all", "my examples")
    again = loader.run("template", "--all", "my examples")
    checked = loader.run("check", "my examples/samples/offers.xlsx")

    assert written.code == 0, written.err
    assert "'my examples/samples/offers.xlsx'" in written.out
    assert {path.name for path in (tmp_path / "my examples").iterdir()} == {
        "samples", "templates", "deploy",
    }  # fmt: skip
    assert not [*(tmp_path / "my examples").rglob("*.py")]
    assert again.code == 2
    assert checked.code == 0, checked.out


def test_the_doctor_looks_at_the_tables_of_a_watched_folder(tmp_path: Path) -> None:
    tables = '[notify.webhook]\nshape = "slackk"\n[metrics]\ntextfile = "no/x.prom"\n'
    (tmp_path / "loader.toml").write_text(tables)
    target = {"LOADER_ORG_ID": "a@b", "LOADER_SANDBOX_NAME": "dev", "LOADER_CLIENT_ID": "me"}
    nowhere = dict.fromkeys(("LOADER_API_URL", "LOADER_IMS_URL"), "http://127.0.0.1:9")
    variables = {**target, **nowhere, "LOADER_CLIENT_SECRET": "not-so-secret"}

    ran = Loader(folder=tmp_path, variables=variables).run("doctor", "--json")

    found = {each["subject"]: each for each in ran.json["diagnoses"]}
    assert ran.code == 5
    assert "json, slack or teams" in found["notify"]["message"]
    assert "its folder is not there" in found["metrics"]["message"]


def test_json_is_the_only_thing_on_standard_output(tmp_path: Path) -> None:
    write_offers(tmp_path / "offers.csv", ["One", "Two"])

    ran = Loader(folder=tmp_path).run("load", "offers.csv", "--sandbox", "--json")

    assert ran.json["summary"]["created"] == 2
    assert ran.json["summary"]["read"] == 2


def test_the_doctor_says_what_is_wrong_and_hides_secrets(tmp_path: Path) -> None:
    loader = Loader(
        folder=tmp_path,
        variables={
            "LOADER_CLIENT_ID": "id",
            "LOADER_CLIENT_SECRET": "s3cret-canary",
            "LOADER_ORG_ID": "x@AdobeOrg",
            "LOADER_SANDBOX_NAME": "dev",
            "LOADER_API_URL": "http://127.0.0.1:9/data/core/dps",
            "LOADER_IMS_URL": "http://127.0.0.1:9/ims/token/v3",
        },
    )

    ran = loader.run("doctor")

    assert ran.code == 5
    assert "127.0.0.1:9" in ran.out
    assert "s3cret-canary" not in ran.out + ran.err


def test_runs_are_listed_and_their_results_written_again(tmp_path: Path) -> None:
    write_offers(tmp_path / "offers.csv", ["One", "Two"])
    loader = Loader(folder=tmp_path)
    run_id = loader.run("load", "offers.csv", "--sandbox", "--json").json["summary"]["run_id"]

    listed = loader.run("runs")
    shown = loader.run("runs", "show", run_id)
    written = loader.run("results", run_id, "--results", "again.csv")

    assert run_id in listed.out
    assert "2 created" in shown.out
    assert written.code == 0
    assert (tmp_path / "again.csv").read_text("utf-8").count("created") == 2


def test_a_target_in_use_is_exit_code_4_and_the_journal_can_be_read(tmp_path: Path) -> None:
    import time  # noqa: PLC0415

    from loader.journal import open_journal  # noqa: PLC0415

    write_offers(tmp_path / "offers.csv", ["One"])
    loader = Loader(folder=tmp_path)
    target = f"embedded sandbox|{tmp_path.resolve() / 'journal.sandbox.sqlite3'}|dps"
    with (
        open_journal(tmp_path / "journal.sqlite3", clock=time.time) as journal,
        journal.lease(target),
    ):
        ran = loader.run("load", "offers.csv", "--sandbox")
        read = loader.run("runs")

    assert ran.code == 4
    assert f"in use by another loader (process {os.getpid()}" in ran.err
    assert read.code == 0


def test_the_sandbox_verb_prints_settings_that_work(tmp_path: Path) -> None:
    import signal  # noqa: PLC0415

    write_offers(tmp_path / "offers.csv", ["One"])
    process = Loader(folder=tmp_path).start("sandbox", "--set", "other_sandboxes=spring, summer")
    lines = [process.stdout.readline() for _ in range(7)]
    variables = dict(
        line.removeprefix("export ").split("#")[0].strip().split("=", 1)
        for line in lines
        if line.startswith("export ")
    )

    ran = Loader(folder=tmp_path, variables=variables).run("load", "offers.csv")
    other = {**variables, "LOADER_SANDBOX_NAME": "summer"}
    elsewhere = Loader(folder=tmp_path, variables=other).run("load", "offers.csv")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    assert ran.code == 0, ran.err
    assert "1 created" in ran.out
    assert "1 created" in elsewhere.out
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ((), "date-ambiguous"),
        (("date-ambiguous",), "Cure: Write the date as 2024-02-01"),
        (("[http-404]",), "http-NNN: "),
        (("profiles",), "Headings that are known already\n(columns (`loader explain columns`))"),
        (("sandbox",), "# The sandbox"),
        (("exit",), "exit-6: "),
        (("exit", "6"), "exit-6: The run ended early"),
        (("exit-130",), "exit-130: "),
        (("130",), "exit-130: "),
        (("exit", "codes"), "exit-5: "),
    ],
)
def test_codes_and_pages_are_explained_without_a_checkout(
    tmp_path: Path, topic: tuple[str, ...], said: str
) -> None:
    ran = Loader(folder=tmp_path).run("explain", *topic)

    assert ran.code == 0
    assert said in ran.out


@pytest.mark.parametrize("topic", ["settings", "settings.md"])
def test_a_page_that_has_the_name_of_a_code_is_shown_too(tmp_path: Path, topic: str) -> None:
    ran = Loader(folder=tmp_path).run("explain", topic)

    assert ran.code == 0, ran.err
    assert "| `max_per_second` |" in ran.out
    assert ("Cure:" in ran.out.partition("# Settings")[0]) == (topic == "settings")


def test_a_page_is_laid_out_for_the_terminal_that_shows_it(tmp_path: Path) -> None:
    variables = Loader(folder=tmp_path, variables={"TERM": "xterm", "COLUMNS": "60"}).environment()

    code, screen = on_terminal(
        "explain", "keeping-offers", folder=tmp_path, variables=variables, answers={}
    )

    lines = [line.rstrip("\r") for line in screen.split("\n")]
    source = (ROOT / "docs" / "keeping-offers.md").read_text("utf-8")
    title = source.partition("\n")[0].removeprefix("# ")
    assert code == 0
    assert any(title in line for line in lines)
    assert max(map(len, lines)) <= 60
    assert [line for line in lines if line.startswith(("# ", "## ", "```", "| "))] == []
    assert "\x1b" not in screen


def test_nothing_that_is_printed_leads_to_a_file_that_only_a_checkout_has(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)
    shown = [loader.run(verb, "--help").out for verb in VERBS]

    words = [f"{each.cause} {each.cure}" for table in CODES_OF_ALL_KINDS for each in table.values()]

    assert "did you mean" in loader.run("explain", "wrong-colums").err
    assert "there are 0, 1, 2" in loader.run("explain", "exit", "7").err
    assert [text for text in (*shown, *words) if "docs/" in text] == []


@pytest.mark.parametrize("place", ["a-file/journal.db", "/proc/no-folder/journal.db"])
def test_a_folder_that_cannot_be_made_for_a_rehearsal_is_said(tmp_path: Path, place: str) -> None:
    loader = Loader(folder=tmp_path)
    write_offers(tmp_path / "offers.csv", ["A"])
    (tmp_path / "a-file").write_text("")

    ran = loader.run("load", "offers.csv", "--sandbox", "--journal", place)

    assert ran.code == 2, ran.err
    assert "cannot be made" in ran.err
    assert "--journal" in ran.err
