"""Break a pillar on purpose, in a copy: a test must fail. Proofs that cannot fail prove nothing."""

import ast
import builtins
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROOFS = (
    "tests/delivery",
    "tests/api/test_deletes.py",
    "tests/api/test_lists.py",
    "tests/api/test_outcomes.py",
    "tests/api/test_second_replies.py",
    "tests/journal/test_journal_law.py",
    "tests/crash/test_crash_points.py",
)
_LATE_INTENT = """\
            await self._ledger.start(job)
            outcome = await self._ledger.finish(job, outcome)
"""
_LOOK = """\
            await self._compare(page, names, candidates)
        if self.shared.stop.requested():
"""
_NO_LOOK = """\
        if self.shared.stop.requested():
"""
# what is broken -> (file, what stands there, what stands there instead)...
MUTANTS = {
    "the intent is written after the send": (
        (
            "loader/delivery/engine.py",
            "            await self._ledger.start(job)\n            with",
            "            with",
        ),
        (
            "loader/delivery/engine.py",
            "            outcome = await self._ledger.finish(job, outcome)\n",
            _LATE_INTENT,
        ),
    ),
    "a lost reply is another turn": (
        (
            "loader/operation_states.py",
            "(State.SENDING, OperationEvent.LOST): State.UNKNOWN",
            "(State.SENDING, OperationEvent.LOST): State.PENDING",
        ),
    ),
    "absence is concluded without a look": (
        (
            "loader/delivery/find_unknown_creates.py",
            _LOOK,
            _NO_LOOK,
        ),
    ),
    "one look is enough": (
        ("loader/delivery/find_unknown_creates.py", "for look in (1, 2):", "for look in (1,):"),
    ),
    "the settle time is not waited for": (
        (
            "loader/delivery/find_unknown_creates.py",
            "            if not await self._wait(first if look == 1",
            "            first = 0.0\n            if not await self._wait(first if look < 3",
        ),
    ),
    "what stood there before counts as ours": (
        (
            "loader/delivery/find_unknown_creates.py",
            "if remote_id in row.baseline or self.baseline",
            "if self.baseline",
        ),
    ),
    "a name that is only like ours counts as absent": (
        (
            "loader/name_folding.py",
            '    return " ".join(unicodedata.normalize("NFC", visible).split())\n',
            "    return name\n",
        ),
    ),
    "a name that was cut counts as absent": (
        ("loader/name_folding.py", "return part[:-_AT_THE_CUT] if", 'return "" if'),
    ),
    "an id that is not new is a receipt": (
        (
            "loader/delivery/baseline.py",
            "        return hash(remote_id) in self._hashes\n",
            "        return False\n",
        ),
        (
            "loader/journal/sql/event_changes.py",
            "        if found in seen:\n",
            "        if found is seen:\n",
        ),
    ),
    "a list that hides what is known to be there proves absence": (
        (
            "loader/delivery/find_unknown_creates.py",
            "        if not is_shown:\n",
            "        if known is True:\n",
        ),
    ),
    "an undo reads before every read shows what was created": (
        (
            "loader/delivery/find_unknown_changes.py",
            "min(self.visible_at - self.shared.clock.now(), self.shared.policy.settle_seconds)",
            "0.0",
        ),
    ),
    "an offer that its id does not find is gone": (
        (
            "loader/delivery/delete_sender.py",
            "is_shown = await listed.shows(job.remote_id)",
            "is_shown = False",
        ),
        (
            "loader/delivery/delete_sender.py",
            "if not listed.proves_absence(job):",
            "if False:",
        ),
    ),
    "any list proves that an offer is gone": (
        (
            "loader/delivery/delete_sender.py",
            "if not listed.proves_absence(job):",
            "if False:",
        ),
    ),
    "a delete without a reply is done if its id finds nothing": (
        (
            "loader/delivery/delete_sender.py",
            "if there is None and not await self.listed.shows(job.remote_id):",
            "if there is None:",
        ),
    ),
    "what became of a delete is looked up at once": (
        ("loader/delivery/find_unknown_changes.py", "if await pause(wait,", "if await pause(0.0,"),
    ),
    "a row of the name of an unknown one is sent beside it": (
        (
            "loader/delivery/withheld_by_unknown.py",
            "return is_like or self._has_cut(",
            "return False and (",
        ),
    ),
    "what is unknown is looked up before anything is sent": (
        (
            "loader/delivery/rounds.py",
            "group.start_soon(look_up, only)",
            "await look_up(only)",
        ),
    ),
    "looks are no requests": (
        (
            "loader/delivery/departure.py",
            "return await read() if await permit.wait_for_turn() else None",
            "return await read()",
        ),
    ),
    "an intent of any age may leave": (
        (
            "loader/api/transport.py",
            "exchange.hooks is not None and not exchange.hooks.may_send():\n            connection",
            "False:\n            connection",
        ),
    ),
    "an intent may age in the last step of the loop": (
        (
            "loader/api/transport.py",
            "self.hooks is not None and not self.hooks.may_send():\n            raise",
            "False:\n            raise",
        ),
    ),
    "an accepted delete is done": (
        ("loader/api/delete_outcome.py", "await offers.lookup(remote_id) is None:", "True:"),
    ),
    "an accepted delete is looked up before it is decided": (
        ("loader/api/delete_outcome.py", "if not decision.is_open and await", "if await"),
    ),
    "what somebody edited is deleted": (
        (
            "loader/delivery/delete_sender.py",
            "return has_other_etag or not store.same_offer(job.body, remote)",
            "return False",
        ),
    ),
    "a reply that came with another one is believed": (
        ("loader/api/transport.py", "        if protocol._buffer:", "        if False:"),
    ),
    "a copy of an earlier reply is believed": (
        (
            "loader/api/transport.py",
            "return not (is_copy and method",
            "return not (False and method",
        ),
    ),
    "a connection is used again after a refusal": (
        (
            "loader/api/transport.py",
            "                    _close_when_read(reply, response)\n                try:",
            "                try:",
        ),
    ),
    "an offer without a name shows nothing of a row": (
        (
            "loader/api/client.py",
            "if not isinstance(offer.offer.get(self._wire.name_field), str):",
            "if False:",
        ),
    ),
    "a row's contents under a strange name are nobody's": (
        (
            "loader/delivery/creates_in_listing.py",
            "if is_of_a_row else same",
            "if is_of_a_row else []",
        ),
    ),
    "a cache may answer": (
        ("loader/api/reader.py", "headers = {**headers, **_NO_CACHE}", "headers = {**headers}"),
    ),
    "any 404 is the service's": (
        (
            "loader/api/reader.py",
            "if reply.status in may_fail and not _is_from_intermediary(reply):",
            "if reply.status in may_fail:",
        ),
    ),
    "a clash with what was sent before is a failure": (
        (
            "loader/delivery/doubtful_refusals.py",
            "outcome.lost_if_conflict() if was_sent_before",
            "outcome if was_sent_before",
        ),
    ),
    "what a process before this one sent is forgotten": (
        (
            "loader/delivery/withheld_by_unknown.py",
            "self.sent_before.update(await ledger.sent_without_reply())",
            "await ledger.sent_without_reply()",
        ),
    ),
    "a row that gets an id is another offer": (
        ("loader/delivery/taken_names.py", "await _settle_namesakes(shared)", "pass"),
    ),
    "the hard rate is only a wish": (
        ("loader/delivery/rate_limit.py", "        self._left.append(now)\n", "        pass\n"),
    ),
    "a request counts from when it is let go": (
        (
            "loader/delivery/rate_limit.py",
            "            self._leaving += 1\n",
            "            self._left.append(now)\n",
        ),
        (
            "loader/delivery/rate_limit.py",
            "        self._leaving -= 1\n        self._left.append(now)\n",
            "        pass\n",
        ),
    ),
}


@pytest.mark.parametrize("broken", MUTANTS)
def test_what_is_to_be_broken_stands_there(broken: str) -> None:
    """Cheap, so that a change of the code is noticed before the next `make torture`."""
    for file, before, after in MUTANTS[broken]:
        text = (ROOT / file).read_text("utf-8")
        assert text.count(before) == 1, f"{file}: fix this mutant"
        # A mutant that dies of a NameError or AttributeError of its own proves nothing.
        unknown = _names(text.replace(before, after)) - _names(text) - set(dir(builtins))
        assert not unknown, f"{file}: this mutant uses names that are not there"


@pytest.mark.slow
def test_what_is_not_broken_is_not_found_out(tmp_path: Path) -> None:
    """Else a test that fails anyway would find every mutant."""
    ran = _proven(tmp_path, ())

    assert ran.returncode == 0, ran.stdout[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("broken", MUTANTS)
def test_a_broken_pillar_is_found_out(tmp_path: Path, broken: str) -> None:
    ran = _proven(tmp_path, MUTANTS[broken])

    failed = re.findall(r"^FAILED (\S+)", ran.stdout, re.MULTILINE)
    assert ran.returncode == 1, ran.stdout[-2000:]
    assert failed
    sys.stdout.write(f"\n{broken}: {failed[0]}\n")


def _names(text: str) -> set[str]:
    """Return the names that a module uses: not those of its comments and docstrings."""
    fields = ("id", "attr", "arg", "name", "asname")
    nodes = ast.walk(ast.parse(text))
    return {name for node in nodes for each in fields if (name := getattr(node, each, None))}


def _proven(
    folder: Path, changes: Iterable[tuple[str, str, str]]
) -> subprocess.CompletedProcess[str]:
    """Run the proofs on a copy of the house in which something is changed."""
    for name in ("loader", "offer_sandbox", "tests", "samples", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    for file, before, after in changes:
        path = folder / file
        text = path.read_text("utf-8")
        path.write_text(text.replace(before, after), "utf-8")
    # With more seeds than the normal suite and all examples of the laws, but not with the seeds of
    # `make torture`, with which a mutant would live for half an hour; and not with the processes
    # that the workers of this session share: those run what is not broken.
    of_session = ("TESTS_FORK_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(of_session)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
         "-m", "not slow or hypothesis", *PROOFS,
         "tests/end_to_end/test_recovery.py", "tests/end_to_end/test_absence.py"],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1",
             "SIMULATION_SEEDS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
