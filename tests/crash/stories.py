"""Drawn stories: files that share rows are loaded, dropped, undone and resumed, in any order.

`python -m tests.crash.stories --stories 300 --seed 1` plays so many; with `--journal postgres` the
journals are on a server of its own. Each story has a sandbox, a journal and an inbox, and after
each command `story_verdicts` judges.
"""

import argparse
import csv
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from loader.journal import History, JournalPlace, read_journal
from loader.journal_address import DatabaseAddress, is_database
from loader.run_results import ResultRow
from offer_sandbox import Sandbox, running_sandbox
from tests.crash.story_verdicts import (
    STRICT,
    Offer,
    created_by_undone_runs,
    left_after_undo,
    made_twice,
    offer_of,
    rows_of,
    wrong_in_answer,
    wrong_in_run,
)
from tests.support.busy_server import takes_no_more
from tests.support.forked import DEVNULL
from tests.support.postgres import new_server
from tests.support.workbooks import HEADER, PLACEMENT, CommandResult, Loader, loader_for

SETTINGS: Final = f"""
[inbox]
settle_seconds = 0
scan_seconds = 0.1
retry_seconds = 0.1
[[inbox.folder]]
path = "{STRICT}"
on_invalid = "reject-file"
"""
_LATEST: Final = 2  # files and runs from which is drawn
_KINDS: Final = 4  # of commands and of faults in one story: few kinds meet more often
_UNDONE: Final = (0, 6)  # all that is known of the run
NAMES: Final = ("One", "Two", "Three")
USUAL, OTHER, INVALID = "<p>Hello</p>", "<p>Bye</p>", ""
FAULTS: Final = (  # none of them refuses a row, and reads are settled in time
    *[(takes_no_more(call, after=taken),) for call in ("create", "delete") for taken in (0, 1, 2)],
    ("reset-after on=create times=1",),
    ("reset-before on=create times=1", takes_no_more("create", after=1)),
    ("reset-before on=create skip=1 times=1", "list-lag-seconds=600"),
    ("status-after status=500 on=create times=1",),
    ("reset-after on=delete times=1",),
)
UNSETTLED: Final = (  # for a loader that does not send again what it did not find
    ("reset-after on=create times=1", "list-lag-seconds=600"),
    ("reset-before on=create times=1", "list-lag-seconds=600"),
)
WATCH: Final = ("watch", "inbox", "--once")
COMMANDS: Final = (  # besides "load"
    *("load again", "drop", "drop again", "watch", "undo", "resume", "reconcile", "resolve"),
    *("killed load", "killed watch", "killed undo"),
)


def _loads_in(history: History) -> list[str]:
    found = {run: history.run(run) for run in sorted(history.runs())}
    return [run for run, record in found.items() if record and record.command == "load"]


@dataclass(slots=True, kw_only=True)
class Story:
    """What was done, and what is wrong after it."""

    chance: random.Random
    sandbox: Sandbox
    loader: Loader
    told: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _files: list[Path] = field(default_factory=list)
    _undone: set[str] = field(default_factory=set)
    _answered: set[Path] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)  # ids of offers
    _half_undone: set[str] = field(default_factory=set)  # ids of offers

    def play(self, commands: int) -> None:
        """Load a file, play so many commands and the end, or until something is wrong."""
        (self._folder / "inbox" / STRICT).mkdir(parents=True)
        (self._folder / "loader.toml").write_text(SETTINGS, "utf-8")
        kinds = ["load", *self.chance.sample(COMMANDS, _KINDS)]
        troubles = [(), *self.chance.sample(self._faults(), _KINDS)]
        self._load(self._written())
        for _ in range(commands):
            faults = self.chance.choice(troubles)
            self.sandbox.set_faults(*faults)
            self.told.append(f"-- {', '.join(faults) or 'no faults'}")
            self._do(self.chance.choice(kinds))
            self._judge()
            if self.wrong:
                return
        self._end()

    def _faults(self) -> tuple[tuple[str, ...], ...]:
        holds = self.loader.variables["LOADER_ON_ABSENT"] == "hold"
        return FAULTS + UNSETTLED if holds else FAULTS

    def _do(self, command: str) -> None:
        match command.split():
            case ["load"]:
                self._load(self._written())
            case ["load", "again"]:
                self._load(self._some_file())
            case ["drop", *again]:
                self._drop(self._some_file() if again else self._written())
                self._run(*WATCH)
            case ["watch"]:
                self._run(*WATCH)
            case ["undo"]:
                self._undo(self.chance.choice(self._loads()[-_LATEST:]))
            case ["resume" | "reconcile" as verb]:
                self._run(verb, *self.chance.choice([[], self._loads()[-1:]]))
            case ["resolve"]:
                self._resolve()
            case ["killed", verb]:
                self._kill(verb)

    def _written(self) -> Path:
        """Write a file with some of the rows; most have their usual content, a few are invalid."""
        names = self.chance.sample(NAMES, self.chance.randint(1, len(NAMES)))
        if self.chance.random() < 0.2:
            names.append(self.chance.choice(names))
        contents = self.chance.choices((USUAL, OTHER, INVALID), (12, 6, 1), k=len(NAMES))
        of_name = dict(zip(NAMES, contents, strict=True))
        path = self._folder / f"f{len(self._files)}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for name in names:
                writer.writerow((name, PLACEMENT, "html", of_name[name], "web", "approved"))
        self._files.append(path)
        return path

    def _some_file(self) -> Path:
        return self.chance.choice(self._files[-_LATEST:])

    def _drop(self, path: Path) -> None:
        folder = self._folder / "inbox" / self.chance.choice(["", "", STRICT])
        name = f"{path.stem}-{len(self.told)}.csv"  # the same bytes may come again
        (folder / name).write_bytes(path.read_bytes())

    def _load(self, path: Path) -> None:
        ran = self._run("load", path.name, "--yes")
        missing = set(rows_of(path)) - set(self._offers().values())
        if ran.code == 0 and missing:
            self.wrong.append(f"the load ended with 0, and {missing} are not there")

    def _undo(self, run: str) -> None:
        ids = {row.instance_id for row in self._rows(run) if row.status == "created"}
        ran = self._run("undo", run, "--yes")
        if ran.code in _UNDONE:
            self._half_undone -= ids
            if self._is_staged(run):  # else its file is read again
                self._undone.add(run)
        else:
            self._half_undone |= ids
        if ran.code == 0:
            self.wrong += created_by_undone_runs(self._rows_of_loads(), self._undone, ids)

    def _resolve(self) -> None:
        """Decide the first unknown row, as it is."""
        ids = {offer: key for key, offer in self._offers().items()}
        for run, rows in self._rows_of_loads().items():
            for row in rows:
                if row.status == "unknown":
                    key = ids.get(offer_of(row))
                    said = ["--created", key] if key else ["--absent"]
                    self._run("resolve", run, f"{row.row_number}", *said)
                    return

    def _kill(self, verb: str) -> None:
        if verb == "load":
            command = ("load", self._written().name, "--yes")
        elif verb == "watch":
            self._drop(self._written())
            command = WATCH
        else:
            run = self.chance.choice(self._loads())
            command = ("undo", run, "--yes")
            self._half_undone |= {row.instance_id for row in self._rows(run)}
        process = self.loader.start(*command, stdout=DEVNULL, stderr=DEVNULL)
        time.sleep(self.chance.uniform(0.02, 0.3))
        process.kill()
        process.wait()
        self.told.append(f"$ loader {' '.join(command)}: killed")

    def _run(self, *arguments: str) -> CommandResult:
        ran = self.loader.run(*arguments)
        said = (ran.out + ran.err).strip().replace("\n", "\n    ")
        self.told.append(f"$ loader {' '.join(arguments)}: {ran.code}\n    {said}")
        return ran

    def _judge(self) -> None:
        offers = self._offers()
        self.wrong += made_twice(offers)
        rows_of_runs = self._rows_of_loads()
        for run, rows in rows_of_runs.items():
            self.wrong += wrong_in_run(run, rows, offers, self._half_undone)
        new = {*offers} - self._seen
        self.wrong += created_by_undone_runs(rows_of_runs, self._undone, new)
        self._seen |= new
        for answer in (self._folder / "inbox").rglob("*.summary.json"):
            if answer not in self._answered:
                self._answered.add(answer)
                self.wrong += wrong_in_answer(answer, offers)

    def _end(self) -> None:
        """Without faults, bring everything to its end, then take it all back."""
        self.sandbox.set_faults()
        self.told.append("-- the end")
        time.sleep(0.2)  # the settle time
        for command in (WATCH, ("resume",), ("reconcile",)):
            self._run(*command)
            self._judge()
        for run in reversed(self._loads()):
            self._undo(run)
            self._judge()
        unknown = [
            offer_of(row)
            for rows in self._rows_of_loads().values()
            for row in rows
            if row.status == "unknown"
        ]
        self.wrong += left_after_undo(self._offers().values(), unknown)

    def _loads(self) -> list[str]:
        """Return the loads, the oldest first."""
        with self._history() as history:
            return _loads_in(history)

    def _rows_of_loads(self) -> dict[str, list[ResultRow]]:
        with self._history() as history:
            found = {run: list(history.results(run)) for run in _loads_in(history)}
            for run, rows in found.items():
                if history.summary(run).read != len(rows):
                    self.wrong.append(f"{run} has {len(rows)} results, and other totals")
            return found

    def _rows(self, run: str) -> list[ResultRow]:
        with self._history() as history:
            return list(history.results(run))

    def _is_staged(self, run: str) -> bool:
        with self._history() as history:
            record = history.run(run)
            return record is not None and record.staged

    @contextmanager
    def _history(self) -> Iterator[History]:
        with read_journal(self._journal(), clock=time.time) as journal:
            yield journal.history

    def _journal(self) -> JournalPlace:
        place = self.loader.environment()["LOADER_JOURNAL"]
        return DatabaseAddress.parse(place) if is_database(place) else Path(place)

    def _offers(self) -> dict[str, Offer]:
        return {
            each["id"]: (
                each["name"],
                each["body"]["representations"][0]["components"][0]["content"],
            )
            for each in self.sandbox.offers()
        }

    @property
    def _folder(self) -> Path:
        return self.loader.folder


def played(
    seed: int, folder: Path, *, commands: int = 14, journal: Mapping[str, str] | None = None
) -> Story:
    """Play the story of a number. `journal`: the settings of one that nobody has used."""
    chance = random.Random(seed)
    with running_sandbox() as sandbox:
        loader = loader_for(
            sandbox,
            folder,
            LOADER_SETTLE_SECONDS="0.05",
            LOADER_MAX_IN_FLIGHT="1",
            LOADER_ON_ABSENT=chance.choice(["resend", "resend", "hold"]),
            **(journal or {}),
        )
        story = Story(chance=chance, sandbox=sandbox, loader=loader)
        story.play(commands)
    return story


def main() -> int:
    """Play stories; print those that went wrong, and return 1 where one did."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.stories", description=__doc__)
    parser.add_argument("--stories", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--journal", choices=["sqlite", "postgres"], default="sqlite")
    given = parser.parse_args()
    started, wrong = time.monotonic(), 0
    with ExitStack() as stack:
        server = stack.enter_context(new_server()) if given.journal == "postgres" else None
        for seed in range(given.seed, given.seed + given.stories):
            with ExitStack() as one:
                folder = Path(one.enter_context(tempfile.TemporaryDirectory()))
                name = one.enter_context(server.database()) if server else ""
                journal = {"LOADER_JOURNAL": server.address(name).url} if server else {}
                story = played(seed, folder, journal=journal)
            if story.wrong:
                wrong += 1
                told = "\n".join((f"story {seed}", *story.told, *story.wrong))
                sys.stdout.write(f"{told}\n")
    seconds = time.monotonic() - started
    sys.stdout.write(f"{given.stories} stories, {wrong} wrong, {seconds:.0f} s\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
