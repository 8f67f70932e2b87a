"""Names become ids through the API, once a run, in both dialects, or it is said why not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loader.delivery.stop import StopSignal
from loader.errors import ExitCode, TargetError
from loader.events import silent
from loader.run.apply.load import load_files
from loader.run.check.check import check_files
from loader.run.history.runs import show_run
from loader.run.reports import LoadReport
from loader.run.requests import CheckRequest, LoadRequest
from loader.settings import Settings, load_settings
from offer_sandbox import Sandbox, SandboxSettings, running_sandbox
from tests.support.sandbox_calls import client
from tests.support.workbooks import connection_variables

BANNER, TEXT, HTML = (
    f"dps:offer-placement:{end}"
    for end in ("1a24dc4342f2e21e", "1a24dc4342f2e220", "124e0be5699743d3")
)
WEB = "https://ns.adobe.com/xdm/channel-types/web"


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with running_sandbox(SandboxSettings(max_limit=3, unknown_tags="refuse")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    """A sandbox as new, that gives lists three at a time and refuses what it does not know."""
    shared.reset()
    return shared


WATCHER = silent


def lists(sandbox: Sandbox) -> int:
    """How many pages of lists the sandbox was asked for."""
    return int(sandbox.counters()["requests"].get("list", 0))


def settings_for(sandbox: Sandbox, folder: Path, **changed: str) -> Settings:
    usual = {
        **connection_variables(sandbox, changed.get("LOADER_API", "dps")),
        "LOADER_MAX_PER_SECOND": "500",
        "LOADER_SETTLE_SECONDS": "0.1",
        "LOADER_JOURNAL": str(folder / "journal.sqlite3"),
    }
    return load_settings(environment=usual | changed, needs_target=True)


def load(
    sandbox: Sandbox,
    folder: Path,
    text: str,
    *,
    dry_run: bool = False,
    ignored: tuple[str, ...] = (),
    **changed: str,
) -> LoadReport:
    source = folder / "offers.csv"
    source.write_text(text, "utf-8")
    request = LoadRequest(
        sources=(str(source),),
        dry_run=dry_run,
        ignored_columns=ignored,
        results=folder / "results.csv",
    )
    settings = settings_for(sandbox, folder, **changed)
    return load_files(request, settings, listener=WATCHER, confirm=None, stop=StopSignal())


@pytest.mark.parametrize("api", ["dps", "xcore"])
def test_a_marketer_s_sheet_without_ids_types_and_channels_is_loaded(
    sandbox: Sandbox, tmp_path: Path, api: str
) -> None:
    text = "name,placement,content,tags\nA,web BANNER,<p>A</p>,spring; Loyalty\nB,Web text,Hi,\n"

    report = load(sandbox, tmp_path, text, LOADER_API=api)

    assert (report.exit_code, report.summary.created) == (ExitCode.OK, 2)
    prefix, kind = ("", "type") if api == "dps" else ("xdm:", "@type")
    bodies = sorted((offer["body"] for offer in sandbox.offers()), key=lambda b: b[f"{prefix}name"])
    shown = [body[f"{prefix}representations"][0] for body in bodies]
    assert [each[f"{prefix}placement"][-16:] for each in shown] == [BANNER[-16:], TEXT[-16:]]
    assert [each[f"{prefix}channel"] for each in shown] == [WEB, WEB]
    kinds = [each[f"{prefix}components"][0][kind].rpartition("-")[2] for each in shown]
    assert kinds == ["html", "text"]
    tags = [tag.rpartition(":")[2] for tag in bodies[0][f"{prefix}tags"]]
    assert tags == ["1a24dc4342f2e230", "1a24dc4342f2e231"]


def test_the_target_is_asked_once_a_run_and_only_if_a_cell_needs_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    ids = f"name,placement,type,channel,content\nA,{BANNER},html,web,x\n"
    before = lists(sandbox)
    load(sandbox, tmp_path, ids, dry_run=True)
    assert lists(sandbox) == before

    report = load(sandbox, tmp_path, ids + "B,Web text,,,x\nC,Web banner,,,x\n", dry_run=True)

    assert lists(sandbox) == before + 3  # pages of three placements
    listed = show_run(report.summary.run_id, settings_for(sandbox, tmp_path)).listed
    assert {each["name"] for each in listed["placements"]} >= {"Web banner", "Web text"}


def test_a_deleted_placement_and_a_name_that_two_have_are_errors_of_their_cells(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with client(sandbox) as http:
        assert http.delete(f"/placements/{TEXT}").status_code == 200

    report = load(sandbox, tmp_path, "name,placement,content\nA,Web text,x\nB,Hero,x\n")

    found = [(each.error.code, each.error.cell) for each in report.findings.first]
    assert found == [("placement-unknown", "B2"), ("placement-ambiguous", "B3")]
    assert sandbox.offers() == []


def test_a_target_that_lists_no_placements_stops_nothing_but_names(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.set_faults("status-before status=403 on=list times=1")
    ids = load(sandbox, tmp_path, f"name,placement,type,content\nA,{BANNER},html,x\n")
    assert (ids.exit_code, ids.summary.created) == (ExitCode.OK, 1)
    assert [notice.code for notice in ids.findings.notices] == ["placements-not-listed"]

    sandbox.set_faults("status-before status=403 on=list times=1")
    with pytest.raises(TargetError, match=r"Web text.*--placements ids-only"):
        load(sandbox, tmp_path, "name,placement,content\nB,Web text,x\n")
    assert len(sandbox.offers()) == 1

    again = load(sandbox, tmp_path, "name,placement,content\nB,Web text,x\n")
    assert again.summary.created == 1


def test_a_renamed_placement_changes_nothing_and_a_name_that_passes_on_is_said(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    text = f"name,placement,content\nA,Web banner,x\nB,{HTML},x\n"
    assert load(sandbox, tmp_path, text).summary.created == 2
    with client(sandbox) as http:
        for remote_id, name in ((BANNER, "Old"), (HTML, "Web banner")):
            change = [{"op": "replace", "path": "/name", "value": name}]
            assert http.patch(f"/placements/{remote_id}", json=change).status_code == 200

    again = load(sandbox, tmp_path, text)

    assert (again.summary.duplicate, again.summary.invalid) == (1, 1)
    (found,) = again.findings.first
    assert found.error.code == "key-conflict"
    assert BANNER in found.error.message
    assert HTML in found.error.message
    assert len(sandbox.offers()) == 2


def test_a_check_looks_names_up_only_online(sandbox: Sandbox, tmp_path: Path) -> None:
    source = tmp_path / "offers.csv"
    source.write_text("name,placement,content\nA,Web baner,x\n", "utf-8")
    settings = settings_for(sandbox, tmp_path)
    before = lists(sandbox)

    offline = check_files(
        CheckRequest(sources=(str(source),), show_payload=(2,)), settings, listener=WATCHER
    )
    assert offline.exit_code == ExitCode.OK
    assert [notice.code for notice in offline.findings.notices] == ["looked-up-at-load"]
    assert (offline.payloads[0].body, offline.payloads[0].unsettled) == (None, True)
    assert lists(sandbox) == before

    online = check_files(
        CheckRequest(sources=(str(source),), online=True), settings, listener=WATCHER
    )
    assert [count.code for count in online.findings.counts] == ["placement-unknown"]
    assert 'did you mean "Web banner"' in online.findings.first[0].error.suggestion


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (f"A,{BANNER},,Spring", '"Spring"'),
        ("A,Web banner,html,", '"Web banner"'),
        (f"A,{BANNER},,", ""),  # a blank that the placement fills is no name
        (f"A,{BANNER},html,dps:tag:1a24dc4342f2e230", ""),
    ],
)
def test_that_names_are_looked_up_later_is_said_only_where_something_is_named(
    tmp_path: Path, row: str, named: str
) -> None:
    source = tmp_path / "offers.csv"
    source.write_text(f"name,placement,type,tags,content\n{row},x\n", "utf-8")
    settings = load_settings(environment={}, needs_target=False)

    report = check_files(CheckRequest(sources=(str(source),)), settings, listener=WATCHER)

    said = [notice.message for notice in report.findings.notices]
    assert len(said) == bool(named)
    assert all(named in message for message in said)


def test_rows_are_in_the_results_if_the_api_ends_the_run_while_names_are_looked_up(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    text = (
        "name,placement,type,content\n"
        f"One,{HTML},html,<p>1</p>\nTwo,Web banner,html,<p>2</p>\nThree,{HTML},html,\n"
    )
    sandbox.set_faults("status-before status=403 on=list times=1")
    with pytest.raises(TargetError, match=r"results\.csv; nothing was sent"):
        load(sandbox, tmp_path, text)

    rows = (tmp_path / "results.csv").read_text("utf-8-sig").splitlines()
    assert [line.count("not sent: the target") for line in rows] == [0, 1, 1, 0]
    assert len(rows) == 4
    assert sandbox.offers() == []

    again = load(sandbox, tmp_path, text)
    assert (again.summary.created, again.summary.invalid) == (2, 1)
    assert len(sandbox.offers()) == 2


def test_two_rows_of_one_key_say_in_which_cells_they_differ_and_what_they_may_be(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    head = "name,external_id,placement,content\n"
    long = "Hello to everybody | " * 9 + "ever"
    twice = f"{head}A,X1,Web banner,{long}ybody\nA,X1,Web text,{long}yone\n"

    first = load(sandbox, tmp_path, twice)
    (found,) = first.findings.first
    later = load(sandbox, tmp_path, "external_id,content,placement,name\nX1,Bye,Web banner,A\n")
    (again,) = later.findings.first

    assert "row 2 of" in found.error.message
    assert 'they differ in placement ("Web banner" there, "Web text" here)' in found.error.message
    assert '("…body | everybody" there, "…body | everyone" here)' in found.error.message
    assert "placement_2" in found.error.suggestion
    assert "loader explain mappings" in found.error.suggestion
    assert (
        'differ in content ("Hello to everybody | Hello to everybody …" there, "Bye" here)'
        in again.error.message
    )


@pytest.mark.parametrize("ignored", [(), ("Note",)], ids=["all read", "one ignored"])
def test_two_rows_of_one_key_are_compared_by_column_whatever_the_headings_are(
    sandbox: Sandbox, tmp_path: Path, ignored: tuple[str, ...]
) -> None:
    note, text = ("Note,", "seen,") if ignored else ("", "")
    load(sandbox, tmp_path, "Offer name,Placement,Content,Locale\nA,Web banner,Hi,fr\n")

    later = load(
        sandbox,
        tmp_path,
        f"{note}content,name,PLACEMENT,language\n{text}Bye,A,Web banner,fr\n",
        ignored=ignored,
    )

    (found,) = later.findings.first
    assert 'they differ in content ("Hi" there, "Bye" here)' in found.error.message
    assert "blank" not in found.error.message
    assert "Web banner" not in found.error.message
    assert "Note (" not in found.error.message


def mapping(folder: Path, text: str) -> str:
    """Write a mapping; return its path, as `LOADER_MAPPING` gives it."""
    path = folder / "mapping.toml"
    path.write_text(text, "utf-8")
    return str(path)


CODE_AND_LABEL = '[fields]\nname = "Code"\ncontent = "Label"\n'


def test_two_rows_of_one_key_say_what_is_sent_where_their_columns_cannot_be_compared(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    load(
        sandbox,
        tmp_path,
        "Code,Label,placement\nA,Hi,Web banner\n",
        LOADER_MAPPING=mapping(tmp_path, CODE_AND_LABEL),
    )

    later = load(sandbox, tmp_path, "name,content,placement\nA,Bye,Web banner\n")

    (found,) = later.findings.first
    assert "the mapping was another one then" in found.error.message
    assert 'differs in content (dps:offer-placement:1a24dc4342f2e21e) ("Hi"' in found.error.message
    assert "blank" not in found.error.message
    assert "cells" not in found.error.message


def test_two_rows_of_one_key_are_compared_through_the_mapping_of_both(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = mapping(tmp_path, CODE_AND_LABEL)
    texts = (
        "Code,Label,PLACEMENT\nA,Hi,Web banner\n",
        "placement,LABEL,code\nWeb banner,Bye,A\n",
    )
    for text in texts:
        report = load(sandbox, tmp_path, text, LOADER_MAPPING=path)

    (found,) = report.findings.first
    assert 'they differ in LABEL ("Hi" there, "Bye" here);' in f"{found.error.message};"


DATED = "name,placement,content,start_date,Ref\nA,Web banner,Hi,2026-02-01 10:00,{ref}\n"


def test_a_key_conflict_by_a_setting_alone_names_the_setting(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Neither a cell nor a column that is not read is said to differ."""
    load(sandbox, tmp_path, DATED.format(ref="R1"), ignored=("Ref",), LOADER_ZONE="Europe/Paris")

    later = load(sandbox, tmp_path, DATED.format(ref="R2"), ignored=("Ref",), LOADER_ZONE="UTC")

    (found,) = later.findings.first
    assert found.error.code == "key-conflict"
    assert "the cells that are read are the same" in found.error.message
    assert "zone was Europe/Paris then, and is UTC now" in found.error.message
    assert (
        'sent differs in start_date ("2026-02-01T09:00:00.000+00:00" there' in found.error.message
    )
    assert "Ref" not in found.error.message


@pytest.mark.parametrize("api", ["dps", "xcore"])
def test_a_key_conflict_by_the_mapping_alone_says_so_and_what_is_sent(
    sandbox: Sandbox, tmp_path: Path, api: str
) -> None:
    for text in ('"Texte"', '"Autre"'):
        path = mapping(
            tmp_path,
            f'ignore = ["*"]\n[fields]\nname = "Titre"\nplacement = "Slot"\ncontent = {text}\n',
        )
        report = load(
            sandbox,
            tmp_path,
            "Titre,Slot,Texte,Autre\nA,Web banner,Hi,Bye\n",
            LOADER_API=api,
            LOADER_MAPPING=path,
        )

    (found,) = report.findings.first
    assert "the cells that are read are the same" in found.error.message
    assert "the mapping was another one then" in found.error.message
    assert '("Hi" there, "Bye" here)' in found.error.message
