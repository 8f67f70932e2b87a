"""A series of spoiled files, each read (and, where it is text, checked as the command does).

Rules of this file: a seed gives the same files again; what is neither rows nor a clear refusal is
kept with its story. Workbooks that only calamine or xlrd read go through the child process.
"""

import contextlib
import io
import random
import resource
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from loader.errors import UnreadableSource
from loader.source import ReadOptions, open_source
from tests.corpus import CASES
from tests.corpus.case import Case
from tests.fuzz.mutate import spoiled

LARGEST = 200_000  # bombs are refused by rules of their own; here many small files count
SEEDS = tuple(case for case in CASES if 0 < len(case.data) < LARGEST)
APART = {".xlsb", ".xls"}


class Campaign:
    """Spoils and reads one file after the other."""

    def __init__(self, *, seed: int, keep: Path) -> None:
        self.crashes = 0
        self.ends: Counter[str] = Counter()
        self.slowest = (0.0, "")
        self._seed = seed
        self._keep = keep
        self._number = 0

    def step(self) -> str:
        """Try one file; return "" or where a file that crashed is kept, and why."""
        self._number += 1
        dice = random.Random(f"{self._seed}/{self._number}")
        case = dice.choice(SEEDS)
        data = spoiled(dice, case.data)
        started = time.monotonic()
        try:
            self._read(case, data)
        except Exception:  # noqa: BLE001 - whatever it is, it is what we look for
            return self._kept(case, data, traceback.format_exc())
        finally:
            self.slowest = max(self.slowest, (time.monotonic() - started, case.name))
        return ""

    def _read(self, case: Case, data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"spoiled{case.suffix}"
            path.write_bytes(data)
            options = ReadOptions(isolated=case.suffix in APART, looks_like_header=_header)
            try:
                with open_source(str(path), options) as source:
                    rows = sum(len(c.frame) for table in source.tables() for c in table.chunks)
                self.ends["rows" if rows else "no rows"] += 1
            except UnreadableSource as refusal:
                said = str(refusal)
                assert said.startswith(f"{path}: "), said
                assert "\n" not in said, said
                assert len(said) < 2_000, said
                self.ends[refusal.code] += 1
            if case.suffix in {".csv", ".tsv", ".jsonl"}:
                self._check(path)

    def _check(self, path: Path) -> None:
        from loader.__main__ import main  # noqa: PLC0415 - the whole command, only for texts

        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(["check", str(path), "--no-annotate"])
        assert code in {0, 1, 2}, said.getvalue()
        self.ends[f"check ended with {code}"] += 1

    def _kept(self, case: Case, data: bytes, story: str) -> str:
        self.crashes += 1
        self._keep.mkdir(parents=True, exist_ok=True)
        path = self._keep / f"{self._seed}-{self._number}{case.suffix}"
        path.write_bytes(data)
        path.with_name(f"{path.name}.txt").write_text(f"from: {case.name}\n{story}", "utf-8")
        return f"{path}: {story.strip().splitlines()[-1]}"

    def said(self) -> str:
        """Say what was tried."""
        seconds, name = self.slowest
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        ends = "".join(f"\n{count:8,}  {end}" for end, count in self.ends.most_common())
        return (
            f"{self._number:,} files of {len(SEEDS)} seeds, {self.crashes} crashes; slowest"
            f' {seconds:.2f} s ("{name}"); at most {peak} MB{ends}'
        )


def _header(cells: object) -> bool:
    return "name" in list(cells)  # type: ignore[call-overload]  # a sequence of texts
