"""What the repository holds: the only file here that speaks SQL.

One connection, used by the server's thread only. A statement is its own transaction and reaches the
operating system before the reply does, so an ended process loses nothing; `synchronous=OFF` means
that a power cut may.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import orjson

COLUMNS: Final = (
    "dialect, kind, sandbox, id, instance_id, name, etag, created, modified, client, body"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where a kind of entity is kept: `kind` is the word of its DPS path."""

    dialect: str
    kind: str
    sandbox: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One thing on a shelf; `body` is what its author may change."""

    shelf: Shelf
    id: str
    instance_id: str
    name: str
    etag: int
    created: int
    modified: int
    client: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which entities, in which order: all that SQL decides."""

    order: str = "id"
    descending: bool = False
    after: str | int | None = None
    name: str | None = None
    id: str | None = None
    as_of: int | None = None  # a time: what there was then


class Store:
    """The entities and the tokens."""

    def __init__(self, database: str | Path) -> None:
        self._db = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(files(__package__).joinpath("schema.sql").read_text("utf-8"))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def add(self, entity: Entity) -> None:
        """Hold a new entity."""
        self._db.execute(
            f"INSERT INTO entity ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608 - constant
            _row(entity),
        )

    def change(self, entity: Entity) -> None:
        """Hold a new revision of an entity."""
        self._keep_past(entity, until=entity.modified)
        self._db.execute(
            "UPDATE entity SET name=?, etag=?, modified=?, body=? WHERE instance_id=?",
            (
                entity.name,
                entity.etag,
                entity.modified,
                orjson.dumps(entity.body),
                entity.instance_id,
            ),
        )

    def remove(self, entity: Entity, *, at: int) -> None:
        """Remove an entity at a time."""
        self._keep_past(entity, until=at)
        self._db.execute("DELETE FROM entity WHERE instance_id=?", (entity.instance_id,))

    def _keep_past(self, entity: Entity, *, until: int) -> None:
        self._db.execute(
            f"INSERT INTO past (seq, {COLUMNS}, until) SELECT seq, {COLUMNS}, ? FROM entity"  # noqa: S608 - constant
            " WHERE instance_id=?",
            (until, entity.instance_id),
        )

    def get(
        self,
        shelf: Shelf,
        *,
        id: str = "",  # noqa: A002 - the wire's word
        instance_id: str = "",
        as_of: int | None = None,
    ) -> Entity | None:
        """Find one entity by one of its ids."""
        column, value = ("id", id) if id else ("instance_id", instance_id)
        row = self._db.execute(
            f"SELECT {COLUMNS} FROM {_table(as_of)}"  # noqa: S608 - constants
            f" WHERE {column}=? AND sandbox=? AND dialect=? AND kind=?",
            (value, shelf.sandbox, shelf.dialect, shelf.kind),
        ).fetchone()
        return _entity(row) if row else None

    def select(self, shelf: Shelf, selection: Selection) -> Iterator[Entity]:
        """Walk over the entities of a shelf, in order."""
        where, values = _where(shelf, selection)
        direction = "DESC" if selection.descending else "ASC"
        if selection.after is not None:
            where += f" AND {selection.order} {'<' if selection.descending else '>'} ?"
            values.append(selection.after)
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM {_table(selection.as_of)} WHERE {where}"  # noqa: S608 - `order` is one of our columns
            f" ORDER BY {selection.order} {direction}, seq {direction}",
            values,
        )
        return map(_entity, rows)

    def count(self, shelf: Shelf, selection: Selection, *, until: bool = False) -> int:
        """Count them all, wherever the page begins; `until`: those of the pages before it."""
        where, values = _where(shelf, selection)
        if until and selection.after is not None:
            where += f" AND {selection.order} {'>=' if selection.descending else '<='} ?"
            values.append(selection.after)
        table = _table(selection.as_of)
        row = self._db.execute(f"SELECT count(*) FROM {table} WHERE {where}", values).fetchone()  # noqa: S608 - as above
        return int(row[0])

    def near(self, kind: str, *, fraction: float) -> Entity | None:
        """Return an entity of a kind from about that place, 0 to 1, of those that are held."""
        first, last = self._db.execute(
            "SELECT (SELECT seq FROM entity WHERE kind=:kind ORDER BY seq LIMIT 1),"
            " (SELECT seq FROM entity WHERE kind=:kind ORDER BY seq DESC LIMIT 1)",
            {"kind": kind},
        ).fetchone()
        if first is None:
            return None
        row = self._db.execute(
            f"SELECT {COLUMNS} FROM entity WHERE kind=? AND seq>=? ORDER BY seq LIMIT 1",  # noqa: S608 - constant
            (kind, first + int((last - first + 1) * fraction)),
        ).fetchone()
        return _entity(row)

    def everything(self, kind: str) -> list[Entity]:
        """Return every entity of a kind in the order of its making: the oracle."""
        rows = self._db.execute(f"SELECT {COLUMNS} FROM entity WHERE kind=? ORDER BY seq", (kind,))  # noqa: S608 - constant
        return [_entity(row) for row in rows]

    def oldest(self, kind: str, *, dialect: str) -> Entity | None:
        """Return the entity that was made first."""
        row = self._db.execute(
            f"SELECT {COLUMNS} FROM entity WHERE kind=? AND dialect=? ORDER BY seq LIMIT 1",  # noqa: S608 - constant
            (kind, dialect),
        ).fetchone()
        return _entity(row) if row else None

    def clear(self) -> None:
        """Forget everything."""
        self._db.execute("DELETE FROM entity")
        self._db.execute("DELETE FROM past")
        self._db.execute("DELETE FROM token")

    def add_token(self, value: str, *, expires: int) -> None:
        """Remember a token."""
        self._db.execute("INSERT OR REPLACE INTO token VALUES (?,?)", (value, expires))

    def token_expiry(self, value: str) -> int | None:
        """Say until when a token is good, or None for one we never gave."""
        row = self._db.execute("SELECT expires FROM token WHERE value=?", (value,)).fetchone()
        return int(row[0]) if row else None

    def expire_tokens(self) -> None:
        """End every token at once."""
        self._db.execute("UPDATE token SET expires=0")


def _table(as_of: int | None) -> str:
    """Return where to read from: what there is, or what there was at a time."""
    if as_of is None:
        return "entity"
    return (
        f"(SELECT seq, {COLUMNS} FROM entity WHERE modified<={as_of} UNION ALL"  # noqa: S608 - a number
        f" SELECT seq, {COLUMNS} FROM past WHERE modified<={as_of} AND until>{as_of})"
    )


def _where(shelf: Shelf, selection: Selection) -> tuple[str, list[str | int]]:
    where = "sandbox=? AND dialect=? AND kind=?"
    values: list[str | int] = [shelf.sandbox, shelf.dialect, shelf.kind]
    wanted = (
        ("name=?", selection.name),
        ("id=?", selection.id),
    )
    for clause, value in wanted:
        if value is not None:
            where += f" AND {clause}"
            values.append(value)
    return where, values


def _row(entity: Entity) -> tuple[Any, ...]:
    shelf = entity.shelf
    return (
        *(shelf.dialect, shelf.kind, shelf.sandbox, entity.id, entity.instance_id, entity.name),
        *(entity.etag, entity.created, entity.modified, entity.client, orjson.dumps(entity.body)),
    )


def _entity(row: tuple[Any, ...]) -> Entity:
    return Entity(
        shelf=Shelf(dialect=row[0], kind=row[1], sandbox=row[2]),
        id=row[3],
        instance_id=row[4],
        name=row[5],
        etag=row[6],
        created=row[7],
        modified=row[8],
        client=row[9],
        body=orjson.loads(row[10]),
    )
