"""Target: whole loads over real sockets, against the sandbox behind a proxy that spoils replies.

Whatever is answered: no offer is made twice, what is reported created is there, what is reported
failed is not, each row is in the results once, and no secret is in what was written or printed.
Then the server is itself again, and the same command leaves no row undecided that a look-up can
decide. Half of the trials go on with what was loaded (`tests.fuzz.later_verbs`): undo, verify or
change it.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from unittest.mock import patch

import anyio

from offer_sandbox import SandboxSettings, running_sandbox
from tests.fuzz.command import command
from tests.fuzz.later_verbs import VERBS
from tests.fuzz.proxy import Answered, Asked, Change, running_proxy
from tests.fuzz.spoil_replies import made_up, spoil_reply
from tests.fuzz.target import demand
from tests.support.workbooks import connection_variables, results_of, write_offers

TOKEN, SECRET = "canary9Token_Qx7-Vb3.Zk8-Lm4_Rt6", "p8e-canary9Secret_Hj5-Wd2_Ns7Yf1"
SECRETS = (SECRET, TOKEN)
NAMES = ["Buy one, get one", 'The "best"', "Sale", "sale", "\u00c4pfel  2", "Plain 1"]
MAY_END = {0, 1, 5, 6}
HURRY = 20.0  # waits are so much shorter


class Replies:
    """One sandbox and one proxy for all trials."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        settings = SandboxSettings(access_token=TOKEN, client_secret=SECRET)
        self._sandbox = self._stack.enter_context(running_sandbox(settings))
        port = int(self._sandbox.root.rsplit(":", 1)[1])
        self._proxy, ours = self._stack.enter_context(running_proxy(port))
        self._ports = f":{port}/", f":{ours}/"
        self._stack.enter_context(hurried())

    def attempt(self, dice: random.Random, folder: Path) -> str:
        """Load, look; let the server recover, load again, look again."""
        self._sandbox.reset()
        api = dice.choice(("dps", "dps", "xcore"))
        write_offers(folder / "offers.csv", NAMES[: dice.randint(1, len(NAMES))])
        focus = dice.choice((Focus.ANYTHING, Focus.CREATES, Focus.CREATES, Focus.LOOKS))
        self._proxy.spoil = Spoiler(dice, focus=focus, share=dice.choice((0.1, 0.3, 0.6)))
        with self._settings(folder, api, in_flight=dice.choice((1, 1, 3))):
            code = self._load(folder, "first")
            self._proxy.spoil = lambda _: lambda answered: answered
            again = self._load(folder, "second")
            rows = results_of(folder / "second.csv")
            undecided = sorted({row["status"] for row in rows} - {"created", "duplicate", "failed"})
            demand("pending" not in undecided or again != 0, f"exit 0 with {undecided}")
            self._judge_unknown(rows)
            said = f"{focus}: {code}, then {again} {' '.join(undecided)}".strip()
            if again == 0 and dice.random() < 0.5:
                said = self._later(dice, folder)
        no_secret(folder)
        return said

    def _later(self, dice: random.Random, folder: Path) -> str:
        """Do something with what was loaded, first with spoiled replies, then without."""
        verb = dice.choice(VERBS)
        self._proxy.spoil = Spoiler(dice, focus=Focus.ANYTHING, share=dice.choice((0.1, 0.3, 0.6)))
        verb.begin(folder)
        first = verb.play(folder, self._sandbox.offers)
        self._proxy.spoil = lambda _: lambda answered: answered
        again = verb.play(folder, self._sandbox.offers)
        verb.judge_end(again, self._sandbox.offers())
        return f"{verb.name}: {first}, then {again}"

    @contextmanager
    def _settings(self, folder: Path, api: str, *, in_flight: int) -> Iterator[None]:
        true, ours = self._ports
        variables = {
            "LOADER_API": api,
            **{
                k: v.replace(true, ours)
                for k, v in connection_variables(self._sandbox, api).items()
            },
            "LOADER_MAX_PER_SECOND": "500",
            "LOADER_MAX_IN_FLIGHT": str(in_flight),
            "LOADER_SETTLE_SECONDS": "0.05",
            "LOADER_REQUEST_TIMEOUT_SECONDS": "1",
            "LOADER_JOURNAL": str(folder / "journal.sqlite3"),
            "HOME": str(folder),
        }
        before = Path.cwd()
        os.chdir(folder)
        try:
            with patch.dict(os.environ, variables):
                yield
        finally:
            os.chdir(before)

    def _load(self, folder: Path, name: str) -> int:
        results = folder / f"{name}.csv"
        code, said = command(
            "load", "offers.csv", "--results", str(results), "--yes", may_end=MAY_END
        )
        (folder / f"{name}.txt").write_text(said, "utf-8", "backslashreplace")
        held = Counter(offer["name"] for offer in self._sandbox.offers())
        demand(max(held.values(), default=0) <= 1, f"twice: {held}\n{said}")
        if results.exists():
            self._judge(results, held, code, said)
        else:
            demand(code != 0, f"no results, and exit 0: {said}")
        no_secret(folder)
        return code

    def _judge(self, results: Path, held: Counter[str], code: int, said: str) -> None:
        rows = results_of(results)
        wanted = len((results.parent / "offers.csv").read_text("utf-8").splitlines()) - 1
        demand(len(rows) == wanted, f"{len(rows)} rows of {wanted} in the results")
        for row in rows:
            is_there = held[row["name"]] == 1
            match row["status"]:
                case "created" | "duplicate":
                    demand(is_there, f"not there: {row}\n{said}")
                case "failed":
                    demand(not is_there, f"there: {row}\n{said}")
                    demand(code != 0, f"exit 0, but {row}")
                case _:
                    demand(code != 0, f"exit 0, but {row}")

    def _judge_unknown(self, rows: list[dict[str, str]]) -> None:
        """What stays unknown has a reason that only a person can judge.

        It is an offer that may be the row's and is no other row's (a spoiled receipt of a row of a
        similar name leaves one), or a success without ids whose offer is not there.
        """
        taken = {row["instanceId"] for row in rows}
        free = [offer["id"] for offer in self._sandbox.offers()]
        free += [offer["instance_id"] for offer in self._sandbox.offers()]
        free = [one for one in free if one not in taken]
        for row in rows:
            said = row["error"]
            is_named = any(one in said for one in free) or "is not in the list" in said
            demand(row["status"] != "unknown" or is_named, f"unknown without a reason: {row}")

    def close(self) -> None:
        """End the servers."""
        self._stack.close()


class Focus(StrEnum):
    """Which replies are spoiled: where everything is, a load seldom comes far."""

    ANYTHING = "anything"
    CREATES = "creates"
    LOOKS = "looks"  # creates lose their replies, so that what was made must be looked up


class Spoiler:
    """Says what the proxy is to do with each reply.

    Replies repeat secrets that the loader knows: the token once it was handed out as it is.
    """

    def __init__(self, dice: random.Random, *, focus: Focus, share: float) -> None:
        self._dice = dice
        self._focus = focus
        self._share = max(share, 0.5) if focus is Focus.LOOKS else share
        self._known = [SECRET]
        self._lists = 0

    def __call__(self, asked: Asked) -> Answered | Change:
        """Decide on one request."""
        is_create = asked.method == "POST" and "token" not in asked.path
        is_list = asked.method == "GET" and "offers" in asked.path
        self._lists += is_list
        match self._focus:
            case Focus.CREATES if not is_create:
                return self._passed
            case Focus.LOOKS if is_create:
                return lambda answered: replace(answered, keep=self._dice.choice((0, 0, 9, 60)))
            case Focus.LOOKS if not is_list or self._lists == 1:
                return self._passed
        if self._dice.random() >= self._share:
            return self._passed
        if self._dice.random() < 0.3:
            return made_up(self._dice, self._known)
        return lambda answered: spoil_reply(self._dice, asked, answered, self._known)

    def _passed(self, answered: Answered) -> Answered:
        if TOKEN.encode() in answered.body and TOKEN not in self._known:
            self._known.append(TOKEN)
        return answered


@contextmanager
def hurried() -> Iterator[None]:
    """Make every wait shorter; what looks at a clock between waits is still true."""
    sleep = anyio.sleep

    async def shorter(seconds: float) -> None:
        await sleep(seconds / HURRY)

    with patch.object(anyio, "sleep", shorter):
        yield


def no_secret(folder: Path) -> None:
    """Look for the secrets in all that was written and said."""
    for path in folder.iterdir():
        text = path.read_bytes().decode("latin-1")
        for secret in SECRETS:
            demand(secret not in text, f"a secret in {path.name}: {_around(text, secret)}")


def _around(text: str, secret: str) -> str:
    at = text.find(secret)
    return text[max(0, at - 300) : at + 100]
