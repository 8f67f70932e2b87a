"""`loader watch --once` dies at every point (claims, ledger, moves, sends) and starts again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from offer_sandbox import Sandbox
from tests.crash.oracle import variables_for
from tests.support.busy_server import takes_no_more
from tests.support.fork_server import ForkServer
from tests.support.workbooks import write_offers

NAMES = ["One", "Two"]
COMMAND = ("watch", "inbox", "--once")
SETTINGS = """
[inbox]
settle_seconds = 0
taken_when = "{taken_when}"
on_invalid = "{on_invalid}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the play is given again and again: a good file, its twin, and a poison one."""

    sandbox: Sandbox
    loader: ForkServer
    folder: Path
    taken_when: str
    on_invalid: str
    fault: str

    def survive(self, death: int) -> tuple[str, ...]:
        """Let the first start die at a point (0: nowhere); judge what the later ones made of it."""
        folder = self.folder / str(death)
        inbox = folder / "inbox"
        inbox.mkdir(parents=True)
        (folder / "loader.toml").write_text(
            SETTINGS.format(taken_when=self.taken_when, on_invalid=self.on_invalid), "utf-8"
        )
        twin = write_offers(inbox / "a.csv", NAMES).read_bytes()
        (inbox / "b.csv").write_bytes(twin)
        (inbox / "c.csv").write_bytes(b"who,what\n1,2\n")
        mixed = write_offers(inbox / "d.csv", ["Three"]).read_text("utf-8")
        (inbox / "d.csv").write_text(f"{mixed}Four,nowhere,nothing,,,\n", "utf-8")
        dropped = {path.name: path.read_bytes() for path in inbox.iterdir()}
        if self.taken_when == "marker":
            for name in dropped:
                (inbox / f"{name}.done").touch()
        self.sandbox.reset()
        self.sandbox.set_faults(*filter(None, [self.fault]))
        variables = variables_for(self.sandbox, folder, LOADER_SETTLE_SECONDS="0.1")
        first = self.loader.run(*COMMAND, folder=folder, variables=variables, die_at=death)
        last = first
        for _ in range(8):
            last = self.loader.run(*COMMAND, folder=folder, variables=variables)
            if last.code != 6:
                break
        assert last.code in (0, 1), last.err + last.out
        self._judge(inbox, dropped, last.out + last.err)
        return first.points

    def _judge(self, inbox: Path, dropped: dict[str, bytes], said: str) -> None:
        whole = self.on_invalid == "reject-file"
        created = sorted(offer["name"] for offer in self.sandbox.offers())
        assert created == sorted([*NAMES, *([] if whole else ["Three"])]), said
        for name, content in dropped.items():
            failed = name == "c.csv" or (name == "d.csv" and whole)
            (file,) = inbox.glob(f"{'failed' if failed else 'done'}/*/{name}")
            assert file.read_bytes() == content
            summary = orjson.loads(file.with_name(f"{name}.summary.json").read_bytes())
            assert summary["file"] == str(file.resolve())
            assert summary["outcome"] == self._outcome(name), (name, summary, said)
            assert file.with_name(f"{name}.results.xlsx").exists() == (name != "c.csv")
            assert file.with_name(f"{name}.done").exists() == (self.taken_when == "marker")
        assert [path.name for path in inbox.iterdir() if path.is_file()] == []
        assert [path.name for path in (inbox / "processing").iterdir()] == [".watcher"]

    def _outcome(self, name: str) -> str:
        mixed = "failed" if self.on_invalid == "reject-file" else "loaded-with-errors"
        return {"a.csv": "loaded", "b.csv": "duplicate", "c.csv": "failed", "d.csv": mixed}[name]


def die_everywhere(stage: Stage, *, every: int) -> None:
    points = stage.survive(0)
    assert {"commit:before", "commit:after", "send:after", "replace:after"} <= set(points)
    for death in range(1, len(points) + 1, every):
        stage.survive(death)


def test_a_watcher_that_dies_anywhere_loses_no_file_and_repeats_no_row(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer
) -> None:
    stage = Stage(
        sandbox=sandbox,
        loader=loader,
        folder=tmp_path,
        taken_when="marker",
        on_invalid="load-valid",
        fault="reset-after on=create times=1",
    )
    die_everywhere(stage, every=41)


@pytest.mark.slow
def test_a_whole_file_whose_row_another_file_takes_after_a_death_is_not_sent_in_part(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer
) -> None:
    """The watcher dies after a commit between reading the file and sending its first row."""

    def play(death: int) -> tuple[Sequence[str], list[str], str]:
        """Return the points that were passed, the names that were created, and the outcome."""
        folder = tmp_path / str(death)
        inbox = folder / "inbox"
        inbox.mkdir(parents=True)
        rules = SETTINGS.format(taken_when="settled", on_invalid="reject-file")
        (folder / "loader.toml").write_text(rules, "utf-8")
        sandbox.reset()
        variables = variables_for(sandbox, folder, LOADER_SETTLE_SECONDS="0.1")

        def run(*command: str, die_at: int = 0) -> Sequence[str]:
            return loader.run(*command, folder=folder, variables=variables, die_at=die_at).points

        sandbox.set_faults(takes_no_more("create"))
        write_offers(folder / "x.csv", ["Two"])
        run("load", "x.csv", "--yes")
        sandbox.set_faults()
        write_offers(inbox / "y.csv", ["One", "Two", "Three"])
        points = run(*COMMAND, die_at=death)
        write_offers(folder / "z.csv", ["Two"], content="<p>Changed</p>")
        run("load", "z.csv", "--yes")
        run(*COMMAND)
        (summary,) = inbox.glob("*/*/y.csv.summary.json")
        names = sorted(offer["name"] for offer in sandbox.offers())
        return points, names, orjson.loads(summary.read_bytes())["outcome"]

    points, _, _ = play(0)
    first_send = points.index("send:before") + 1
    deaths = [at for at in range(1, first_send) if points[at - 1] == "commit:after"]
    ends = [play(death)[1:] for death in deaths]

    assert {tuple(names) for names, _ in ends} == {("Two",), ("One", "Three", "Two")}
    for names, outcome in ends:
        assert (outcome == "failed") == (names == ["Two"])


@pytest.mark.slow
@pytest.mark.parametrize("taken_when", ["settled", "marker"])
@pytest.mark.parametrize("on_invalid", ["load-valid", "reject-file"])
@pytest.mark.parametrize("fault", ["", "reset-after on=create times=1"])
def test_at_every_point_under_every_rule(
    tmp_path: Path,
    sandbox: Sandbox,
    loader: ForkServer,
    taken_when: str,
    on_invalid: str,
    fault: str,
) -> None:
    stage = Stage(
        sandbox=sandbox,
        loader=loader,
        folder=tmp_path,
        taken_when=taken_when,
        on_invalid=on_invalid,
        fault=fault,
    )
    die_everywhere(stage, every=1)
