"""When a file is whole, as a law; which names are taken, as a table."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.inbox.drops import Candidate
from loader.inbox.file_names import LONGEST_NAME_BYTES, numbered, shortened, why_ignored
from loader.inbox.stability import Stability

SETTLE = 10.0


def seen(identity: str, *, at: float = 0.0) -> Candidate:
    return Candidate(
        name="offers.csv", size_bytes=1, modified_at=at, dropped_at=at, identity=identity
    )


@given(
    st.lists(
        st.tuples(st.floats(0, 30), st.sampled_from(["a", "b", None]), st.floats(-1e9, 1e9)),
        max_size=12,
    )
)
def test_a_file_is_stable_only_when_every_look_of_the_settle_time_saw_it_the_same(
    steps: list[tuple[float, str | None, float]],
) -> None:
    stability = Stability(settle_seconds=SETTLE)
    now = 1000.0
    history: list[tuple[float, str | None]] = []
    for pause, identity, clock in steps:  # the clock of the files may say anything
        now += pause
        history.append((now, identity))
        stability.record([seen(identity, at=clock)] if identity else [], now=now)
        if identity is None:
            continue
        same_since = now
        for when, what in reversed(history):
            if what != identity:
                break
            same_since = when
        settled = stability.is_stable(seen(identity, at=-clock), now=now)
        assert settled == (now - same_since >= SETTLE)


def test_with_no_settle_time_one_look_is_enough() -> None:
    stability = Stability(settle_seconds=0.0)
    stability.record([seen("a")], now=5.0)

    assert stability.is_stable(seen("a"), now=5.0)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("offers.csv", ""),
        ("Offers final (2).XLSX", ""),
        ("~$offers.xlsx", "lock file"),
        (".~lock.offers.ods#", "lock file"),
        (".offers.csv", "hidden"),
        ("offers.csv.part", "not finished"),
        ("offers.xlsx.tmp", "not finished"),
        ("offers.csv~", "not finished"),
        ("readme.md", "ends in .md"),
        ("offers", "ends in nothing"),
        ("off\ners.csv", "cannot be shown"),
    ],
)
def test_what_is_taken_and_what_is_ignored(name: str, said: str) -> None:
    reason = why_ignored(name)

    assert reason == "" if not said else said in reason


@given(st.text(min_size=1, max_size=255).filter(lambda text: "/" not in text))
def test_a_name_with_what_is_put_behind_it_always_fits(stem: str) -> None:
    name = shortened(f"{stem.encode('utf-8', 'ignore').decode()}.xlsx")
    last = next(islice(numbered(name), 998, None))

    assert name.endswith(".xlsx")
    assert last.endswith("-999.xlsx")
    assert len(f"{last}.summary.json".encode()) <= LONGEST_NAME_BYTES
