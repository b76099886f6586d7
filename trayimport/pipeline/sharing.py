"""Which values several records share, so that they tell of none whose an authentication is (docs/exactly-once.md)."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence

from trayimport.core.content import TIMED, marked
from trayimport.core.program import Rendered
from trayimport.model import Item, Ledger, Record, State
from trayimport.pipeline.planning import Unit

_TABLE = """
CREATE TABLE leaf (environment TEXT, value TEXT, owner TEXT, content TEXT, twice INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (environment, value)) WITHOUT ROWID
"""
_ADD = """
INSERT INTO leaf (environment, value, owner, content) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
SET twice = 1 WHERE owner != excluded.owner AND content != excluded.content
"""
Seen = tuple[str, str, str, str]
"""(environment, fingerprint of a leaf, whose it is, whose by user and content)."""


class Sharing:
    """The leaves of all rows of the ledger and of all records of the mappings, read when first asked for.

    A record that the plan has under another key than the ledger is one and the same: its user and content are.
    """

    def __init__(self, ledger: Ledger, units: Callable[[], Sequence[Unit]], now: str) -> None:
        """`units` is asked when the records are needed; `now` is the run's start, RFC 3339."""
        self._ledger = ledger
        self._units = units
        self._now = now
        self._db: sqlite3.Connection | None = None

    def shared(self, environment: str, values: Iterable[str]) -> frozenset[str]:
        """Those of `values` that two records have in an environment. Raises SourceError, LedgerError."""
        if self._db is None:
            self._db = self._read()
        found = set()
        for value in values:
            row = self._db.execute(
                "SELECT twice FROM leaf WHERE environment=? AND value=?", (environment, value)
            ).fetchone()
            if row is not None and row[0]:
                found.add(value)
        return frozenset(found)

    def _read(self) -> sqlite3.Connection:
        # "" is a database on disk that is gone with its connection; it holds keyed fingerprints only.
        db = sqlite3.connect("")
        db.execute(_TABLE)
        db.executemany(_ADD, self._in_ledger())
        db.executemany(_ADD, self._in_sources())
        return db

    def _in_ledger(self) -> Iterator[Seen]:
        for item in self._ledger.all_items():
            if item.state == State.DELETED:
                continue
            yield from _of(item.environment_id, item.fields, _owner(item.mapping, item.key), _content(item))
            if item.next_fields:
                yield from _of(item.environment_id, item.next_fields, _owner(item.mapping, item.key), _content(item))

    def _in_sources(self) -> Iterator[Seen]:
        for unit in self._units():
            program = unit.program
            for record in unit.source.records():
                rendered = program.begin(record, self._now) if isinstance(record, Record) else None
                if isinstance(rendered, Rendered):
                    content = f"{rendered.external_user_id}\0{program.content(rendered)}"
                    owner = _owner(program.mapping.identity, rendered.key)
                    yield from _of(program.environment.id or "", program.fields(rendered), owner, content)


def _owner(mapping: str, key: str) -> str:
    return f"{mapping}\0{key}"


def _content(item: Item) -> str:
    return f"{item.external_user_id}\0{item.content}"


def _of(environment: str, fields: object, owner: str, content: str) -> Iterator[Seen]:
    for name, value in fields.items() if isinstance(fields, dict) else ():
        if marked(name)[0] != TIMED and name != "=name":
            yield environment, value, owner, content
