"""A reply is lost, and the server's words are not to be trusted: no offer is created twice."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from offer_sandbox import Sandbox, SandboxSettings, Shape, running_sandbox
from offer_sandbox.kept_names import kept_name
from offer_sandbox.settings import UsedIdWords
from tests.support.gateway import Passed, gateway
from tests.support.sandbox_calls import client, dps_offer
from tests.support.workbooks import CommandResult, loader_for, results_of, write_offers

FALLBACK = {"offer-type": "fallback"}
NAMES = ["Buy one, get one", 'The "best" of C:\\new', "5* hotel?", "Plain 1"]
ONLY_NAMED = pytest.mark.parametrize(  # what makes a reply name an id that proves nothing
    ("api", "changed"),
    [
        ("dps", {"receipt_ids": "short"}),
        ("dps", {"create_status": 202}),
        ("xcore", {"create_status": 202}),
    ],
)


def load(
    sandbox: Sandbox, folder: Path, names: list[str], content: str = "<p>Hello</p>", **settings: str
):
    """Load a file; return how it ended and its rows by name."""
    loader = loader_for(sandbox, folder, LOADER_MAX_IN_FLIGHT="1", **settings)
    write_offers(folder / "offers.csv", names, content=content)
    ran = loader.run("load", "offers.csv", "--results", "results.csv")
    return ran, {row["name"]: row for row in results_of(folder / "results.csv")}


@pytest.mark.parametrize("api", ["dps", "xcore"])
@pytest.mark.parametrize(
    "changed",
    [
        {"encoded_comma_splits": True},
        {"encoded_quotes_are_syntax": True},
        {"wildcards_in_equality": True},
        {"property_filter": "nothing"},
        {"property_filter": "ignored"},
    ],
)
def test_how_a_filter_is_parsed_decides_nothing(
    tmp_path: Path, api: str, changed: dict[str, Any]
) -> None:
    with running_sandbox(SandboxSettings(**changed)) as sandbox:
        sandbox.set_faults("reset-after on=create")
        more = {"LOADER_API": api, "LOADER_API_URL": sandbox.api_url(api)}
        ran, rows = load(sandbox, tmp_path, NAMES, **more)
        held = Counter(offer["name"] for offer in sandbox.offers())

    assert held == dict.fromkeys(NAMES, 1)
    assert ran.code == 0, ran.err
    assert {row["status"] for row in rows.values()} == {"created"}


@pytest.mark.parametrize(
    "how",
    [
        *("trimmed", "folded", "escaped", "mis-decoded", "replaced"),
        *(
            pytest.param(form, marks=pytest.mark.slow)
            for form in (
                *("lower-case", "one-blank", "plain-blanks", "percent-encoded"),
                *("without-accents", "without-marks", "without-tags"),
            )
        ),
    ],
)
def test_a_name_that_was_kept_in_another_form_is_for_a_person(tmp_path: Path, how: str) -> None:
    names = ["The\u00a0 Best  Offer: <b>\u00e9t\u00e9</b>", "plain"]
    settings = SandboxSettings(names_kept=how)  # type: ignore[arg-type]  # parametrized
    with running_sandbox(settings) as sandbox:
        sandbox.set_faults("reset-after on=create")
        ran, rows = load(sandbox, tmp_path, names)
        held = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert len(held) == 2
    is_seen_by_contents = how == "replaced"
    said = "of the same contents" if is_seen_by_contents else "of a name like this one"
    for name, row in rows.items():
        kept = kept_name(name, settings.names_kept)
        if kept == name:
            assert row["status"] == "created"
        else:
            assert row["status"] == "unknown"
            assert said in row["error"]
            assert held[kept] in row["error"]
    assert ran.code in (0, 6)


@pytest.mark.parametrize("how", ["mis-decoded", "mis-decoded-1252", "latin-1", "three-bytes"])
def test_offers_whose_texts_were_all_kept_in_another_coding_are_for_a_person(
    tmp_path: Path, how: str
) -> None:
    """Neither the name nor the contents are as they were sent."""
    names = ["Łódź Øre", "Sommer für alle “jetzt”", "夏季促销", "Winter"]
    settings = SandboxSettings(names_kept=how)  # type: ignore[arg-type]  # parametrized
    with running_sandbox(settings) as sandbox:
        sandbox.set_faults("reset-after on=create")
        ran, rows = load(sandbox, tmp_path, names, "<p>Für “alle”: 夏季 \U0001f600</p>")
        held = sandbox.offers()

    assert len(held) == 4
    assert ran.code == 6
    for name, row in rows.items():
        said = "of this name, but" if kept_name(name, settings.names_kept) == name else "like this"
        assert row["status"] == "unknown"
        assert said in row["error"]


@pytest.mark.parametrize(
    ("how", "name"),
    [("cut", "A name that is longer than " + "most " * 10), ("three-bytes", "\U0001f600 Sale")],
)
def test_a_name_that_lost_a_part_is_for_a_person(tmp_path: Path, how: str, name: str) -> None:
    settings = SandboxSettings(names_kept=how)  # type: ignore[arg-type]  # parametrized
    with running_sandbox(settings) as sandbox:
        sandbox.set_faults("reset-after on=create skip=1 times=1")
        ran, rows = load(sandbox, tmp_path, [f"{name}1", f"{name}2"])
        held = sandbox.offers()

    assert len(held) == 2
    assert ran.code == 6
    assert (rows[f"{name}1"]["status"], rows[f"{name}2"]["status"]) == ("created", "unknown")
    assert "of a name like this one" in rows[f"{name}2"]["error"]


def test_names_that_differ_in_case_only_are_two_offers(tmp_path: Path) -> None:
    """A near name that stood there before, or is another row's, is no reason to ask a person."""
    with running_sandbox() as sandbox:
        with client(sandbox) as http:
            http.post("/offers", params=FALLBACK, json=dps_offer("SALE"))
        sandbox.set_faults("reset-before on=create times=1 skip=1")
        ran, rows = load(sandbox, tmp_path, ["Sale", "sale"])
        held = Counter(offer["name"] for offer in sandbox.offers())

    assert ran.code == 0, ran.err
    assert held == {"SALE": 1, "Sale": 1, "sale": 1}
    assert rows["sale"]["attempts"] == "2"


def test_an_offer_with_the_name_of_a_row_is_not_another_rows(tmp_path: Path) -> None:
    """B was told the id of A; what has the name of B says nothing of C, though all are alike."""
    with running_sandbox() as sandbox:
        sandbox.set_faults(
            "reset-after on=create times=1",
            "same-id on=create skip=1 times=1",
            "reset-before on=create skip=2 times=1",
        )
        ran, rows = load(sandbox, tmp_path, ["A", "B", "C"])
        held = Counter(offer["name"] for offer in sandbox.offers())

    assert held == {"A": 1, "B": 1, "C": 1}
    assert rows["C"]["status"] == "created", rows["C"]["error"]
    assert ran.code == 6


def test_the_id_of_an_offer_that_was_there_before_is_no_receipt(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        with client(sandbox) as http:
            old = http.post("/offers", params=FALLBACK, json=dps_offer("Old")).json()["id"]
        sandbox.set_faults("old-id on=create")
        ran, rows = load(sandbox, tmp_path, ["A", "B"])
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert ran.code == 0, ran.err
    assert {name: row["instanceId"] for name, row in rows.items()} == {
        "A": ids["A"],
        "B": ids["B"],
    }
    assert old not in {row["instanceId"] for row in rows.values()}


@pytest.mark.parametrize("form", ["escaped", "short"])
def test_a_receipt_in_another_form_than_reads_show_is_held_against_them(
    tmp_path: Path, form: str
) -> None:
    settings = SandboxSettings(receipt_ids=form)  # type: ignore[arg-type]  # parametrized
    with running_sandbox(settings) as sandbox:
        with client(sandbox) as http:
            http.post("/offers", params=FALLBACK, json=dps_offer("Old"))
        sandbox.set_faults("old-id on=create skip=1 times=1", "same-id on=create skip=2")
        ran, rows = load(sandbox, tmp_path, ["A", "B", "C", "D"])
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert ran.code == 0, ran.err
    del ids["Old"]
    assert {name: row["instanceId"] for name, row in rows.items()} == ids


@pytest.mark.parametrize("changed", [{"receipt_ids": "short"}, {"create_status": 202}])
def test_a_run_of_successes_that_are_looked_up_is_no_trouble(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    names = [f"Offer {number}" for number in range(25)]
    with running_sandbox(SandboxSettings(**changed)) as sandbox:
        ran, rows = load(sandbox, tmp_path, names, LOADER_MAX_PER_SECOND="1000")
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert ran.code == 0, ran.err
    assert {name: row["instanceId"] for name, row in rows.items()} == ids


@pytest.mark.parametrize("changed", [{"receipt_ids": "short"}, {"create_status": 202}])
def test_an_offer_under_another_name_is_that_of_the_row_whose_reply_named_it(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    names = ["A", "B", "C"]
    with running_sandbox(SandboxSettings(names_kept="replaced", **changed)) as sandbox:
        ran, rows = load(sandbox, tmp_path, names)
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert ran.code == 0, ran.err
    kept = {name: ids[kept_name(name, "replaced")] for name in names}
    assert {name: row["instanceId"] for name, row in rows.items()} == kept


@ONLY_NAMED
def test_the_id_that_a_reply_named_is_known_after_looks_that_found_nothing(
    tmp_path: Path, api: str, changed: dict[str, Any]
) -> None:
    names = ["A", "B", "C"]
    with running_sandbox(SandboxSettings(names_kept="replaced", **changed)) as sandbox:
        more = {"LOADER_API": api, "LOADER_API_URL": sandbox.api_url(api)}
        sandbox.set_faults("list-lag-seconds=3600")
        ran, rows = load(sandbox, tmp_path, names, **more)
        loader = loader_for(sandbox, tmp_path, **more)
        again = loader.run("resume", "--results", "results.csv")
        shown = {row["name"]: row for row in results_of(tmp_path / "results.csv")}
        sandbox.set_faults()
        last = loader.run("resume", "--results", "results.csv")
        found = {row["name"]: row for row in results_of(tmp_path / "results.csv")}
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert (ran.code, again.code) == (6, 6)
    for row in [*rows.values(), *shown.values()]:
        assert (row["status"], row["instanceId"], row["@id"]) == ("unknown", "", "")
        assert "it is not in the list" in row["error"]
    assert last.code == 0, last.err
    kept = {name: ids[kept_name(name, "replaced")] for name in names}
    assert {name: row["@id"] for name, row in found.items()} == kept


@ONLY_NAMED
def test_an_offer_of_before_that_a_reply_named_is_not_the_rows_in_a_later_run(
    tmp_path: Path, api: str, changed: dict[str, Any]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with running_sandbox(SandboxSettings(names_kept="replaced", **changed)) as sandbox:
        more = {"LOADER_API": api, "LOADER_API_URL": sandbox.api_url(api)}
        load(sandbox, first, ["Old"], **more)  # with another journal
        sandbox.set_faults("old-id on=create")
        ran, rows = load(sandbox, second, ["A"], **more)
        again = loader_for(sandbox, second, **more).run("resume", "--results", "results.csv")
        later = {row["name"]: row for row in results_of(second / "results.csv")}

    assert (ran.code, again.code) == (6, 6), again.out
    assert (rows["A"]["status"], later["A"]["status"]) == ("unknown", "unknown")
    assert later["A"]["instanceId"] == ""


def test_an_id_that_a_reply_repeats_is_not_that_of_its_row(tmp_path: Path) -> None:
    settings = SandboxSettings(names_kept="replaced", receipt_ids="short")
    with running_sandbox(settings) as sandbox:
        sandbox.set_faults("same-id on=create skip=1 times=1")
        ran, rows = load(sandbox, tmp_path, ["A", "B"])
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert ran.code == 6, ran.err
    assert rows["B"]["status"] == "unknown"
    assert rows["A"]["instanceId"] in ("", ids[kept_name("A", "replaced")])


def test_one_id_for_several_rows_is_a_receipt_of_one_at_most(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        sandbox.set_faults("same-id on=create")
        ran, rows = load(sandbox, tmp_path, ["A", "B", "C", "D"])
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert ran.code == 0, ran.err
    assert {name: row["instanceId"] for name, row in rows.items()} == ids
    assert len(ids) == 4


@pytest.mark.parametrize(("header", "is_noticed"), [("echoed", True), ("own", False)])
def test_replies_that_are_given_to_the_wrong_requests_are_noticed_where_they_name_theirs(
    tmp_path: Path, header: str, is_noticed: bool
) -> None:
    """Where they do not, no reply tells whose it is; `verify` does."""
    settings = SandboxSettings(request_id_header=header)  # type: ignore[arg-type]  # parametrized
    names = ["A", "B", "C", "D"]
    with running_sandbox(settings) as sandbox:
        sandbox.set_faults("previous-reply on=create")
        ran, rows = load(sandbox, tmp_path, names)
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert sorted(ids) == names
    assert ({name: row["instanceId"] for name, row in rows.items()} == ids) is is_noticed
    assert ran.code == (0 if is_noticed else 6), ran.err


def test_a_service_that_names_its_own_ids_for_creates_mixes_nothing_up(tmp_path: Path) -> None:
    """A gateway answers the reads, say, and repeats their id. The run stopped after twenty rows."""
    names = [f"Offer {number}" for number in range(30)]
    with running_sandbox(SandboxSettings(request_id_header="echoed-reads")) as sandbox:
        ran, rows = load(sandbox, tmp_path, names)

    assert ran.code == 0, ran.err
    assert {row["status"] for row in rows.values()} == {"created"}


def test_a_listing_that_hides_what_is_known_to_be_there_proves_nothing(tmp_path: Path) -> None:
    """It lags far more than the settle time: the row that was created before is not shown."""
    with running_sandbox() as sandbox:
        sandbox.set_faults(
            "reset-after on=create skip=1 times=1", "latency seconds=0.3 on=create",
            "list-lag-seconds=600",
        )  # fmt: skip
        ran, rows = load(sandbox, tmp_path, ["A", "B"], LOADER_SETTLE_SECONDS="0.2")
        held = Counter(offer["name"] for offer in sandbox.offers())

    assert held == {"A": 1, "B": 1}
    assert rows["B"]["status"] == "unknown"
    assert rows["A"]["instanceId"] in rows["B"]["error"]
    assert "does not prove" in rows["B"]["error"]
    assert ran.code == 6


def test_one_listing_serves_all_rows_without_a_reply(tmp_path: Path) -> None:
    names = [f"Offer {number}" for number in range(30)]
    with running_sandbox() as sandbox:
        sandbox.set_faults(
            *(f"reset-after on=create skip={skip} times=5" for skip in (0, 10, 20)),
        )
        ran, rows = load(sandbox, tmp_path, names)
        lists = sandbox.counters()["requests"]["list"]

    assert ran.code == 0, ran.err
    assert {row["status"] for row in rows.values()} == {"created"}
    assert lists == 2  # the baseline, and the look


@pytest.mark.parametrize("api", ["dps", "xcore"])
@pytest.mark.parametrize("shape", [*Shape])
def test_a_reply_that_is_no_list_proves_nothing(tmp_path: Path, api: str, shape: Shape) -> None:
    """The baseline is true; then every reply to a create is lost and every list is none."""
    with running_sandbox() as sandbox:
        loader = loader_for(
            sandbox,
            tmp_path,
            LOADER_MAX_IN_FLIGHT="1",
            LOADER_API=api,
            LOADER_API_URL=sandbox.api_url(api),
        )
        write_offers(tmp_path / "offers.csv", ["One", "Two"])
        sandbox.set_faults("reset-after on=create", f"wrong-shape on=list skip=1 shape={shape}")
        ran = loader.run("load", "offers.csv", "--results", "results.csv")
        meanwhile = Counter(offer["name"] for offer in sandbox.offers())
        sandbox.set_faults()
        resumed = loader.run("resume", "--results", "results.csv")
        held = Counter(offer["name"] for offer in sandbox.offers())

    assert meanwhile <= Counter({"One": 1, "Two": 1})
    assert ran.code == 5, ran.err
    assert "documented list" in ran.out or "cannot be read" in ran.out
    assert resumed.code == 0, resumed.err
    assert held == {"One": 1, "Two": 1}
    assert [row["status"] for row in results_of(tmp_path / "results.csv")] == ["created"] * 2


@pytest.mark.parametrize(("cache", "code"), [("heeds", 0), ("deaf", 5), ("silent", 5)])
def test_a_list_that_a_cache_keeps_proves_nothing(tmp_path: Path, cache: Any, code: int) -> None:
    with running_sandbox(SandboxSettings(cache_between=cache)) as sandbox:
        sandbox.set_faults("reset-after on=create")
        ran, rows = load(sandbox, tmp_path, ["One", "Two"], LOADER_SETTLE_SECONDS="2.2")
        held = Counter(offer["name"] for offer in sandbox.offers())

    assert held == {"One": 1, "Two": 1}
    assert ran.code == code, ran.err
    assert {row["status"] for row in rows.values()} == {"unknown" if code else "created"}
    assert code == 0 or "a cache in between keeps it" in ran.out


def test_a_clash_with_what_was_sent_before_is_no_failure(tmp_path: Path) -> None:
    """The reply is lost, the list lags, and the name is refused the second time: it is there."""
    with running_sandbox(SandboxSettings(unique_names=True)) as sandbox:
        sandbox.set_faults("reset-after on=create times=1", "list-lag-seconds=3600")
        ran, rows = load(sandbox, tmp_path, ["One"], LOADER_SETTLE_SECONDS="0.1")
        held = sandbox.offers()

    assert len(held) == 1
    assert (ran.code, rows["One"]["status"]) == (6, "unknown")
    assert "HTTP 409" in rows["One"]["error"]
    assert "sent before without a reply" in rows["One"]["error"]


@pytest.mark.parametrize(
    ("settings", "faults", "answer"),
    [
        (SandboxSettings(unique_names=True), ["reset-after on=create times=1"], "HTTP 409"),
        (SandboxSettings(create_status=202), [], "HTTP 202"),
        (SandboxSettings(), ["no-receipt on=create"], "HTTP 201"),
    ],
)
def test_a_later_load_still_says_what_the_reply_said(
    tmp_path: Path, settings: SandboxSettings, faults: list[str], answer: str
) -> None:
    with running_sandbox(settings) as sandbox:
        sandbox.set_faults(*faults, "list-lag-seconds=3600")
        said = [
            load(sandbox, tmp_path, ["One"], LOADER_SETTLE_SECONDS="0.1")[1]["One"]["error"]
            for _ in range(3)
        ]

    assert said[0].startswith(f"{answer}: ") or said[0].startswith(f"{answer} ")
    assert said == [said[0]] * 3


@pytest.mark.parametrize(
    "fault", ["repeated on=create", "status-after status=429 on=create times=2"]
)
def test_a_clash_with_what_the_same_request_made_is_no_failure(tmp_path: Path, fault: str) -> None:
    """A proxy sends a create twice; or what was refused for its rate was carried out."""
    with running_sandbox(SandboxSettings(unique_names=True)) as sandbox:
        sandbox.set_faults(fault)
        ran, rows = load(sandbox, tmp_path, ["One", "Two"])
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert ran.code == 0, ran.err
    assert {name: row["instanceId"] for name, row in rows.items()} == ids
    assert {row["status"] for row in rows.values()} == {"created"}


@pytest.mark.parametrize("words", get_args(UsedIdWords))
def test_a_create_that_was_sent_twice_is_looked_up_where_its_request_id_is_refused(
    tmp_path: Path, words: UsedIdWords
) -> None:
    settings = SandboxSettings(unique_request_ids=True, used_request_id_says=words)
    with running_sandbox(settings) as sandbox:
        sandbox.set_faults("repeated on=create")
        ran, rows = load(sandbox, tmp_path, ["One", "Two"])
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert ran.code == 0, ran.err
    assert {name: row["instanceId"] for name, row in rows.items()} == ids
    assert {row["status"] for row in rows.values()} == {"created"}


def test_a_load_goes_on_though_each_of_its_requests_is_sent_twice(tmp_path: Path) -> None:
    names = [f"Offer {number}" for number in range(30)]
    with running_sandbox(SandboxSettings(unique_request_ids=True)) as sandbox:
        sandbox.set_faults("repeated on=create")
        ran, rows = load(sandbox, tmp_path, names)
        held = [offer["name"] for offer in sandbox.offers()]

    assert ran.code == 0, ran.err
    assert sorted(held) == sorted(names)
    assert {row["status"] for row in rows.values()} == {"created"}


def load_through(
    sandbox: Sandbox, folder: Path, name: str, change: Callable[[Callable[[], Passed]], Passed]
) -> tuple[CommandResult, dict[str, str]]:
    """Load one offer through a gateway that changes the replies to creates."""
    write_offers(folder / "offers.csv", [name])
    with gateway(sandbox, on="create", change=change, which=bool) as address:
        loader = loader_for(sandbox, folder, LOADER_SETTLE_SECONDS="0.2")
        way = {k: v.replace(sandbox.root, address) for k, v in loader.variables.items()}
        ran = replace(loader, variables=way).run("load", "offers.csv", "--results", "results.csv")
    (row,) = results_of(folder / "results.csv")
    return ran, row


def refusal(status: int, words: str) -> Passed:
    return Passed(status=status, body=json.dumps({"detail": words}).encode())


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_clash_is_looked_up_whatever_its_status(tmp_path: Path, status: int) -> None:
    def repeat(asked: Callable[[], Passed]) -> Passed:
        asked()
        return replace(asked(), status=status)

    with running_sandbox(SandboxSettings(unique_names=True)) as sandbox:
        ran, row = load_through(sandbox, tmp_path, "One", repeat)

    assert (ran.code, row["status"]) == (0, "created"), ran.out


@pytest.mark.parametrize("name", ["One", "Lost your request ID"])
@pytest.mark.parametrize("words", ["Choose another x-request-id", "The request ID is not unique"])
def test_words_about_a_request_id_are_no_failure_at_first(
    tmp_path: Path, name: str, words: str
) -> None:
    """Whatever they are, and though the words might be those of the row."""

    def repeat(asked: Callable[[], Passed]) -> Passed:
        asked()
        return refusal(422, words)

    with running_sandbox() as sandbox:
        ran, row = load_through(sandbox, tmp_path, name, repeat)
        assert len(sandbox.offers()) == 1

    assert (ran.code, row["status"]) == (0, "created"), ran.out


@pytest.mark.parametrize("name", ["Lost your request ID", "Your request ID is unique"])
def test_a_refusal_that_quotes_a_name_with_a_request_id_has_failed(
    tmp_path: Path, name: str
) -> None:
    def refuse(_: Callable[[], Passed]) -> Passed:
        return refusal(422, f"The content of '{name}' has a forbidden word")

    with running_sandbox() as sandbox:
        ran, row = load_through(sandbox, tmp_path, name, refuse)

    assert (ran.code, row["status"], row["attempts"]) == (1, "failed", "2"), ran.out
    assert "a forbidden word" in row["error"]


@pytest.mark.parametrize("name", ["One", "Lost your request ID"])
def test_a_clash_with_an_offer_that_no_list_shows_has_failed_each_time(
    tmp_path: Path, name: str
) -> None:
    """Say, with an offer of another kind. It is looked for, and the second refusal counts."""
    with running_sandbox(SandboxSettings(unique_names=True)) as sandbox:
        sandbox.put_offer(dps_offer(name))
        sandbox.set_faults("list-lag-seconds=3600")
        loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
        write_offers(tmp_path / "offers.csv", [name])
        for _ in range(2):
            ran = loader.run("load", "offers.csv", "--results", "results.csv")
            (row,) = results_of(tmp_path / "results.csv")

            assert (ran.code, row["status"]) == (1, "failed"), ran.out
            assert "already exists" in row["error"]
        assert sandbox.counters()["requests"]["create"] == 4


def test_a_clash_with_an_offer_that_was_there_before_has_failed_at_once(tmp_path: Path) -> None:
    with running_sandbox(SandboxSettings(unique_names=True)) as sandbox:
        sandbox.put_offer(dps_offer("One"))
        ran, rows = load(sandbox, tmp_path, ["One"], LOADER_ON_EXISTING="duplicate")
        counts = sandbox.counters()["requests"]

    assert (ran.code, rows["One"]["status"]) == (1, "failed")
    assert (counts["list"], counts["create"]) == (1, 1)


def test_a_clash_with_a_like_name_has_failed(tmp_path: Path) -> None:
    """The server keeps names in small letters: no row is known to be there already."""
    settings = SandboxSettings(unique_names=True, names_kept="lower-case")
    with running_sandbox(settings) as sandbox:
        sandbox.put_offer(dps_offer("one"))
        ran, rows = load(sandbox, tmp_path, ["One", "TWO", "Two"])

    assert ran.code == 1
    assert {name: row["status"] for name, row in rows.items()} == {
        "One": "failed",
        "TWO": "created",
        "Two": "failed",
    }


@pytest.mark.parametrize("shape", [Shape.OBJECT, Shape.ERROR])
def test_a_baseline_that_is_no_list_ends_the_run_before_the_first_send(
    tmp_path: Path, shape: Shape
) -> None:
    with running_sandbox() as sandbox:
        with client(sandbox) as http:
            http.post("/offers", params=FALLBACK, json=dps_offer("One"))
        sandbox.set_faults(f"wrong-shape on=list shape={shape}")
        loader = loader_for(sandbox, tmp_path)
        write_offers(tmp_path / "offers.csv", ["One"])
        ran = loader.run("load", "offers.csv", "--results", "results.csv")
        held = sandbox.offers()

    assert len(held) == 1
    assert ran.code == 5, ran.err


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        ("status-before status=303 location=https://sso.example/in", "pending", "sso.example/in"),
        ("sign-in-page", "unknown", "a sign-in page, or a proxy in between"),
    ],
)
def test_the_results_say_what_was_answered_where_it_proves_nothing(
    tmp_path: Path, fault: str, status: str, said: str
) -> None:
    with running_sandbox() as sandbox:
        sandbox.set_faults(f"{fault} on=create times=1000")
        ran, rows = load(sandbox, tmp_path, NAMES[3:], LOADER_SETTLE_SECONDS="0.1")

    assert (ran.code, rows[NAMES[3]]["status"]) == (6, status)
    assert said in rows[NAMES[3]]["error"]
    assert "the results have the last answer" in ran.out or status == "unknown"
