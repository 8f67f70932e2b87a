"""What is safe is sent while what is unknown waits to be looked up, on the virtual clock."""

from pathlib import Path

from loader.delivery.ports import Policy
from loader.journal import StagedRow
from tests.delivery.journals import opened
from tests.delivery.simulation import Simulation
from tests.delivery.world import World
from tests.support.staged import line, moves_of, stage

SETTLE_SECONDS = 10.0


def taken_over(folder: Path, lines: list[StagedRow], *, lost: int, rate: float = 20.0) -> World:
    """Deliver a run whose owner died while it sent the first `lost` rows, of which none arrived."""
    world = World(seed=1, trouble=0.0)
    policy = Policy(max_per_second=rate, max_in_flight=4, settle_seconds=SETTLE_SECONDS)
    with opened(folder / "journal.sqlite3") as file:
        run_id = stage(file, lines)
        moves = moves_of(file, run_id)
        with file.database.transaction():
            moves.start(moves.due(after=0, limit=lost))
        play = Simulation(world=world, policy=policy, file=file, run_id=run_id)
        assert play.live(mortal=False)
        assert file.history.summary(run_id).created == len(lines)
    return world


def test_a_take_over_sends_what_is_safe_at_once_and_the_rest_when_it_is_settled(
    tmp_path: Path,
) -> None:
    lines = [line(number, f"N{number}") for number in range(2, 22)]

    world = taken_over(tmp_path, lines, lost=3)

    first, last = world.posted[:17], world.posted[17:]
    assert {name for name, _ in last} == {"N2", "N3", "N4"}
    assert max(at for _, at in first) < SETTLE_SECONDS
    assert min(at for _, at in last) >= 2 * SETTLE_SECONDS
    assert all(world.posts[name] == 1 for name, _ in world.posted)


def test_a_row_that_may_be_about_the_offer_of_an_unknown_one_waits_for_it(tmp_path: Path) -> None:
    """Of a name that a server may keep as the other's: folded, or cut in either direction."""
    cut = "A name that is longer than forty letters altogether"
    names = ["Spring", cut, f"{cut}, and more", " spring", f"{cut} of it", "Summer", cut[:-6]]
    lines = [line(number, name) for number, name in enumerate(names, start=2)]

    world = taken_over(tmp_path, lines, lost=3)

    assert [name for name, _ in world.posted[:1]] == ["Summer"]
    assert all(at >= 2 * SETTLE_SECONDS for name, at in world.posted if name != "Summer")


def test_looks_are_requests_of_the_same_second(tmp_path: Path) -> None:
    lines = [line(number, f"N{number}") for number in range(2, 82)]

    world = taken_over(tmp_path, lines, lost=1, rate=2.0)

    looked = world.looked[1:]  # the first is what stands there before anything is sent
    assert len(looked) == 2
    assert all(min(world.sent) < at < max(world.sent) for at in looked)
    requests = sorted([*world.sent, *looked])
    assert all(late - early >= 1.0 for early, late in zip(requests, requests[2:], strict=False))
