"""Thousands of whole runs on a virtual clock; a failure names its seed."""

import os
import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from loader.journal import StagedRow
from offer_sandbox.drawn_settings import DRAWN
from tests.delivery.mixed_plan import simulate_plan
from tests.delivery.simulation import (
    HARD_END,
    simulate,
    simulate_corrected,
    simulate_ids_given,
    simulate_owners,
    simulate_undo,
)
from tests.delivery.world import STANDING
from tests.support.staged import line

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "100"))  # a sample: `make torture` plays 5,000


@pytest.mark.parametrize("block", range(10))
def test_every_row_once_through_troubles_lags_zombies_and_deaths(
    tmp_path: Path, block: int
) -> None:
    for seed in range(block * SEEDS // 10, (block + 1) * SEEDS // 10):
        world, summary = simulate(seed, folder=tmp_path)

        names = world.names()
        assert max(names.values(), default=0) <= 1, f"seed {seed}: created twice: {names}"
        total = (
            summary.invalid + summary.duplicate + summary.created + summary.failed
            + summary.unknown + summary.pending
        )  # fmt: skip
        assert summary.read == total == 12, f"seed {seed}: {summary}"
        assert summary.created == len(names) == 12, f"seed {seed}: lost: {summary}"


def _described(number: int, description: str) -> StagedRow:
    """Return a row of the one name, with an id of its own."""
    row = line(number, "Twin", key=f"E{number}")
    assert row.payload is not None
    body = orjson.dumps({"name": "Twin", "description": description})
    return replace(row, payload=replace(row.payload, body=body))


@pytest.mark.parametrize("contents", [12, 1])
def test_rows_of_one_name_with_ids_are_each_created_once(tmp_path: Path, contents: int) -> None:
    """Whether they can be told apart by their contents, or not at all."""
    rows = [_described(n, f"{n % contents}") for n in range(2, 14)]
    for seed in range(SEEDS // 3):
        world, summary = simulate(seed, folder=tmp_path, staged=rows)

        made = Counter(orjson.loads(one.body)["description"] for one in world.ours().values())
        decided = summary.created + summary.unknown + summary.failed
        assert decided == 12, f"seed {seed}: {summary}"
        assert max(made.values()) <= 12 // contents, f"seed {seed}: created twice: {made}"
        assert summary.created <= made.total() <= 12, f"seed {seed}: {made}, {summary}"


@pytest.mark.parametrize("lives", [0, 1, 3])
def test_rows_that_get_ids_between_two_runs_make_no_second_offer(
    tmp_path: Path, lives: int
) -> None:
    for seed in range(SEEDS // 3):
        world, *summaries = simulate_ids_given(seed, folder=tmp_path, lives=lives)

        names = world.names()
        assert max(names.values(), default=0) <= 1, f"seed {seed}: created twice: {names}"
        for summary in summaries:
            assert summary.read == summary.created + summary.failed == 8, f"seed {seed}: {summary}"
        assert sum(one.created for one in summaries) == len(names) == 8, f"seed {seed}: lost"


@pytest.mark.parametrize("lives", [0, 1, 3])
def test_rows_that_are_corrected_between_two_runs_make_no_second_offer(
    tmp_path: Path, lives: int
) -> None:
    replaced = 0
    for seed in range(SEEDS // 3):
        world, first, second = simulate_corrected(seed, folder=tmp_path, lives=lives)

        names = world.names()
        assert max(names.values(), default=0) <= 1, f"seed {seed}: created twice: {names}"
        assert second.read == second.created + second.invalid == 8, f"seed {seed}: {second}"
        assert len(names) == 8, f"seed {seed}: lost: {first}, {second}"
        replaced += second.created
    assert replaced


@pytest.mark.parametrize("delay", [0.0, 0.4])
@pytest.mark.parametrize("rate", [2.0, 7.0, 50.0])
def test_the_hard_rate_holds_in_every_window_whatever_delays_a_request(
    tmp_path: Path, rate: float, delay: float
) -> None:
    for seed in range(SEEDS // 50):
        world, _ = simulate(
            seed,
            folder=tmp_path,
            rows=60,
            max_per_second=rate,
            deaths=0,
            stall_seconds=delay,
            connecting_seconds=delay,
        )

        assert world.most_in_a_second() <= rate, f"seed {seed}"


@pytest.mark.parametrize("in_flight", [1, 8, 60])
def test_a_pause_holds_every_row_and_no_burst_follows_it(tmp_path: Path, in_flight: int) -> None:
    pauses = [(3.0, 30.0), (33.0, 33.4), (35.0, 200.0)]
    for seed in range(2):
        world, summary = simulate(
            seed,
            folder=tmp_path,
            rows=60,
            max_per_second=5.0,
            max_in_flight=in_flight,
            deaths=0,
            trouble=0.0,
            pauses=pauses,
        )

        begun = world.sent[0] - world.sent[0] % 1.0
        during = [at - begun for at in world.sent]
        assert not [at for at in during if 4.0 < at < 30.0 or 36.0 < at < 200.0], f"seed {seed}"
        assert world.most_in_a_second() <= 5, f"seed {seed}"
        assert summary.created == len(world.names()) == 60, f"seed {seed}: {summary}"


def test_successes_that_are_to_be_looked_up_raise_the_rate_again(tmp_path: Path) -> None:
    """A few refusals for the rate do not end in one request every half minute."""
    for seed in range(3):
        world, summary = simulate(
            seed,
            folder=tmp_path,
            rows=60,
            max_per_second=20.0,
            deaths=0,
            trouble=0.3,
            receipt_ids="short",
        )

        moments = [at for _, at in world.posted]
        assert max(later - at for at, later in pairwise(moments)) < 60.0, f"seed {seed}"
        assert summary.created == 60, f"seed {seed}: {summary}"


def test_a_fault_of_our_own_while_a_request_goes_ends_the_run(tmp_path: Path) -> None:
    """Whoever waits at the gate behind it does not wait for ever."""
    for seed in range(10):
        with pytest.raises(ExceptionGroup) as caught:
            simulate(seed, folder=tmp_path, max_per_second=1.0, broken=True)

        assert caught.value.split(ZeroDivisionError)[1] is None


def test_holding_never_sends_twice_whatever_the_server_does(tmp_path: Path) -> None:
    """Without any assumption: lists that lag for an hour, requests applied an hour later."""
    for seed in range(SEEDS // 5):
        world, summary = simulate(
            seed,
            folder=tmp_path,
            resend_absent=False,
            lag_seconds=3600.0,
            zombie_seconds=3600.0,
            most_lives=6,
        )

        assert max(world.names().values(), default=0) <= 1, f"seed {seed}"
        assert summary.failed == 0


def test_the_second_look_finds_what_was_made_late_and_listed_later_still(tmp_path: Path) -> None:
    """Late and lag are each shorter than the settle time, their sum is not: one look is too few."""
    for seed in range(SEEDS // 5):
        world, summary = simulate(
            seed,
            folder=tmp_path,
            settle_seconds=10.0,
            lag_seconds=9.5,
            zombie_seconds=9.5,
            trouble=0.5,
        )

        assert max(world.names().values(), default=0) <= 1, f"seed {seed}"
        assert summary.created == len(world.names()) == 12, f"seed {seed}: {summary}"


def test_the_assumptions_are_needed(tmp_path: Path) -> None:
    """The simulation can fail: settle less than a request may be late, and there are duplicates."""

    def has_duplicates(seed: int) -> bool:
        world, _ = simulate(
            seed, folder=tmp_path, settle_seconds=0.1, lag_seconds=30.0, zombie_seconds=30.0
        )
        return max(world.names().values(), default=0) > 1

    assert any(map(has_duplicates, range(60)))


@pytest.mark.parametrize("edits", [0.0, 0.3])
def test_a_mixed_plan_does_what_it_says_while_others_edit(tmp_path: Path, edits: float) -> None:
    """Updates, archives and deletes, lost, late and refused; copies that lag; deaths.

    With seed 998 a delete that came late was reported as not done because of an edit.
    """
    failed = 0
    for seed in (*range(SEEDS // 5), 998):
        applied = simulate_plan(seed, folder=tmp_path, edits=edits)

        assert applied.wrong() == [], f"seed {seed}"
        statuses = Counter(status for status, _ in applied.said.values())
        assert statuses.keys() <= {"updated", "archived", "deleted", "failed"}, f"seed {seed}"
        failed += statuses["failed"]

    assert (failed > 0) is (edits > 0)


def test_a_plan_of_what_was_edited_a_moment_ago_believes_no_older_copy(tmp_path: Path) -> None:
    """Look-ups by id that lag show what the plan is to write, and it is not there any more.

    With seed 710 an update that was accepted and dropped was seen as done in an older copy.
    """
    for seed in (*range(SEEDS // 5), 710):
        applied = simulate_plan(seed, folder=tmp_path, edits=0.1, is_fresh=True)

        assert applied.wrong() == [], f"seed {seed}"


def test_a_plan_of_what_was_made_a_moment_ago_deletes_what_it_says(tmp_path: Path) -> None:
    """Look-ups by id that lag do not show an offer yet, and its delete comes to nothing."""
    lies = {"refused_deletes": 0.5, "look_up_lag_seconds": 9.0}
    for seed in range(SEEDS // 5):
        applied = simulate_plan(seed, folder=tmp_path, is_new=True, **lies)

        assert applied.wrong() == [], f"seed {seed}"


def test_a_plan_that_is_older_than_what_another_run_took_back_is_made(tmp_path: Path) -> None:
    """Look-ups by id that lag show what that run had written: it is what the plan is to write."""
    for seed in range(SEEDS // 5):
        applied = simulate_plan(seed, folder=tmp_path, edits=0.1, is_old=True)

        assert applied.wrong() == [], f"seed {seed}"


@pytest.mark.parametrize("edits", [0.0, 0.1])
def test_a_plan_whose_updates_are_sent_twice_in_between_says_what_is_so(
    tmp_path: Path, edits: float
) -> None:
    """The second one finds that its test fails, and look-ups do not show the first one yet."""
    for seed in range(SEEDS // 5):
        applied = simulate_plan(seed, folder=tmp_path, edits=edits, repeats=0.2)

        assert applied.wrong() == [], f"seed {seed}"


# A request may leave five seconds after its intent, and may then be late or listed late by nine.
OWNERS = {"settle_seconds": 20.0, "max_intent_age_seconds": 5.0, "connecting_seconds": 60.0}


def test_owners_that_lose_their_session_unnoticed_create_no_offer_twice(tmp_path: Path) -> None:
    """They may be frozen for a minute between the intent and the bytes, and send on meanwhile."""
    for seed in range(SEEDS // 5):
        world, summary = simulate_owners(seed, folder=tmp_path, **OWNERS)

        names = world.names()
        assert max(names.values(), default=0) <= 1, f"seed {seed}: created twice: {names}"
        assert summary.created == len(names) == 12, f"seed {seed}: lost: {summary}"


def test_without_the_second_look_at_the_age_of_an_intent_they_do(tmp_path: Path) -> None:
    ever = OWNERS | {"max_intent_age_seconds": 3600.0}

    def has_duplicates(seed: int) -> bool:
        world, _ = simulate_owners(seed, folder=tmp_path, **ever)
        return max(world.names().values(), default=0) > 1

    assert any(map(has_duplicates, range(60)))


def names_and_ids(seed: int) -> dict[str, Any]:
    """Draw in which form a server keeps names and tells ids."""
    chance = random.Random(f"forms {seed}")
    return {name: chance.choice(DRAWN[name]) for name in ("names_kept", "receipt_ids")}


@pytest.mark.parametrize("wrong_ids", [0.0, 0.3])
def test_whatever_form_of_names_and_ids_makes_no_offer_twice(
    tmp_path: Path, wrong_ids: float
) -> None:
    for seed in range(SEEDS // 5):
        forms = names_and_ids(seed) | {"old_ids": wrong_ids, "same_ids": wrong_ids}
        world, summary = simulate(
            seed, folder=tmp_path, most_lives=8, end_of_names=HARD_END, **forms
        )

        assert max(world.names().values(), default=0) <= 1, f"seed {seed}: {world.names()}"
        assert len(world.names()) + summary.unknown + summary.pending >= 12, f"seed {seed}: lost"
        total = summary.created + summary.failed + summary.unknown + summary.pending
        assert summary.read == total == 12, f"seed {seed}: {summary}"
        if world.names_kept == "sent" and not wrong_ids:
            assert summary.created == 12, f"seed {seed}: {summary}"


LIES = {
    "names": {"names_kept": "folded"},
    "blanks": {"names_kept": "one-blank"},
    "other names": {"names_kept": "replaced"},
    "lists": {"wrong_lists": 0.3},
    "old ids": {"old_ids": 0.3},
    "same ids": {"same_ids": 0.3},
    "dropped": {"dropped_creates": 0.7, "trouble": 0.5},
    "all": {"names_kept": "folded", "wrong_lists": 0.2, "old_ids": 0.2, "same_ids": 0.2},
}


@pytest.mark.parametrize("lie", LIES)
def test_no_lie_of_the_server_makes_an_offer_twice(tmp_path: Path, lie: str) -> None:
    """Where the server's words cannot be trusted, rows may stay unknown, and none is sent again."""
    for seed in range(SEEDS // 15):
        world, summary = simulate(seed, folder=tmp_path, most_lives=8, **LIES[lie])

        assert max(world.names().values(), default=0) <= 1, f"seed {seed}: {world.names()}"
        total = summary.created + summary.failed + summary.unknown + summary.pending
        assert summary.read == total == 12, f"seed {seed}: {summary}"


def test_a_list_that_is_none_now_and_then_loses_nothing(tmp_path: Path) -> None:
    for seed in range(SEEDS // 10):
        world, summary = simulate(seed, folder=tmp_path, most_lives=60, wrong_lists=0.2)

        assert summary.created == len(world.names()) == 12, f"seed {seed}: {summary}"


def test_a_refusal_that_is_carried_out_all_the_same_is_beyond_what_can_be_known(
    tmp_path: Path,
) -> None:
    """As docs/reliability.md says: 429 is believed, and this world can tell when it must not be."""

    def has_duplicates(seed: int) -> bool:
        world, _ = simulate(seed, folder=tmp_path, trouble=0.5, applied_refusals=1.0)
        return max(world.names().values(), default=0) > 1

    assert any(map(has_duplicates, range(20)))


@pytest.mark.parametrize(
    ("refused", "lag", "look_up_lag"), [(0.0, 5.0, 9.0), (0.5, 5.0, 9.0), (0.0, 0.0, 30.0)]
)
def test_an_undo_says_of_each_offer_what_is_so(
    tmp_path: Path, refused: float, lag: float, look_up_lag: float
) -> None:
    """Deletes lost, late, refused after they were accepted; look-ups of copies that lag; deaths.

    Where look-ups lag longer than the settle time, the list tells. With seeds 106 and 346 a
    delete comes late, and the next one is refused; with seed 177 a create comes late, and its
    delete is accepted and dropped a moment later.
    """
    lags = {"lag_seconds": lag, "look_up_lag_seconds": look_up_lag, "zombie_seconds": 9.0}
    for seed in (*range(SEEDS // 10), 106, 177, 346):
        undone = simulate_undo(seed, folder=tmp_path, refused_deletes=refused, trouble=0.4, **lags)

        assert undone.created.created == 8, f"seed {seed}: {undone.created}"
        assert not undone.deleted & undone.standing, f"seed {seed}: said to be gone, and there"
        assert set(undone.left.values()) <= {"failed"}, f"seed {seed}: {undone.left}"
        assert set(undone.left) <= undone.standing, f"seed {seed}: said to be kept, and gone"
        assert undone.edited <= set(undone.left), f"seed {seed}: somebody's edit is gone"
        assert refused or undone.edited == set(undone.left), f"seed {seed}: {undone.left}"


def test_a_load_after_its_undo_creates_each_offer_once(tmp_path: Path) -> None:
    for seed in range(SEEDS // 10):
        undone = simulate_undo(seed, folder=tmp_path)

        names = undone.world.names()
        assert max(names.values(), default=0) <= 1, f"seed {seed}: created twice: {names}"
        assert len(names) == 8, f"seed {seed}: lost: {undone.again}"


def test_an_undo_of_a_load_that_was_broken_off_forgets_nothing(tmp_path: Path) -> None:
    for seed in range(SEEDS // 3):
        undone = simulate_undo(seed, folder=tmp_path, is_broken_off=True)

        assert not undone.deleted & undone.standing, f"seed {seed}: said to be gone, and there"
        names = undone.world.names()
        assert max(names.values(), default=0) <= 1, f"seed {seed}: created twice: {names}"


def test_no_lie_of_the_server_deletes_what_others_made(tmp_path: Path) -> None:
    for seed in range(SEEDS // 10):
        undone = simulate_undo(seed, folder=tmp_path, most_lives=8, **LIES["all"])

        assert set(list(undone.world.offers)[: len(STANDING)]) <= undone.standing, f"seed {seed}"
        names = undone.world.names()
        assert max(names.values(), default=0) <= 1, f"seed {seed}: created twice: {names}"
