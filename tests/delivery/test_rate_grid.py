"""What a server allows is used, whatever it refuses at random, on a virtual clock."""

import pytest

from benchmarks.rates.grid import LEARNING_SECONDS, RULES, SECONDS, SHARES, Row, rows
from benchmarks.rates.section import renewed, section
from benchmarks.rates.simulation import Play, Server

LEAST = dict(zip(SHARES, (0.95, 0.9, 0.8, 0.5), strict=True))
EVERY_ROW = list(rows())


def least_with_pauses(share: float, *, per_second: float) -> float:
    """Return 70 % of what is left where everybody waits a second for each refusal."""
    return 0.7 / (1.0 + per_second * share) if share else 0.95


@pytest.mark.parametrize(("set_rate", "seconds"), [(5.0, 900.0), (200.0, 120.0)])
@pytest.mark.parametrize("share", SHARES)
def test_random_refusals_cost_little_and_no_more_in_the_long_run(
    set_rate: float, seconds: float, share: float
) -> None:
    play = Play(set_rate=set_rate, server=Server(share=share))
    play.run(seconds)

    for since, until in ((LEARNING_SECONDS, seconds / 2), (seconds / 2, seconds)):
        assert play.used(since=since, until=until) >= LEAST[share]


@pytest.mark.parametrize("set_rate", [5.0, 200.0])
@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_a_limit_is_found_in_ten_seconds_and_used_though_some_are_refused_at_random(
    set_rate: float, share: float, retry_after: float | None
) -> None:
    limit = 2 if set_rate == 5.0 else 20
    server = Server(limit=limit, share=share, retry_after=retry_after)
    play = Play(set_rate=set_rate, server=server)
    play.run(SECONDS)

    least = LEAST[share] if retry_after is None else least_with_pauses(share, per_second=limit)
    assert play.used(since=LEARNING_SECONDS, until=SECONDS) >= least


@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_a_limit_that_falls_or_rises_in_mid_run_is_found_again(retry_after: float | None) -> None:
    server = Server(limit=100, share=0.01)
    server.retry_after = retry_after
    play = Play(set_rate=200.0, server=server)
    play.run(60.0)
    server.limit = 20
    play.run(120.0)
    least = 0.9 if retry_after is None else least_with_pauses(0.01, per_second=60)
    assert play.used(since=75.0, until=120.0) >= least
    server.limit = 60
    play.run(420.0)
    assert play.used(since=360.0, until=420.0) >= min(least, 0.8)


@pytest.mark.parametrize("set_rate", [5.0, 200.0])
@pytest.mark.parametrize(("quota", "seconds"), [(60, 60.0), (100, 30.0)])
def test_a_quota_of_a_window_becomes_a_rate_and_few_are_refused(
    set_rate: float, quota: int, seconds: float
) -> None:
    play = Play(set_rate=set_rate, server=Server(limit=quota, window_seconds=seconds))
    play.run(600.0)

    assert play.used(since=0.0, until=600.0) >= 0.9
    assert play.refused(since=0.0) <= 0.35


def test_where_nothing_is_taken_the_pauses_grow_to_half_a_minute() -> None:
    play = Play(set_rate=200.0, server=Server(limit=0))
    play.run(1_200.0)

    asked = [at for at, _ in play.answers]
    assert sum(at > 600.0 for at in asked) <= 600.0 / 20.0
    assert play.limiter.closed_seconds(play.now) > 1_100.0
    assert play.limiter.rate(play.now) >= 1.0 / 30.0


@pytest.mark.slow
@pytest.mark.parametrize("row", EVERY_ROW, ids=str)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_whole_grid(row: Row, seed: int) -> None:
    per_second = min(row.set_rate, (row.limit or row.set_rate) / row.window_seconds)
    least_without_pauses = {0.0: 0.95, 0.01: 0.9, 0.02: 0.8, 0.05: 0.7}
    for share in SHARES:
        used, _ = row.cell(share, None, seed=seed)
        least = least_without_pauses[share]
        if row.says_retry_after:
            least = least_with_pauses(share, per_second=per_second)
        assert used >= least, share


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["AIMD", "cubic"])
def test_no_other_rule_uses_more_without_being_refused_far_more(rule: str) -> None:
    for row in EVERY_ROW:
        for share in SHARES:
            (ours, refused), (other, others) = row.cell(share, None), row.cell(share, RULES[rule])
            waits = row.says_retry_after and row.limit is not None and share
            assert ours >= other - 0.05 or others > 2 * refused or waits, (row, share)


def test_the_section_of_the_page_names_the_cells_where_another_rule_uses_more() -> None:
    row = Row(set_rate=5.0, limit=2)
    ahead, behind = [(0.9, 0.01)] * len(SHARES), [(0.8, 0.01)] * len(SHARES)
    table = {row: {"ours": ahead, "AIMD": [(0.95, 0.5), *behind[1:]], "cubic": behind}}

    text = section(table)

    assert "more in 3 of 4 cells. Not in: 5/s, 2/s (AIMD) at 0%." in text
    page = "# Costs\n\n## What is used of what a server allows\n\nold\n\n## Last\n"
    assert renewed(page, text) == f"# Costs\n\n{text}\n## Last\n"
