"""Drop files at random while the watcher is killed again and again and the sandbox is in trouble.

`python -m tests.crash.soak --files 500 --kills 50 --minutes 5 --seed 1` prints what was dropped,
what was survived and what came of it: every file in the right folder with its results, every valid
row once on the server, nothing waiting.
"""

import argparse
import hashlib
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import openpyxl
import orjson

from offer_sandbox import Sandbox, SandboxSettings, everything, running_sandbox
from tests.crash.oracle import variables_for
from tests.support.fork_server import ForkServer, Life, shared_fork_server
from tests.support.workbooks import HEADER, PLACEMENT

SETTINGS = """
[inbox]
settle_seconds = 0.3
scan_seconds = 0.2
retry_seconds = 0.1
longest_retry_seconds = 1
[[inbox.folder]]
path = "whole"
on_invalid = "reject-file"
[[inbox.folder]]
path = "marked"
taken_when = "marker"
"""
SAMPLE = Path(__file__).parents[2] / "samples" / "offers.xlsx"
POISON = (
    b"",
    b"who,what\n1,2\n",
    b"%PDF-1.4 no spreadsheet",
    b"name;placement",
    SAMPLE.read_bytes()[:2000],
)
HUGE_ROWS = 600
MOST_ROUNDS = 120  # of the last watcher: more means that it does not come to an end


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A file as it was dropped, and what must become of it."""

    kind: str
    name: str
    folder: str
    content: bytes
    ends_in: str
    valid: tuple[str, ...] = ()  # rows that must be created, by name
    read: int = 0

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(slots=True, kw_only=True)
class Soaked:
    """What was injected and what came of it."""

    dropped: list[Dropped] = field(default_factory=list)
    kills: int = 0
    starts: int = 0
    died_after: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    retried: int = 0
    rows: int = 0
    wrong: list[str] = field(default_factory=list)

    def table(self) -> str:
        kinds = Counter(each.kind for each in self.dropped)
        lines = [
            f"{len(self.dropped):>8}  files dropped",
            *(f"{count:>8}    {kind}" for kind, count in sorted(kinds.items())),
            f"{self.starts:>8}  starts of the watcher",
            f"{self.kills:>8}  kills (SIGKILL at a random instant)",
            *(
                f"{count:>8}    died after {point}"
                for point, count in self.died_after.most_common()
            ),
            *(f"{count:>8}  {fault}" for fault, count in sorted(self.struck.items())),
            *(f"{count:>8}  files {word}" for word, count in sorted(self.outcomes.items())),
            f"{self.retried:>8}  files dropped again with `inbox retry` (refused rows)",
            f"{self.rows:>8}  offers on the server, each valid row once",
            f"{len(self.wrong):>8}  wrong",
            *(f"          {text[:300]}" for text in self.wrong[:20]),
        ]
        return "\n".join(lines)


class Dropper:
    """Drops files the way people and programs do."""

    def __init__(self, inbox: Path, chance: random.Random, *, files: int, seconds: float) -> None:
        self._inbox = inbox
        self._chance = chance
        self._files = files
        self._seconds = seconds
        self.dropped: list[Dropped] = []

    def run(self) -> None:
        until = time.monotonic() + self._seconds
        for each in self._plan():
            left = self._files - len(self.dropped)
            time.sleep(
                max(0.0, (until - time.monotonic()) / max(1, left)) * self._chance.random() * 2
            )
            self._drop(each)
            self.dropped.append(each)

    def _plan(self) -> Iterator[Dropped]:
        number, made, to_fix = 0, [], []
        while len(self.dropped) < self._files:
            number += 1
            kind = self._chance.choices(
                ("good", "huge", "bad", "poison", "again", "fixed"), (50, 1, 12, 10, 15, 12)
            )[0]
            folder = self._chance.choices(("", "whole", "marked"), (70, 15, 15))[0]
            name = f"{self._chance.choice('abcdefgh')}-{number}.csv"
            if kind == "again" and made:
                first = self._chance.choice(made)
                yield replace(first, kind="again under another name", name=name)
            elif kind == "fixed" and to_fix:
                yield to_fix.pop(self._chance.randrange(len(to_fix)))
            elif kind == "poison":
                content = self._chance.choice(POISON) + (b"" if number % 3 else b"\n")
                yield Dropped(
                    kind=kind, name=name, folder=folder, content=content, ends_in="failed"
                )
            elif kind == "bad":
                bad, fixed = self._bad(number, name, folder)
                to_fix.append(fixed)
                yield bad
            else:
                rows = HUGE_ROWS if kind == "huge" else self._chance.randint(1, 9)
                names = tuple(f"Offer {number} {row}" for row in range(rows))
                made.append(
                    Dropped(
                        kind="huge" if kind == "huge" else "good",
                        name=name,
                        folder=folder,
                        content=_content(names),
                        ends_in="done",
                        valid=names,
                        read=rows,
                    )
                )
                yield made[-1]

    def _bad(self, number: int, name: str, folder: str) -> tuple[Dropped, Dropped]:
        valid = tuple(f"Offer {number} {row}" for row in range(self._chance.randint(1, 5)))
        all_names = (*valid, f"Offer {number} bad")
        whole = folder == "whole"
        fixed = Dropped(
            kind="fixed and dropped again",
            name=name,
            folder=folder,
            content=_content(all_names),
            ends_in="done",
            valid=all_names,
            read=len(all_names),
        )
        bad = replace(
            fixed,
            kind="some rows invalid",
            content=_content(all_names, invalid=all_names[-1:]),
            ends_in="failed" if whole else "done",
            valid=() if whole else valid,
        )
        return bad, fixed

    def _drop(self, each: Dropped) -> None:
        folder = self._inbox / each.folder
        goal = folder / each.name
        while goal.exists():  # a file that was not taken yet is not overwritten
            time.sleep(0.05)
        way = self._chance.choice(("rename", "rename", "at once", "in halves"))
        if way == "rename":
            part = goal.with_name(f"{goal.name}.part")
            part.write_bytes(each.content)
            part.rename(goal)
        elif way == "at once":
            goal.write_bytes(each.content)
        else:
            half = len(each.content) // 2
            with goal.open("wb") as file:
                file.write(each.content[:half])
                file.flush()
                time.sleep(self._chance.uniform(0.0, 1.0))
                file.write(each.content[half:])
        if each.folder == "marked":
            goal.with_name(f"{goal.name}.done").touch()


def _content(names: tuple[str, ...], *, invalid: tuple[str, ...] = ()) -> bytes:
    lines = [",".join(HEADER)]
    for name in names:
        kind = "nothing" if name in invalid else "html"
        lines.append(f"{name},{PLACEMENT},{kind},<p>Hello</p>,web,approved")
    return "\n".join([*lines, ""]).encode()


def soak(*, files: int, kills: int, minutes: float, seed: int, folder: Path) -> Soaked:
    """Drop `files` files within `minutes` while the watcher is killed `kills` times."""
    total = Soaked()
    chance = random.Random(seed)
    inbox = folder / "inbox"
    for name in ("", "whole", "marked"):
        (inbox / name).mkdir(parents=True, exist_ok=True)
    (folder / "loader.toml").write_text(SETTINGS, "utf-8")
    seconds = minutes * 60
    dropper = Dropper(inbox, random.Random(seed + 1), files=files, seconds=seconds)
    loader = shared_fork_server(measured=False)
    with running_sandbox(SandboxSettings(max_limit=500)) as sandbox:
        sandbox.set_faults(everything(seed, probability=0.005, hang_seconds=0.6))
        variables = variables_for(sandbox, folder, LOADER_REQUEST_TIMEOUT_SECONDS="0.5")
        thread = threading.Thread(target=dropper.run, daemon=True)
        started = time.monotonic()
        thread.start()
        while total.kills < kills:
            left = kills - total.kills
            rest = max(2.0 * left, started + seconds - time.monotonic())
            _live(loader, folder, variables, total, seconds=chance.uniform(0.3, 2 * rest / left))
        while thread.is_alive():
            loader.run("watch", "inbox", "--once", folder=folder, variables=variables)
            total.starts += 1
        total.dropped = dropper.dropped
        _finish(loader, sandbox, folder, variables, total)
        total.struck.update(sandbox.counters()["struck"])
        _judge(sandbox, inbox, total)
    return total


def _live(
    loader: ForkServer, folder: Path, variables: dict[str, str], total: Soaked, *, seconds: float
) -> None:
    ran = loader.run("watch", "inbox", folder=folder, variables=variables, kill_after=seconds)
    total.starts += 1
    if "Traceback" in ran.err or "fault of the loader" in ran.err or not ran.died:
        total.wrong.append(f"a watcher ended with {ran.code}: {ran.err[-1000:]}")
    total.kills += ran.died
    total.died_after[ran.points[-1] if ran.points else "the start"] += 1


def _finish(
    loader: ForkServer, sandbox: Sandbox, folder: Path, variables: dict[str, str], total: Soaked
) -> None:
    """Let a last watcher come to the end; what the server refused in its trouble is retried."""

    def run(*command: str) -> Life:
        return loader.run(*command, folder=folder, variables=variables)

    for number in range(MOST_ROUNDS):
        if number == MOST_ROUNDS // 2:
            total.struck.update(sandbox.counters()["struck"])
            sandbox.set_faults()
        run("watch", "inbox", "--once")
        total.starts += 1
        status = run("inbox", "status", "inbox", "--json")
        refused = _refused(folder / "inbox", total.dropped)
        for file in refused:
            total.retried += 1
            run("inbox", "retry", str(file))
        if not refused and not orjson.loads(status.out)["waiting"]:
            return
    total.wrong.append(f"still waiting: {status.out}")


def _refused(inbox: Path, dropped: list[Dropped]) -> list[Path]:
    wanted_folders = {each.digest: each.ends_in for each in dropped}
    reports = (orjson.loads(path.read_bytes()) for path in inbox.rglob("*.summary.json"))
    return [
        Path(report["file"])
        for report in reports
        if report["counts"]["failed"] and wanted_folders[report["digest"]] == "done"
        if Path(report["file"]).exists()
    ]


def _judge(sandbox: Sandbox, inbox: Path, total: Soaked) -> None:
    held: dict[str, list[str]] = {}
    for offer in sandbox.offers():
        held.setdefault(offer["name"], []).append(offer["id"])
    total.rows = sum(map(len, held.values()))
    total.wrong += [f"created twice: {name}" for name, ids in held.items() if len(ids) > 1]
    valid = {name for each in total.dropped for name in each.valid}
    total.wrong += [f"lost: {name}" for name in sorted(valid - held.keys())]
    total.wrong += [f"created, but not valid: {name}" for name in sorted(held.keys() - valid)]
    wanted = Counter((each.folder, each.ends_in, each.digest) for each in total.dropped)
    found: Counter[tuple[str, str, str]] = Counter()
    by_digest = {each.digest: each for each in total.dropped}
    for summary in inbox.rglob("*.summary.json"):
        report = orjson.loads(summary.read_bytes())
        if not Path(report["file"]).exists() and report["counts"]["failed"]:
            continue  # of a file that was retried
        total.outcomes[report["outcome"]] += 1
        file = Path(report["file"])
        final_folder = file.parent.parent
        found[(report["drop"]["folder"], final_folder.name, _digest(file))] += 1
        total.wrong += _mistakes(report, file, by_digest, held)
    total.wrong += [
        f"not where it should be: {key} {count}" for key, count in (wanted - found).items()
    ]
    total.wrong += [
        f"where it should not be: {key} {count}" for key, count in (found - wanted).items()
    ]
    waiting = [path for path in inbox.rglob("*") if path.is_file() and not _is_through(path, inbox)]
    total.wrong += [f"left behind: {path}" for path in waiting]


def _mistakes(
    report: dict, file: Path, by_digest: dict[str, Dropped], held: dict[str, list[str]]
) -> Iterator[str]:
    each = by_digest.get(_digest(file))
    if each is None:
        yield f"other bytes than were dropped: {file}"
        return
    if report["digest"] != each.digest:
        yield f"the summary speaks of other bytes: {file}"
    if each.ends_in == "done" and report["counts"]["read"] != each.read:
        yield f"rows are missing in the results: {file} {report}"
    if report["results"]:
        rows = _results_of(Path(report["results"]))
        if len(rows) != each.read:
            yield f"the workbook has {len(rows)} rows of {each.read}: {file}"
        for name in each.valid:
            status, remote = rows.get(name, ("", ""))
            if status not in ("created", "duplicate") or remote not in held.get(name, []):
                yield f"wrongly reported: {file} {name} {status} {remote}"
    elif each.kind != "poison":
        yield f"no results: {file} {report}"
    elif not file.with_name(f"{file.name}.reason.txt").exists():
        yield f"no reason: {file}"


def _results_of(path: Path) -> dict[str, tuple[str, str]]:
    book = openpyxl.load_workbook(path, read_only=True)
    rows = book["Results"].iter_rows(values_only=True)
    header = [str(cell) for cell in next(rows)]
    at = [header.index(title) for title in ("name", "status", "instanceId")]
    found = {str(row[at[0]]): (str(row[at[1]]), str(row[at[2]] or "")) for row in rows}
    book.close()
    return found


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "missing"


def _is_through(path: Path, inbox: Path) -> bool:
    parts = path.relative_to(inbox).parts
    return path.name == ".watcher" or bool({"done", "failed"} & set(parts[:-1]))


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        total = soak(
            files=given.files,
            kills=given.kills,
            minutes=given.minutes,
            seed=given.seed,
            folder=Path(folder),
        )
    sys.stdout.write(f"seed {given.seed}, {time.monotonic() - started:.0f} s\n{total.table()}\n")
    return 1 if total.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
