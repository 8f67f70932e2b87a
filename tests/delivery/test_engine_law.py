"""Engine, reconcilers and journal together against a model: any order of files, undos and lives.

Hypothesis draws everything that happens, each reply of the server and each death included, and
shrinks what breaks a law to its shortest story.
"""

import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loader.delivery.ports import Policy
from loader.run_results import RunSummary
from offer_sandbox.drawn_settings import DRAWN
from offer_sandbox.kept_names import kept_name
from offer_sandbox.settings import KeptNames
from tests.delivery.journals import opened
from tests.delivery.mixed_plan import Edited, MixedPlay, staged_plan
from tests.delivery.simulation import Simulation
from tests.delivery.world import STANDING, World
from tests.support.laws import tried
from tests.support.staged import line, stage

NAMES = st.lists(
    st.sampled_from(["A", "B\u00a0 \u00c9", "C & <b>d</b>", "D" + " long" * 16]),
    min_size=1,
    max_size=4,
    unique=True,
)
PROOFS = ("not_accepted", "absent", "retry")
SETTLE_SECONDS = 10.0


class EngineLaw(RuleBasedStateMachine):
    """The model: what the world saw of each name, and what proof the journal has for it."""

    @initialize(
        chance=st.randoms(),
        rate=st.sampled_from([2.0, 20.0]),
        in_flight=st.sampled_from([1, 3]),
        resend=st.booleans(),
        trouble=st.sampled_from([0.0, 0.5, 1.0]),
        lag=st.sampled_from([0.0, 9.0]),
        late=st.sampled_from([0.0, 9.0]),
        look_up_lag=st.sampled_from([0.0, 9.0]),
        names_kept=st.sampled_from(DRAWN["names_kept"]),
        receipt_ids=st.sampled_from(DRAWN["receipt_ids"]),
        wrong_lists=st.sampled_from([0.0, 0.5]),
        wrong_ids=st.sampled_from([0.0, 0.5]),
        refused_deletes=st.sampled_from([0.0, 0.5]),
        edits=st.sampled_from([0.0, 0.5]),
    )
    def begin(
        self,
        chance: random.Random,
        rate: float,
        in_flight: int,
        resend: bool,
        trouble: float,
        lag: float,
        late: float,
        look_up_lag: float,
        names_kept: KeptNames,
        receipt_ids: Literal["same", "escaped", "short"],
        wrong_lists: float,
        wrong_ids: float,
        refused_deletes: float,
        edits: float,
    ) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.file = opened(Path(self.folder.name) / "j.sqlite3")
        self.world = World(
            seed=0,
            lag_seconds=lag,
            zombie_seconds=late,
            look_up_lag_seconds=look_up_lag,
            trouble=trouble,
            names_kept=names_kept,
            receipt_ids=receipt_ids,
            wrong_lists=wrong_lists,
            old_ids=wrong_ids,
            same_ids=wrong_ids,
            refused_deletes=refused_deletes,
        )
        self.leaves_cases_for_a_person = names_kept != "sent" or wrong_ids > 0.0
        self.world.chance = chance
        self.policy = Policy(
            max_per_second=rate,
            max_in_flight=in_flight,
            resend_absent=resend,
            settle_seconds=SETTLE_SECONDS,
        )
        self.runs: list[str] = []
        self.loads: list[str] = []
        self.plans: list[str] = []
        self.edited = Edited(world=self.world, part=edits)
        self.planned: Counter[str] = Counter()

    def simulation(self, *, death: float) -> Simulation:
        parts = {
            "world": self.world,
            "policy": self.policy,
            "file": self.file,
            "run_id": self.runs[-1],
            "death": death,
        }
        if self.runs[-1] in self.plans:
            return MixedPlay(edited=self.edited, **parts)
        return Simulation(**parts)

    @rule(names=NAMES, content=st.sampled_from(["", "x"]))
    def drop_a_file(self, names: list[str], content: str) -> None:
        lines = [line(n, name, content=content) for n, name in enumerate(names, start=2)]
        self.runs.append(stage(self.file, lines, digest=str(len(self.runs))))
        self.loads.append(self.runs[-1])

    @precondition(lambda self: self.loads)
    @rule(number=st.integers(0, 5))
    def undo(self, number: int) -> None:
        self.runs.append(
            self.file.staging.begin_undo(self.loads[number % len(self.loads)], options={})
        )

    @precondition(lambda self: self.runs and self.world.ours())
    @rule(first=st.integers(0, 3), count=st.integers(1, 4))
    def plan(self, first: int, count: int) -> None:
        """Update, archive and delete some of what stands there."""
        keys = list(self.world.ours())[first : first + count]
        self.runs.append(staged_plan(self.file, self.world, keys))
        self.plans.append(self.runs[-1])
        self.planned.update(keys)

    @precondition(lambda self: self.runs)
    @rule(death=st.sampled_from([0.0, 0.1]))
    def live(self, death: float) -> None:
        self.simulation(death=death).live(mortal=True)

    @rule(seconds=st.sampled_from([0.5, 30.0]))
    def wait(self, seconds: float) -> None:
        self.world.now += seconds

    @invariant()
    def no_offer_stands_there_twice(self) -> None:
        if self.runs:
            assert max(self.world.names().values(), default=0) <= 1

    @invariant()
    def nothing_is_sent_twice_without_proof(self) -> None:
        if not self.runs:
            return
        for name, posts in self.world.posts.items():
            with self.file.database.reading() as sql:
                (creates, proofs) = sql.execute(
                    "SELECT count(DISTINCT operation_id), count(event) FROM job LEFT JOIN"
                    f" (SELECT * FROM transition WHERE event IN {PROOFS}) USING (operation_id)"
                    " WHERE key = ? AND operation = 'create'",
                    (name,),
                ).fetchone()
            assert posts <= creates + proofs, f"{name}: {posts} sent, {proofs} proofs"

    @invariant()
    def the_hard_rate_holds_in_every_window(self) -> None:
        if self.runs:
            assert self.world.most_in_a_second() <= self.policy.max_per_second

    @invariant()
    def no_two_rows_have_one_offer(self) -> None:
        for run_id in self.runs:
            created = [
                row.instance_id
                for row in self.file.history.results(run_id)
                if row.status == "created"
            ]
            assert len(created) == len(set(created)), created

    @invariant()
    def what_is_said_to_be_deleted_is_gone(self) -> None:
        for run_id in self.runs:
            for row in self.file.history.results(run_id):
                if row.status == "deleted":
                    assert not self.world.offers[row.instance_id].stands(self.world.now), row

    @invariant()
    def what_others_made_is_there(self) -> None:
        if self.runs:
            for made in list(self.world.offers.values())[: len(STANDING)]:
                assert made.stands(self.world.now)

    @invariant()
    def no_edit_of_others_is_overwritten_and_no_change_made_twice(self) -> None:
        if self.runs:
            assert self.edited.overwritten == []
            assert self.edited.applied <= self.planned

    @invariant()
    def totals_add_up(self) -> None:
        for run_id in self.runs:
            assert isinstance(self.file.history.summary(run_id), RunSummary)

    def teardown(self) -> None:
        """In fair weather everything comes to its end, and the journal says what is true."""
        if not hasattr(self, "file"):
            return
        try:
            if self.runs:
                self.finish()
        finally:
            self.file.close()
            self.folder.cleanup()

    def finish(self) -> None:
        self.world.trouble = 0.0
        self.world.wrong_lists = 0.0
        self.world.refused_deletes = 0.0
        self.world.now += 100.0
        for _ in range(6):
            self.simulation(death=0.0).live(mortal=False)
        summary = self.file.history.summary(self.runs[-1])
        assert not summary.pending
        if not self.leaves_cases_for_a_person:
            assert not (summary.unknown and self.policy.resend_absent)
        held = self.world.names()
        for row in self.file.history.results(self.runs[-1]):
            if row.status in ("created", "duplicate"):
                assert held[kept_name(row.cells[0], self.world.names_kept)] == 1, row


EngineLaw.TestCase.settings = settings(
    max_examples=tried(60), stateful_step_count=12, deadline=None
)
test_the_law = EngineLaw.TestCase
