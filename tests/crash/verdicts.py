"""What a kill loop was through, and what the server says of it: nothing lost, twice or untrue."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from offer_sandbox import Sandbox, SandboxSettings
from offer_sandbox.kept_names import kept_name
from offer_sandbox.read_forms import receipt_id

_FOR_A_PERSON = (
    "of a name like this one",
    "of this name, but with other contents",
    "of the same contents",
    "(given to ",
)  # evidence of an unknown row
_CREATED = ("created", "duplicate")
Rows = Mapping[str, Mapping[str, str]]  # by the name in the file


@dataclass(slots=True, kw_only=True)
class Survived:
    """What was injected and what came of it."""

    rows: int = 0
    kills: int = 0
    lives: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    died_after: Counter[str] = field(default_factory=Counter)
    undos: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.twice or self.wrong or self.tracebacks)

    def table(self) -> str:
        """What to print."""
        lines = [
            f"{self.rows:>8}  rows",
            f"{self.lives:>8}  starts of the loader",
            f"{self.kills:>8}  kills (SIGKILL at a random instant)",
            *(f"{count:>8}  died after {point}" for point, count in self.died_after.most_common()),
            *(f"{count:>8}  {fault}" for fault, count in sorted(self.struck.items())),
            *(f"{count:>8}  rows reported {word}" for word, count in self.statuses.items()),
            *(f"{count:>8}  rows of undos reported {word}" for word, count in self.undos.items()),
            f"{len(self.lost):>8}  lost {' '.join(self.lost[:5])}",
            f"{len(self.twice):>8}  created twice {' '.join(self.twice[:5])}",
            f"{len(self.wrong):>8}  wrongly reported {' '.join(self.wrong[:5])}",
            f"{len(self.tracebacks):>8}  tracebacks",
        ]
        return "\n".join(lines)

    def judge_load(
        self, sandbox: Sandbox, names: Sequence[str], rows: Rows, *, settings: SandboxSettings
    ) -> None:
        """Hold the results of a load against what the server holds."""
        kept, held = settings.names_kept, ids_by_name(sandbox)
        rows = with_read_ids(sandbox, rows, settings)
        self.twice += [name for name, ids in held.items() if len(ids) > 1]
        unclaimed = {key for ids in held.values() for key in ids}
        unclaimed -= {row["instanceId"] for row in rows.values()}
        asked = {name for name, row in rows.items() if _may_be_one_of(unclaimed, row)}
        self.lost += [
            name for name in names if kept_name(name, kept) not in held and name not in asked
        ]
        self.wrong += [name for name in names if name not in rows]
        disputed = " ".join(row["error"] for row in rows.values() if "(given to " in row["error"])
        for name, row in rows.items():
            self.statuses[row["status"]] += 1
            is_told = any(words in row["error"] for words in _FOR_A_PERSON)
            if row["status"] == "unknown" and is_told:
                continue
            is_disputed = f"{row['instanceId']} (given to {name!r})" in disputed
            if row["instanceId"] not in held.get(kept_name(name, kept), []) and not is_disputed:
                self.wrong.append(f"{name}: {row['status']} {row['instanceId']} {row['error']}")

    def judge_undo(
        self,
        sandbox: Sandbox,
        loaded: Rows,
        rows: Rows,
        *,
        edited: Sequence[str],
        settings: SandboxSettings,
    ) -> None:
        """Hold what an undo says of each offer against what the server holds."""
        held = {one for ids in ids_by_name(sandbox).values() for one in ids}
        rows = with_read_ids(sandbox, rows, settings)
        created = {name for name, row in loaded.items() if row["status"] in _CREATED}
        self.wrong += [f"{name}: not in the undo" for name in created - rows.keys()]
        self.wrong += [f"{one}: edited, and gone" for one in edited if one not in held]
        for name, row in rows.items():
            self.undos[row["status"]] += 1
            is_said_gone = row["status"] == "deleted"
            if is_said_gone is (row["instanceId"] in held):
                self.wrong.append(f"{name}: {row['status']} {row['instanceId']} {row['error']}")


def _may_be_one_of(unclaimed: Collection[str], row: Mapping[str, str]) -> bool:
    """Whether a row was not sent again because an offer that no row got may be its own."""
    return row["status"] == "unknown" and any(key in row["error"] for key in unclaimed)


def ids_by_name(sandbox: Sandbox) -> dict[str, list[str]]:
    """Return the ids of all offers, as reads show them."""
    held: dict[str, list[str]] = {}
    for offer in sandbox.offers():
        held.setdefault(offer["name"], []).append(id_of(offer))
    return held


def with_read_ids(sandbox: Sandbox, rows: Rows, settings: SandboxSettings) -> Rows:
    """Return rows with the ids that reads show, where they have those of receipts."""
    read = {receipt_id(settings, id_of(offer)): id_of(offer) for offer in sandbox.offers()}
    return {
        name: {**row, "instanceId": read.get(row["instanceId"], row["instanceId"])}
        for name, row in rows.items()
    }


def id_of(offer: Mapping[str, str]) -> str:
    """Return the id of a held offer, as the loader knows it."""
    return offer["id"] if offer["dialect"] == "dps" else offer["instance_id"]
