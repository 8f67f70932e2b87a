"""Whoever deletes offers in the library: a row's offer is there once, or not, but never twice."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.model import Dialect
from tests.support.keeping import Keeper, keeper_of
from tests.support.laws import tried

NAMES = ("Alpha", "Beta", "Gamma")
STEPS = st.tuples(
    st.sampled_from(["load", "again", "again", "deleted there", "deleted there", "undo", "late"]),
    st.sampled_from(NAMES),
)


@settings(
    max_examples=tried(5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(dialect=st.sampled_from(Dialect), steps=st.lists(STEPS, min_size=3, max_size=10))
def test_no_row_has_two_offers_and_a_plan_brings_each_back(
    tmp_path_factory: pytest.TempPathFactory, dialect: Dialect, steps: list[tuple[str, str]]
) -> None:
    with keeper_of(dialect, tmp_path_factory.mktemp("again")) as keeper:
        sheet, stale = _sheet(keeper.folder), None
        runs = [keeper.load(sheet.read_text("utf-8")).summary.run_id]
        for step, name in steps:
            if step == "load":
                runs += [keeper.load(sheet.read_text("utf-8")).summary.run_id]
            elif step == "again":
                runs += [keeper.plan_and_apply(sheet.name).summary.run_id]
            elif step == "undo":
                keeper.undo(runs.pop()) if runs else None
            elif step == "late":  # a plan that is applied after what comes between
                stale, before = keeper.plan(sheet.name), stale
                runs += [keeper.apply(before).summary.run_id] if before else []
            elif name in _there(keeper):
                keeper.delete_as_other(name)
            assert max(_there(keeper).values(), default=0) <= 1

        keeper.plan_and_apply(sheet.name)

        assert _there(keeper) == Counter(NAMES)
        assert keeper.plan(sheet.name).totals.operations == 0


def _sheet(folder: Path) -> Path:
    path = folder / "sheet.csv"
    rows = "".join(f"{name},Web text,Hello {name}\n" for name in NAMES)
    path.write_text(f"name,placement,content\n{rows}", "utf-8")
    return path


def _there(keeper: Keeper) -> Counter[str]:
    return Counter(each["name"] for each in keeper.sandbox.offers())
